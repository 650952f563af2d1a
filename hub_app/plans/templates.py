"""References in the parameters of a plan's steps (`apiclient/templates.py`): checked when they are saved, resolved when the
step runs. The first name of each is `steps`, `input` or `event`.
"""

import json
import re
from collections.abc import Collection, Hashable, Mapping
from typing import cast

from pydantic import JsonValue

from hub_app.apiclient import templates
from hub_app.apiclient.templates import ANY, LONGEST, MAX_EXPRESSIONS, reference, references, shown
from hub_app.kernel import selection

_ROOTS = ("steps", "input", "event")
_STEP = re.compile(r"steps\s*\.\s*(?:\"([^\"]*)\"|([A-Za-z_][A-Za-z0-9_]*))")
_ROOT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_BYTES = 1024 * 1024
MAX_REFERENCES = 200


class Unresolved(ValueError):
    """A reference that leads nowhere, or to far too much; the message names it."""


def check(value: JsonValue, earlier: Collection[str], expressions: int = MAX_EXPRESSIONS) -> int:
    """ValueError for a reference that is no JMESPath, has another root, or names a step that is not among `earlier`; and
    for more than MAX_REFERENCES, or `expressions`. How many of these are left for others of the plan.
    """
    left = MAX_REFERENCES
    for text in templates.texts(value):
        for found in ANY.finditer(text):
            left -= 1
            if left < 0:
                raise ValueError(f"may hold at most {MAX_REFERENCES} references")
            one = reference(found)
            expressions -= 0 if selection.is_path(one) else len(one)
            if expressions < 0:
                raise ValueError(
                    f"has too many expressions: those of a plan may have {MAX_EXPRESSIONS:,} characters together, paths such"
                    " as steps.a.data[0].id not counted"
                )
            _check(one, earlier)
        if "{{" in ANY.sub("", text):
            raise ValueError("has a {{ without its }}")
    return expressions


def _check(one: str, earlier: Collection[str]) -> None:
    if len(one) > LONGEST:
        raise ValueError(f"{shown(one[:50])} … must have at most {LONGEST:,} characters")
    try:
        selection.check(one)
    except selection.Unselectable as error:
        raise ValueError(f"{shown(one)} {error}") from None
    root = _ROOT.match(one)
    if root is None or root.group() not in _ROOTS:
        raise ValueError(f"{shown(one)} must begin with steps, input or event")
    if root.group() == "steps":
        found = _STEP.match(one)
        step = (found.group(1) or found.group(2)) if found else None
        if step not in earlier:
            raise ValueError(f"{shown(one)} does not name a step that comes before")


def beginnings(value: JsonValue) -> set[str] | None:
    """What the references begin with, as `event` or `steps.list_items`: nothing else of what is known is needed. None when
    one of them is more than names and indices, and may lead anywhere.
    """
    found: set[str] = set()
    for one in references(value, ANY):
        names = selection.names(one)
        if names is None:
            return None
        found.add(".".join(map(str, names[: 2 if names[:1] == ("steps",) else 1])))
    return found


async def resolved(value: JsonValue, known: Mapping[str, JsonValue], *, partition: Hashable) -> JsonValue:
    """`value` with each reference replaced; Unresolved for one that finds nothing, or when all of them together come to
    more than MAX_BYTES. `partition` is whose work it is: a tenant's id.
    """
    try:
        found = await templates.found(references(value, ANY), known, partition=partition)
    except selection.UnselectableOf as error:
        raise Unresolved(f"{shown(error.expression)} {error}") from None
    as_json: dict[str, str] = {}
    left = MAX_BYTES

    def text_of(one: str) -> str:
        nonlocal left
        if found[one] is None:
            raise Unresolved(f"{shown(one)} leads to nothing")
        if one not in as_json:
            # Unlike orjson this keeps whole numbers of any size.
            as_json[one] = json.dumps(found[one], ensure_ascii=False, separators=(",", ":"))
        left -= len(as_json[one])
        if left < 0:
            raise Unresolved(f"{shown(one)} makes the parameters larger than {MAX_BYTES // 1024} KiB")
        return as_json[one]

    def alone(one: str) -> JsonValue:
        text_of(one)
        return found[one]

    def within(one: str) -> str:
        text, value = text_of(one), found[one]
        return value if isinstance(value, str) else text

    return cast("JsonValue", templates.filled(value, ANY, alone, within))
