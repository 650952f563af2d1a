"""What reading JSON and reading YAML share: limits, numbers, and the refusal."""

import math

MAX_BYTES = 4 * 2**20
MAX_VALUES = 400_000
# Of all texts and keys, aliases written out: a document of the largest size has a quarter of it.
MAX_CHARACTERS = 4 * MAX_BYTES
MAX_DEPTH = 100
_MAX_DIGITS = 100


class Unreadable(ValueError):
    """No document that can be read; the message says what is wrong and where, to be read after the field's name."""


def integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise Unreadable(f"has a number of more than {_MAX_DIGITS} digits: {text[:20]}…")
    return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)


def number(text: str) -> float:
    if len(text) > _MAX_DIGITS:
        raise Unreadable(f"has a number of more than {_MAX_DIGITS} digits: {text[:20]}…")
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable(f"has a number that is too large: {text[:20]}")
    return value


def shown(text: str) -> str:
    return repr(text if len(text) <= _MAX_DIGITS else text[:_MAX_DIGITS] + "…")
