"""The way back of one field: what has to stand in the source so that it is read as the hub's value.

What is written was read back before: a value that would come in as another one is refused.
"""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from hub_app.kernel import selection
from hub_app.sync.mapping import dates, numbers
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.numbers import Unreadable
from hub_app.sync.mapping.paths import Unwritable
from hub_app.sync.mapping.steps import chain, step
from hub_app.sync.mapping.transforms import (
    Boolean,
    Date,
    Lookup,
    Lower,
    Number,
    Split,
    Title,
    Transform,
    Trim,
)
from hub_app.sync.mapping.values import Notes, Read, is_partial, read_as
from hub_app.sync.merge import MISSING, Value


def objection(mapping: FieldMapping, field: Field) -> str:
    """Why the field can never be written to the source, to follow the field's name; "" when it can."""
    parts = selection.names(mapping.source)
    if mapping.direction == "in":
        why = "is mapped inwards only"
    elif mapping.constant is not None:
        why = "is a constant"
    elif not parts or not isinstance(parts[0], str):
        why = "comes from an expression, not from a path of names and indices"
    elif field.type == "people":
        why = "holds people, of whom the source has more than is kept here"
    else:
        why = next((said for one in mapping.transforms if (said := _objection(one))), "")
    return why


def _objection(transform: Transform) -> str:
    if isinstance(transform, Split) and transform.index is not None:
        return "is one part of a text"
    if isinstance(transform, Lookup) and len(set(transform.table.values())) < len(transform.table):
        return "is looked up in a table that has the same for several words"
    return ""


def written(mapping: FieldMapping, field: Field, value: JsonValue, before: Value) -> JsonValue:
    """What to write for the field's value; `before` is what the source has there now. Raises Unwritable."""
    why = objection(mapping, field)
    if why:
        raise Unwritable(why)
    read = chain(mapping, field)
    try:
        expected = None if value is None else _as_read(mapping, field, value)
        if _is_there(read, before, expected):
            return cast("JsonValue", before)
        made = _empty(before) if value is None else _back(mapping, field, value, before)
        again = read(made, []) if made is not None else None
    except Unreadable as error:
        raise Unwritable(str(error)) from None
    if again != expected:
        raise Unwritable("would come back as another value")
    return made


def _is_there(read: Read, before: Value, expected: JsonValue) -> bool:
    """Whether the source has the value already, perhaps in a richer form such as HTML: then that stays. Raises Unwritable where
    the source has more than the hub has kept of it.
    """
    notes: Notes = []
    try:
        known = before if before is None or before is MISSING else read(before, notes)
    except Unreadable:
        return False
    if known == expected:
        return before is not MISSING
    if is_partial(notes):
        raise Unwritable("is only in part kept here: the rest would be lost")
    return False


def _empty(before: Value) -> JsonValue:
    """Nothing, as the source says it."""
    if isinstance(before, str):
        return ""
    return [] if isinstance(before, list) else None


def _as_read(mapping: FieldMapping, field: Field, value: JsonValue) -> JsonValue:
    """The value as it comes in: its last transforms may change its case."""
    last: list[Transform] = []
    for one in reversed(mapping.transforms):
        if not isinstance(one, Trim | Lower | Title):
            break
        last.insert(0, one)
    for one in last:
        value = step(one, field.type)(value, [])
    return read_as(field.type, value, [])


def _back(mapping: FieldMapping, field: Field, value: JsonValue, before: Value) -> JsonValue:
    """The value through each transform backwards."""
    stages = _stages(mapping, field, before)
    made = _alike(value, stages.pop())
    for one in reversed(mapping.transforms):
        made = _inverse(one, field, made, stages.pop())
    return made


def _stages(mapping: FieldMapping, field: Field, before: Value) -> list[Value]:
    """What went into each transform when the payload was read, and what came out of the last; MISSING from where it failed."""
    stages = [before]
    for one in mapping.transforms:
        known = stages[-1]
        try:
            stages.append(MISSING if known is None or known is MISSING else step(one, field.type)(known, []))
        except Unreadable:
            stages.append(MISSING)
    return stages


def _alike(value: JsonValue, before: Value) -> JsonValue:
    """The value as JSON of the kind that stands there: a number in a text stays a text."""
    if isinstance(value, bool):
        if isinstance(before, str):
            return "true" if value else "false"
        return int(value) if type(before) is int else value
    if isinstance(value, (int, float)) and isinstance(before, str):
        return numbers.text_of(value)
    return value


def _inverse(transform: Transform, field: Field, value: JsonValue, before: Value) -> JsonValue:
    """What has to go into the transform for `value` to come out; `before` is what went in when the payload was read."""
    match transform:
        case Trim() | Lower() | Title():
            made = step(transform, field.type)(value, [])
        case Date():
            made = _date(transform, value, before)
        case Number():
            made = _number(transform, value, before)
        case Boolean():
            made = _boolean(transform, value, before)
        case Split():
            made = _joined(transform, value)
        case Lookup():
            made = _word({found: word for word, found in transform.table.items()}, value)
        case _:
            made = value
    return made


def _date(transform: Date, value: JsonValue, before: Value) -> JsonValue:
    if not transform.formats or not isinstance(value, str):
        return value
    wanted = dates.format_of(before if isinstance(before, str) else "", transform.formats)
    zone = dates.zone_of(transform.time_zone)
    return dates.written(value, wanted, zone, has_time="T" in value)


def _number(transform: Number, value: JsonValue, before: Value) -> JsonValue:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Unwritable("is no number")
    found = numbers.decimal_of(value).scaleb(transform.scale)
    if transform.scale and found != found.to_integral_value():
        raise Unwritable("is no whole number of the source's units")
    made = numbers.number_of(found)
    if isinstance(before, str) or (transform.decimal_mark == "," and not isinstance(before, (int, float))):
        return numbers.text_of(made).replace(".", transform.decimal_mark)
    return made


def _boolean(transform: Boolean, value: JsonValue, before: Value) -> JsonValue:
    words = transform.true_words if value is True else transform.false_words
    if isinstance(before, bool) or not (transform.true_words or transform.false_words):
        return value
    if not isinstance(value, bool) or not words:
        raise Unwritable("has no word in the source")
    return words[0]


def _joined(transform: Split, value: JsonValue) -> JsonValue:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Unwritable("is no list of texts")
    return transform.separator.join(cast("list[str]", value))


def _word(words: Mapping[str, str], value: JsonValue) -> JsonValue:
    if isinstance(value, list):
        return [_word(words, one) for one in value]
    if not isinstance(value, str) or value not in words:
        raise Unwritable("is not in the table")
    return words[value]
