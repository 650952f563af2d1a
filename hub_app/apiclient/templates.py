"""Templates: `{{ reference }}` in a text stands for a value. A reference is a name of what is known, or JMESPath over all of it;
no code is evaluated. A text that is one reference and nothing else becomes its value, of whatever type.
"""

import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from typing import cast

from pydantic import JsonValue

from hub_app.kernel import selection

# A reference holds no other one's beginning: else a text of beginnings alone would take a time that grows squared.
ANY = re.compile(r"\{\{((?:(?!\{\{).)*?)\}\}", re.DOTALL)
PLAIN = re.compile(r"\{\{\s*([\x21-\x7a\x7c\x7e]+?)\s*\}\}")
"""References without spaces and braces, for texts that may hold templates of whoever gets them: `{{ first name }}`."""
MAX_EXPRESSIONS = 20_000
"""Characters that the expressions of a document may have together. To parse so many takes some hundredths of a second."""
LONGEST = 1000
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Absent:
    """Stands for what has no value: its field goes. Unlike None, which is `null`."""


ABSENT = Absent()


def texts(value: JsonValue) -> Iterator[str]:
    """All texts of a template but the names of fields."""
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from texts(one)
        case dict():
            for one in value.values():
                yield from texts(one)
        case _:
            return


def references(value: JsonValue, pattern: re.Pattern[str]) -> list[str]:
    """What stands between the braces, in order, each as often as it is there."""
    return [reference(found) for text in texts(value) for found in pattern.finditer(text)]


def reference(found: re.Match[str]) -> str:
    return found.group(1).strip()


def shown(reference: str) -> str:
    return f"{{{{ {reference} }}}}"


def is_known(reference: str, names: Collection[str]) -> bool:
    """Whether it is one of these names, or JMESPath that has to do with one."""
    if reference in names or len(reference) > LONGEST:
        return reference in names
    try:
        selection.check(reference)
    except selection.Unselectable:
        return False
    path = selection.names(reference)
    return not set(_NAME.findall(reference) if path is None else path[:1]).isdisjoint(names)


async def found(
    references: Sequence[str], known: Mapping[str, JsonValue], *, partition: Hashable
) -> dict[str, JsonValue]:
    """What each reference leads to, None when to nothing. UnselectableOf the first that does not fit, or costs too much.
    `partition` is whose work it is: a tenant's id.
    """
    values = {one: known[one] for one in references if one in known}
    others = list(dict.fromkeys(one for one in references if one not in known))
    selected = await selection.select_all(others, cast("JsonValue", dict(known)), partition=partition)
    return values | dict(zip(others, selected, strict=True))


def filled(
    value: JsonValue,
    pattern: re.Pattern[str],
    alone: Callable[[str], JsonValue | Absent],
    within: Callable[[str], str],
) -> JsonValue | Absent:
    """The template with each reference replaced: by what `alone` says where a text is nothing else, by the text `within`
    inside a longer one. Fields and entries without a value go. What is put in is not looked at again.
    """

    def fill(one: JsonValue) -> JsonValue | Absent:
        match one:
            case str():
                text = one.strip()
                whole = pattern.match(text)
                if whole and whole.end() == len(text):
                    return alone(reference(whole))
                return pattern.sub(lambda part: within(reference(part)), one)
            case list():
                parts = [fill(part) for part in one]
                return [part for part in parts if not isinstance(part, Absent)]
            case dict():
                fields = {name: fill(part) for name, part in one.items()}
                return {name: part for name, part in fields.items() if not isinstance(part, Absent)}
            case _:
                return one

    return fill(value)
