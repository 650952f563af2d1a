"""What was read of a source, as both databases keep it."""

import math
import re

import orjson
from pydantic import JsonValue

_DEEPEST = 100
_TOO_DEEP = "…"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HALVES = re.compile("[\x00\ud800-\udfff]")
_MOST = 2**63
_UNKNOWN = "\ufffd"


def storable(value: JsonValue) -> JsonValue:
    """The same, but for what cannot be kept: NUL and halves of characters are `\ufffd`, numbers beyond 64 bits are texts, what is
    nested too deeply is left out.
    """
    try:
        text = orjson.dumps(value)
    except TypeError:
        return _kept(value, 0)
    # orjson writes null for what is no finite number.
    return _kept(value, 0) if _NUL.search(text) or b"null" in text else value


def _kept(value: JsonValue, depth: int) -> JsonValue:
    if depth > _DEEPEST:
        return _TOO_DEEP
    if isinstance(value, dict):
        return {_HALVES.sub(_UNKNOWN, name): _kept(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [_kept(one, depth + 1) for one in value]
    if isinstance(value, str):
        return _HALVES.sub(_UNKNOWN, value)
    if isinstance(value, int) and not -_MOST <= value < _MOST:
        return hex(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
