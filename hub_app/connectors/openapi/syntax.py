"""JSON or YAML → plain values, with bounded work. What cannot be read is refused with its line and column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn, cast

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

if TYPE_CHECKING:  # A child process reads documents: what it imports, it waits for.
    from pydantic import JsonValue


class _Twice(Exception):
    """A JSON object has a key twice; json does not say where."""


def decoded(content: bytes | str) -> str:
    """The text of a document in UTF-8 or, with its mark, UTF-16; Unreadable when it is none, or too large."""
    if isinstance(content, str):
        try:
            content = content.encode()
        except UnicodeEncodeError:
            raise Unreadable("must not contain unpaired surrogate characters") from None
    if len(content) > MAX_BYTES:
        raise Unreadable(f"must have at most {MAX_BYTES // 2**20} MiB")
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable("is not text in UTF-8. Give the document as JSON or YAML") from None


def answer(text: str) -> dict[str, Any]:
    """For a child process: the `value` of a document's text, or why it is `refused`."""
    try:
        return {"value": parsed(text)}
    except Unreadable as error:
        return {"refused": str(error)}


def parsed(text: str) -> JsonValue:
    """The value of a JSON or YAML text; Unreadable when it has none."""
    return check(_from_json(text) if text.lstrip()[:1] in {"{", "["} else from_yaml(text))


def check(value: JsonValue) -> JsonValue:
    """The value itself; Unreadable when it is nested too deeply, or has too many values."""
    waiting: list[tuple[JsonValue, int]] = [(value, 1)]
    counted = 1
    while waiting:
        one, depth = waiting.pop()
        inner = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        counted += len(inner)
        if counted > MAX_VALUES:
            raise Unreadable(f"must hold at most {MAX_VALUES:,} values")
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
