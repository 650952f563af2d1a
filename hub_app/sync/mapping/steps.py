"""What each transform does to a value on its way in. The field's type has the last word (`values`)."""

from collections.abc import Callable

from pydantic import JsonValue

from hub_app.sync.mapping import dates, numbers
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.fields import Field, FieldType
from hub_app.sync.mapping.numbers import Unreadable
from hub_app.sync.mapping.text import MAX_RAW
from hub_app.sync.mapping.transforms import (
    Boolean,
    Constant,
    Date,
    Lookup,
    Lower,
    Number,
    Phone,
    Split,
    Title,
    Transform,
    Trim,
    folded_word,
)
from hub_app.sync.mapping.values import MAX_ITEMS, READERS, Notes, Read, as_text, entries_of, phone_reader


def chain(mapping: FieldMapping, field: Field) -> Read:
    """What reads a value of the source for this field: each transform in turn, then its type."""
    transforms, of_type = mapping.transforms, READERS[field.type]
    if transforms and field.type == "phone" and isinstance(transforms[-1], Phone):
        # One look at a number is enough.
        of_type = phone_reader(transforms[-1].region)
        transforms = transforms[:-1]
    steps = [step(one, field.type) for one in transforms]
    if not steps:
        return of_type

    def read(value: JsonValue, notes: Notes) -> JsonValue:
        for one in steps:
            value = one(value, notes)
            if value is None:
                return None
        return of_type(value, notes)

    return read


def step(transform: Transform, kind: FieldType) -> Read:
    """What the transform does on the way to a field of this type. None that it gives is an empty value."""
    match transform:
        case Trim() | Lower() | Title():
            made = _each_text(_CHANGES[transform.name])
        case Phone():
            made = _each(phone_reader(transform.region))
        case Date():
            made = _date(transform, kind)
        case Number():
            made = _number(transform)
        case Boolean():
            made = _boolean(transform)
        case Split():
            made = _split(transform)
        case Lookup():
            made = _each(_lookup(transform))
        case Constant():
            made = _constant(transform)
    return made


def title(text: str) -> str:
    """Each word with a capital, also after a hyphen, where it is all in lowercase or all in capitals."""
    return " ".join("-".join(map(_capitalized, word.split("-"))) for word in text.split(" "))


def _capitalized(word: str) -> str:
    if not (word.islower() or word.isupper()):
        return word
    made = word[0].upper() + word[1:].lower()
    # Of some letters the capital is two, such as SS.
    return made if len(made) == len(word) else word


_CHANGES: dict[str, Callable[[str], str]] = {"trim": str.strip, "lower": str.lower, "title": title}


def _each_text(change: Callable[[str], str]) -> Read:
    """Changes a text, each one in a list, and nothing else."""

    def changed(value: JsonValue, _: Notes) -> JsonValue:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, list):
            return [change(one) if isinstance(one, str) else one for one in value]
        return value

    return changed


def _each(read: Read) -> Read:
    """Reads a value, or those of a list one by one."""

    def read_all(value: JsonValue, notes: Notes) -> JsonValue:
        if isinstance(value, list):
            entries = entries_of(value, MAX_ITEMS, notes)
            return [None if one is None else read(one, notes) for one in entries]
        return read(value, notes)

    return read_all


def _constant(transform: Constant) -> Read:
    return lambda _, __: transform.value


def _date(transform: Date, kind: FieldType) -> Read:
    formats, zone = tuple(transform.formats), transform.time_zone

    def read(value: JsonValue, _: Notes) -> JsonValue:
        text = as_text(value).strip()
        if not text:
            return None
        moment = dates.read(text, formats, zone, day_first=transform.day_first)
        if kind == "datetime" or (kind != "date" and isinstance(moment, dates.datetime)):
            return dates.as_time(moment, dates.zone_of(zone))
        return dates.as_date(moment)

    return read


def _number(transform: Number) -> Read:
    def read(value: JsonValue, _: Notes) -> JsonValue:
        if isinstance(value, bool):
            raise Unreadable("is true or false, not a number")
        if not isinstance(value, (int, float)):
            value = as_text(value).strip()
            if not value:
                return None
        found = numbers.decimal_of(value, transform.decimal_mark)
        return numbers.number_of(found.scaleb(-transform.scale))

    return read


def _boolean(transform: Boolean) -> Read:
    words = {folded_word(one): True for one in transform.true_words}
    words |= {folded_word(one): False for one in transform.false_words}

    def read(value: JsonValue, _: Notes) -> JsonValue:
        if isinstance(value, bool) or not words:
            return value
        text = folded_word(as_text(value))
        if text in words:
            return words[text]
        if not text:
            return None
        raise Unreadable("is none of the words for true and false")

    return read


def _split(transform: Split) -> Read:
    def parts_of(value: JsonValue) -> list[JsonValue]:
        text = as_text(value)[:MAX_RAW]
        # What is beyond the last part that is kept stays one, so that nobody waits for a million.
        return [one.strip() for one in text.split(transform.separator, MAX_ITEMS)]

    def read(value: JsonValue, _: Notes) -> JsonValue:
        if isinstance(value, list) or value == "":
            return value or None
        parts = parts_of(value)
        if transform.index is None:
            return parts
        return parts[transform.index] if -len(parts) <= transform.index < len(parts) else None

    return read


def _lookup(transform: Lookup) -> Read:
    table = {folded_word(word): found for word, found in transform.table.items()}

    def find(value: JsonValue, _: Notes) -> JsonValue:
        text = folded_word(as_text(value))
        if text in table:
            return table[text]
        if not text:
            return None
        if transform.default is None:
            raise Unreadable("is not in the table")
        return transform.default

    return find
