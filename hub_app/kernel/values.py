"""A value of a declared type, also when a form or a URL gave it as text; and the text that goes into a URL."""

import json
import math
import re
from typing import Literal, cast

from pydantic import JsonValue

ValueType = Literal["string", "integer", "number", "boolean", "array", "object"]

_INTEGER = re.compile(r"[+-]?[0-9]{1,400}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST = 400
_RULES: dict[ValueType, str] = {
    "string": "must be text",
    "integer": "must be a whole number, such as 3",
    "number": "must be a number, such as 3.5",
    "boolean": "must be true or false",
    "array": 'must be an array, such as ["a", "b"]',
    "object": 'must be an object, such as {"name": "value"}',
}


def converted(kind: ValueType, value: JsonValue) -> JsonValue:
    """`value` as this type; ValueError with the rule. None, and text without anything for a type other than string,
    is no value: None.
    """
    if value is None or (kind != "string" and isinstance(value, str) and not value.strip()):
        return None
    found = _of_type(kind, value.strip() if isinstance(value, str) and kind != "string" else value)
    if found is None:
        raise ValueError(_RULES[kind])
    check(found)
    return found


def as_text(value: JsonValue) -> str:
    """The text that stands for a value in a URL or a header: true and false, JSON for what has parts."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def as_texts(value: JsonValue) -> list[str]:
    """The texts of a list, one of each part that is not null; of anything else its own."""
    parts = value if isinstance(value, list) else [value]
    return [as_text(one) for one in parts if one is not None]


def _of_type(kind: ValueType, value: JsonValue) -> JsonValue:
    """The value as this type, None when it is none."""
    match kind:
        case "string":
            return _text(value)
        case "integer":
            return _integer(value)
        case "number":
            return _number(value)
        case "boolean":
            return _boolean(value)
        case "array":
            parts = _parsed(value)
            return parts if isinstance(parts, list) else None
        case "object":
            parts = _parsed(value)
            return parts if isinstance(parts, dict) else None


def _text(value: JsonValue) -> str | None:
    if isinstance(value, str):
        return value
    simple = isinstance(value, bool) or _integer(value) is not None or _number(value) is not None
    return as_text(value) if simple else None


def _integer(value: JsonValue) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value if abs(value).bit_length() < _LONGEST else None
        case float():
            return int(value) if value.is_integer() else None
        case str():
            return int(value) if _INTEGER.fullmatch(value) else None
        case _:
            return None


def _number(value: JsonValue) -> int | float | None:
    whole = _integer(value)
    if whole is not None and not isinstance(value, float):
        return whole
    if isinstance(value, str) and len(value) < _LONGEST and _NUMBER.fullmatch(value):
        value = float(value)
    return value if isinstance(value, float) and math.isfinite(value) else None


def _boolean(value: JsonValue) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _parsed(value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        return value
    try:
        return cast("JsonValue", json.loads(value))
    except (ValueError, RecursionError):
        return None


def check(value: JsonValue) -> None:
    """ValueError for what cannot be sent: halves of characters, and numbers that JSON has no word for."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain unpaired surrogate characters") from None
    except (ValueError, RecursionError):
        raise ValueError("must be JSON with finite numbers, and not nested too deeply") from None
