"""Texts in a plan's parameters that refer to what is known by then: `{{ steps.list_items.data[0].id }}`.

Between the braces stands a JMESPath and nothing more: nothing is evaluated. Its first name is `steps`, `input`
or `event`. A text that is one reference and nothing else becomes what it refers to, of whatever type.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import cast

from pydantic import JsonValue

from hub_app.connectors import selection

_REFERENCE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_ROOTS = ("steps", "input", "event")
_STEP = re.compile(r"steps\s*\.\s*(?:\"([^\"]*)\"|([A-Za-z_][A-Za-z0-9_]*))")
_ROOT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Unresolved(ValueError):
    """A reference that leads nowhere; the message names it."""


def check(value: JsonValue, earlier: Collection[str]) -> None:
    """ValueError for a reference that is no JMESPath, has another root, or names a step that is not among `earlier`."""
    for reference in _references(value):
        selection.compiled(reference)
        root = _ROOT.match(reference)
        if root is None or root.group() not in _ROOTS:
            raise ValueError(f"{{{{ {reference} }}}} must begin with steps, input or event")
        if root.group() == "steps":
            found = _STEP.match(reference)
            step = (found.group(1) or found.group(2)) if found else None
            if step not in earlier:
                raise ValueError(f"{{{{ {reference} }}}} does not name a step that comes before")


def resolved(value: JsonValue, known: Mapping[str, JsonValue]) -> JsonValue:
    """`value` with each reference replaced; Unresolved for one that finds nothing."""
    match value:
        case str():
            return _text(value, known)
        case list():
            return [resolved(one, known) for one in value]
        case dict():
            return {name: resolved(one, known) for name, one in value.items()}
        case _:
            return value


def _text(text: str, known: Mapping[str, JsonValue]) -> JsonValue:
    whole = _REFERENCE.fullmatch(text.strip())
    if whole and "{{" not in whole.group(1):
        return _found(whole.group(1).strip(), known)

    def put(found: re.Match[str]) -> str:
        value = _found(found.group(1).strip(), known)
        return value if isinstance(value, str) else selection.as_text(value)

    return _REFERENCE.sub(put, text)


def _found(reference: str, known: Mapping[str, JsonValue]) -> JsonValue:
    try:
        value = selection.select(reference, cast("JsonValue", dict(known)))
    except selection.Unselectable as error:
        raise Unresolved(f"{{{{ {reference} }}}} {error}") from None
    if value is None:
        raise Unresolved(f"{{{{ {reference} }}}} leads to nothing")
    return value


def _references(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield from (one.strip() for one in _REFERENCE.findall(value))
        case list():
            for one in value:
                yield from _references(one)
        case dict():
            for one in value.values():
                yield from _references(one)
        case _:
            return
