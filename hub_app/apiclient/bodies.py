"""A request's body from its template, in which `{{ name }}` stands for a parameter, `{{ name.part }}` for a part of it."""

from collections.abc import Collection, Hashable, Mapping

from pydantic import JsonValue

from hub_app.apiclient import templates
from hub_app.apiclient.templates import ABSENT, PLAIN, Absent
from hub_app.kernel.selection import UnselectableOf
from hub_app.kernel.values import as_text

# A template may name a large parameter any number of times.
MAX_CHARACTERS = 16 * 1024 * 1024


def unknown(template: JsonValue, names: Collection[str]) -> list[str]:
    """The references that have to do with none of the parameters, each once. ValueError for too many expressions."""
    others = [one for one in dict.fromkeys(templates.references(template, PLAIN)) if one not in names]
    if sum(map(len, others)) > templates.MAX_EXPRESSIONS:
        raise ValueError(
            f"the body has too many expressions: at most {templates.MAX_EXPRESSIONS:,} characters together"
        )
    return [one for one in others if not templates.is_known(one, names)]


async def filled(
    template: JsonValue, names: Collection[str], values: Mapping[str, JsonValue], *, partition: Hashable
) -> JsonValue | Absent:
    """The template with values in place. A text that is one reference keeps the value's type; where that has no value,
    the field or list entry goes. Inside a longer text, no value and null are no text. ValueError when the values come to
    too much, or an expression does not fit them. `names` are all parameters', those without a value too.
    """
    found = templates.references(template, PLAIN)
    try:
        selected = await templates.found(
            [one for one in found if one not in names], values, partition=partition
        )
    except UnselectableOf as error:
        raise ValueError(f"{templates.shown(error.expression)} {error}") from None
    led = {**{one: value for one, value in selected.items() if value is not None}, **values}
    lengths = {one: len(as_text(led[one])) for one in set(found) if one in led}
    if sum(lengths.get(one, 0) for one in found) > MAX_CHARACTERS:
        raise ValueError(f"make a body of more than {MAX_CHARACTERS // 1024**2} MiB")

    def within(reference: str) -> str:
        value = led.get(reference)
        return "" if value is None else as_text(value)

    return templates.filled(template, PLAIN, lambda one: led.get(one, ABSENT), within)
