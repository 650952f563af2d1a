"""A request's body: from its template, in which `{{ name }}` stands for a parameter, or a JSON object of parameters."""

import re
from collections.abc import Mapping

from pydantic import JsonValue

from hub_app.kernel.values import as_text

_REFERENCE = re.compile(r"\{\{\s*([\x21-\x7a\x7c\x7e]+?)\s*\}\}")
# A template may name a large parameter any number of times.
MAX_CHARACTERS = 16 * 1024 * 1024


class Absent:
    """Stands for a parameter that is not sent: its field goes. Unlike None, which is `null`."""


ABSENT = Absent()


def names(template: JsonValue) -> list[str]:
    """The parameters that a template refers to."""
    match template:
        case str():
            return _REFERENCE.findall(template)
        case list():
            return [name for one in template for name in names(one)]
        case dict():
            return [name for one in template.values() for name in names(one)]
        case _:
            return []


def filled(template: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue | Absent:
    """The template with values in place. A text that is one reference keeps the value's type; where that has no value,
    the field or list entry goes. Inside a longer text, no value and null are no text. ValueError when the values come to
    too much.
    """
    lengths = {name: len(as_text(value)) for name, value in values.items()}
    if sum(lengths.get(name, 0) for name in names(template)) > MAX_CHARACTERS:
        raise ValueError(f"make a body of more than {MAX_CHARACTERS // 1024**2} MiB")
    return _filled(template, values)


def _filled(template: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue | Absent:
    match template:
        case str():
            whole = _REFERENCE.fullmatch(template.strip())
            if whole:
                return values.get(whole.group(1), ABSENT)
            return _REFERENCE.sub(lambda found: _inside(values.get(found.group(1))), template)
        case list():
            parts = [_filled(one, values) for one in template]
            return [one for one in parts if not isinstance(one, Absent)]
        case dict():
            fields = {name: _filled(one, values) for name, one in template.items()}
            return {name: one for name, one in fields.items() if not isinstance(one, Absent)}
        case _:
            return template


def _inside(value: JsonValue) -> str:
    return "" if value is None else as_text(value)
