"""What a payload is recognized by when it comes again unchanged."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import cast

import orjson
from pydantic import JsonValue

from hub_app.sync.mapping.paths import Payload, without

SIZE = 16


def payload_hash(payload: Payload, volatile: Sequence[str] = ()) -> bytes:
    """Sixteen bytes, the same whatever the order of names; what lies at the `volatile` paths of names does not count."""
    for path in volatile:
        payload = without(payload, path)
    try:
        text = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = b"\n".join(_tokens(cast("JsonValue", payload)))
    return hashlib.blake2b(text, digest_size=SIZE).digest()


def _tokens(value: JsonValue) -> Iterator[bytes]:
    """The value in a form of its own, for what orjson does not write: whole numbers of more than 64 bits, halves of characters,
    deep nesting.
    """
    waiting: list[JsonValue] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield b"{%d" % len(one)
            for name in sorted(one):
                waiting += [one[name], name]
        elif isinstance(one, list):
            yield b"[%d" % len(one)
            waiting += one
        elif isinstance(one, str):
            text = one.encode(errors="surrogatepass")
            yield b"%d:%s" % (len(text), text)
        else:
            yield (hex(one) if type(one) is int else repr(one)).encode()
