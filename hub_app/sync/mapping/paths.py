"""Paths of names and indices into payloads: what lies there, and a payload in which something else does."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pydantic import JsonValue

from hub_app.kernel import selection
from hub_app.sync.merge import MISSING, Value

Payload = Mapping[str, JsonValue]
Parts = tuple[str | int, ...]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_THERE = "leads nowhere in what the source has"


class Unwritable(ValueError):
    """A value that cannot be written to the source; the message says why."""


def path_of(parts: Sequence[str | int]) -> str:
    """The JMESPath of these names and indices."""
    made = ""
    for one in parts:
        if isinstance(one, int):
            made += f"[{one}]"
        else:
            made += ("." if made else "") + (
                one if _NAME.fullmatch(one) else json.dumps(one, ensure_ascii=False)
            )
    return made


def getter(parts: Parts) -> Callable[[Payload], Value]:
    """What finds the value there: None where it is empty, or a part of the path is; MISSING where nothing is said of it. A list
    that has no such entry is empty there: it was told whole.
    """
    match parts:
        case (str() as name,):
            return lambda payload: payload.get(name, MISSING)
        case (str() as outer, str() as inner):
            return _of_object(outer, inner)
        case _:
            return lambda payload: follow(parts, payload)


def _of_object(outer: str, inner: str) -> Callable[[Payload], Value]:
    """Most custom fields lie there."""

    def get(payload: Payload) -> Value:
        value = payload.get(outer, MISSING)
        return value.get(inner, MISSING) if isinstance(value, dict) else (None if value is None else MISSING)

    return get


def follow(parts: Parts, payload: Payload) -> Value:
    """What lies there, as `getter` tells it."""
    value = cast("JsonValue", payload)
    for part in parts:
        if isinstance(part, str) and isinstance(value, dict):
            if part not in value:
                return MISSING
            value = value[part]
        elif isinstance(part, int) and isinstance(value, list):
            if not -len(value) <= part < len(value):
                return None
            value = value[part]
        else:
            return None if value is None else MISSING
    return value


def put(payload: Payload, path: str, value: JsonValue) -> dict[str, JsonValue]:
    """The payload with this value at a path of names and indices; what does not lie on it is shared. Objects that are not there
    are made, and a list may become longer by one entry. Raises Unwritable.
    """
    parts = selection.names(path)
    if not parts or not isinstance(parts[0], str):
        raise Unwritable("is no path of names and indices")
    return cast("dict[str, JsonValue]", _put(dict(payload), parts, value))


def _put(into: JsonValue, parts: Parts, value: JsonValue) -> JsonValue:
    if not parts:
        return value
    part, rest = parts[0], parts[1:]
    if isinstance(part, str) and isinstance(into, dict | None):
        known = into or {}
        return {**known, part: _put(known.get(part), rest, value)}
    if isinstance(part, int) and isinstance(into, list | None):
        entries = list(into or [])
        at = part + len(entries) if part < 0 else part
        if at == len(entries):
            return [*entries, _put(None, rest, value)]
        if 0 <= at < len(entries):
            entries[at] = _put(entries[at], rest, value)
            return entries
    raise Unwritable(_NOT_THERE)


def without(payload: Payload, path: str) -> Payload:
    """The payload without what lies at a path of names; the same where nothing does, or the path is another one."""
    parts = selection.names(path) or ()
    if not parts or follow(parts, payload) is MISSING:
        return payload
    return cast("Payload", _without(cast("JsonValue", payload), parts))


def _without(value: JsonValue, parts: Parts) -> JsonValue:
    part, rest = parts[0], parts[1:]
    if not isinstance(part, str) or not isinstance(value, dict) or part not in value:
        return value
    if not rest:
        return {name: one for name, one in value.items() if name != part}
    return {**value, part: _without(value[part], rest)}
