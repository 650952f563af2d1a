"""Texts in a plan's parameters that refer to what is known by then: `{{ steps.list_items.data[0].id }}`.

Between the braces stands a JMESPath and nothing more: nothing is evaluated. Its first name is `steps`, `input`
or `event`. A text that is one reference and nothing else becomes what it refers to, of whatever type.
"""

import json
import re
from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import cast

from pydantic import JsonValue

from hub_app.kernel import selection

# A reference holds no other one's beginning: else a text of beginnings alone would take a time that grows squared.
_REFERENCE = re.compile(r"\{\{((?:(?!\{\{).)*?)\}\}", re.DOTALL)
_ROOTS = ("steps", "input", "event")
_STEP = re.compile(r"steps\s*\.\s*(?:\"([^\"]*)\"|([A-Za-z_][A-Za-z0-9_]*))")
_ROOT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


MAX_BYTES = 1024 * 1024
MAX_REFERENCES = 200
MAX_EXPRESSIONS = 20_000
"""Characters that the references of a plan may have together, those that are paths of names and indices not counted. To parse
so many takes some hundredths of a second.
"""
_LONGEST = 1000


class Unresolved(ValueError):
    """A reference that leads nowhere, or to far too much; the message names it."""


def check(value: JsonValue, earlier: Collection[str], expressions: int = MAX_EXPRESSIONS) -> int:
    """ValueError for a reference that is no JMESPath, has another root, or names a step that is not among `earlier`; and
    for more than MAX_REFERENCES, or `expressions`. How many of these are left for others of the plan.
    """
    left = MAX_REFERENCES
    for text in _texts(value):
        for found in _REFERENCE.finditer(text):
            left -= 1
            if left < 0:
                raise ValueError(f"may hold at most {MAX_REFERENCES} references")
            reference = _reference(found)
            expressions -= 0 if selection.is_path(reference) else len(reference)
            if expressions < 0:
                raise ValueError(
                    f"has too many expressions: those of a plan may have {MAX_EXPRESSIONS:,} characters together, paths such"
                    " as steps.a.data[0].id not counted"
                )
            _check(reference, earlier)
        if "{{" in _REFERENCE.sub("", text):
            raise ValueError("has a {{ without its }}")
    return expressions


def _check(reference: str, earlier: Collection[str]) -> None:
    if len(reference) > _LONGEST:
        raise ValueError(f"{_shown(reference[:50])} … must have at most {_LONGEST:,} characters")
    shown = _shown(reference)
    try:
        selection.check(reference)
    except selection.Unselectable as error:
        raise ValueError(f"{shown} {error}") from None
    root = _ROOT.match(reference)
    if root is None or root.group() not in _ROOTS:
        raise ValueError(f"{shown} must begin with steps, input or event")
    if root.group() == "steps":
        found = _STEP.match(reference)
        step = (found.group(1) or found.group(2)) if found else None
        if step not in earlier:
            raise ValueError(f"{shown} does not name a step that comes before")


def beginnings(value: JsonValue) -> set[str] | None:
    """What the references begin with, as `event` or `steps.list_items`: nothing else of what is known is needed. None when
    one of them is more than names and indices, and may lead anywhere.
    """
    found: set[str] = set()
    for text in _texts(value):
        for reference in map(_reference, _REFERENCE.finditer(text)):
            names = selection.names(reference)
            if names is None:
                return None
            found.add(".".join(map(str, names[: 2 if names[:1] == ("steps",) else 1])))
    return found


async def resolved(value: JsonValue, known: Mapping[str, JsonValue], *, lane: Hashable) -> JsonValue:
    """`value` with each reference replaced; Unresolved for one that finds nothing, or when all of them together come to
    more than MAX_BYTES. `lane` is whose work it is: a tenant's id.
    """
    references = list(
        dict.fromkeys(_reference(found) for text in _texts(value) for found in _REFERENCE.finditer(text))
    )
    try:
        found = await selection.select_all(references, cast("JsonValue", dict(known)), lane=lane)
    except selection.UnselectableOf as error:
        raise Unresolved(f"{_shown(error.expression)} {error}") from None
    return _Filling(dict(zip(references, found, strict=True))).filled(value)


class _Filling:
    """Puts what the references lead to in their places."""

    def __init__(self, found: Mapping[str, JsonValue]) -> None:
        self._found = found
        self._texts: dict[str, str] = {}
        self._left = MAX_BYTES

    def filled(self, value: JsonValue) -> JsonValue:
        match value:
            case str():
                return self._text(value)
            case list():
                return [self.filled(one) for one in value]
            case dict():
                return {name: self.filled(one) for name, one in value.items()}
            case _:
                return value

    def _text(self, text: str) -> JsonValue:
        alone = text.strip()
        whole = _REFERENCE.match(alone)
        if whole and whole.end() == len(alone):
            self._as_json(_reference(whole))
            return self._found[_reference(whole)]

        def put(found: re.Match[str]) -> str:
            as_json = self._as_json(_reference(found))
            value = self._found[_reference(found)]
            return value if isinstance(value, str) else as_json

        return _REFERENCE.sub(put, text)

    def _as_json(self, reference: str) -> str:
        """What the reference leads to, as JSON text."""
        if self._found[reference] is None:
            raise Unresolved(f"{_shown(reference)} leads to nothing")
        if reference not in self._texts:
            # Unlike orjson this keeps whole numbers of any size.
            self._texts[reference] = json.dumps(
                self._found[reference], ensure_ascii=False, separators=(",", ":")
            )
        self._left -= len(self._texts[reference])
        if self._left < 0:
            raise Unresolved(f"{_shown(reference)} makes the parameters larger than {MAX_BYTES // 1024} KiB")
        return self._texts[reference]


def _reference(found: re.Match[str]) -> str:
    return found.group(1).strip()


def _shown(reference: str) -> str:
    return f"{{{{ {reference} }}}}"


def _texts(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _texts(one)
        case dict():
            for one in value.values():
                yield from _texts(one)
        case _:
            return
