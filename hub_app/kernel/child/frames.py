"""Messages between Hub and its children: the length, the kind of JSON, and a value as JSON."""

import json
import struct
from typing import IO, Any

import orjson

MAX_BYTES = 32 * 2**20
_HEAD = struct.Struct(">IB")
_FAST, _EXACT = 0, 1


class Unsendable(ValueError):
    """A value that is too large for a message, or that JSON cannot hold."""


def packed(value: object) -> bytes:
    """The value as a message; Unsendable when it is none, or has more than MAX_BYTES."""
    try:
        kind, body = _FAST, orjson.dumps(value)
    except TypeError:
        kind, body = _EXACT, _exact(value)
    if len(body) > MAX_BYTES:
        raise Unsendable(f"{len(body):,} bytes")
    return _HEAD.pack(len(body), kind) + body


def _exact(value: object) -> bytes:
    """What orjson does not write: whole numbers of more than 64 bits, half characters, deep nesting."""
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise Unsendable(type(error).__name__) from None


def receive(stream: IO[bytes]) -> tuple[Any, int] | None:
    """The next value and its length in bytes; None when the other side is gone."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    length, kind = _HEAD.unpack(head)
    body = stream.read(length)
    if len(body) < length:
        return None
    # orjson reads whole numbers of more than 64 bits as floats.
    return orjson.loads(body) if kind == _FAST else json.loads(body), length
