"""JSON or YAML → plain values, with bounded work. What cannot be read is refused with its line and column."""

import json
from typing import NoReturn, cast

from pydantic import JsonValue

from hub_app.connectors.openapi.scalars import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_VALUES,
    Unreadable,
    integer,
    number,
    shown,
)
from hub_app.connectors.openapi.yaml_text import from_yaml


class _Twice(Exception):
    """A JSON object has a key twice; json does not say where."""


def read(content: bytes) -> JsonValue:
    """The value of a JSON or YAML text in UTF-8 or, with its mark, UTF-16; Unreadable when it is none."""
    if len(content) > MAX_BYTES:
        raise Unreadable(f"must have at most {MAX_BYTES // 2**20} MiB")
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("is not text in UTF-8. Give the document as JSON or YAML") from None
    return check(_from_json(text) if text.lstrip()[:1] in {"{", "["} else from_yaml(text))


def read_text(text: str) -> JsonValue:
    """The same of a text."""
    try:
        return read(text.encode())
    except UnicodeEncodeError:
        raise Unreadable("must be text without half characters") from None


def check(value: JsonValue) -> JsonValue:
    """The value itself; Unreadable when it is nested too deeply, or has too many values once aliases are written out."""
    waiting: list[tuple[JsonValue, int]] = [(value, 1)]
    counted = 1
    while waiting:
        one, depth = waiting.pop()
        inner = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        counted += len(inner)
        if counted > MAX_VALUES:
            raise Unreadable(f"must hold at most {MAX_VALUES:,} values, aliases written out")
        if inner and depth >= MAX_DEPTH:
            raise Unreadable(f"must not be nested more than {MAX_DEPTH} deep")
        waiting.extend((part, depth + 1) for part in inner)
    return value


def _from_json(text: str) -> JsonValue:
    try:
        return cast(
            "JsonValue",
            json.loads(
                text,
                object_pairs_hook=_each_once,
                parse_int=integer,
                parse_float=number,
                parse_constant=_no_number,
            ),
        )
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise Unreadable(f"must not be nested more than {MAX_DEPTH} deep") from None
    except _Twice as error:
        from_yaml(text)  # Says where.
        raise Unreadable(f"has the key {error} twice in one object") from None


def _each_once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names: set[str] = set()
        for name, _ in pairs:
            if name in names:
                raise _Twice(shown(name))
            names.add(name)
    return found


def _no_number(text: str) -> NoReturn:
    raise Unreadable(f"is not valid JSON: {text} is no number in JSON")
