"""What a field of each type holds. Whatever comes in becomes that, is empty (None), or is Unreadable."""

from collections.abc import Callable, Mapping
from typing import cast

from pydantic import JsonValue

from hub_app.sync.mapping import contacts, dates, numbers
from hub_app.sync.mapping.fields import FieldType
from hub_app.sync.mapping.numbers import Unreadable
from hub_app.sync.mapping.text import CUT, MAX_MULTILINE, cleaned

MAX_ITEMS = 100
MAX_PEOPLE = 20
MAX_CONTACTS = 10
MAX_REFERENCE = 200
_LEFT_OUT = "and the rest was left out"
# Of a whole number as text, in bits: Python writes larger ones slowly.
_LARGEST = 1024
_WORDS = {
    "true": True, "yes": True, "y": True, "on": True, "1": True,
    "false": False, "no": False, "n": False, "off": False, "0": False,
}  # fmt: skip
# What a person consists of: people are kept with what is there alone.
_PERSON = ("name", "first_name", "last_name", "role")

Notes = list[str]
"""Why a value that was read is odd, to follow the name of the field."""
Read = Callable[[JsonValue, Notes], JsonValue]
"""Takes a value that is not None. Raises Unreadable."""


def read_as(kind: FieldType, value: JsonValue, notes: Notes) -> JsonValue:
    """The value as a field of this type holds it, None when there is nothing in it. Reading it again changes nothing. Raises
    Unreadable.
    """
    return None if value is None else READERS[kind](value, notes)


def is_partial(notes: Notes) -> bool:
    """Whether something of the value was not kept."""
    return any(one.endswith((CUT, _LEFT_OUT)) for one in notes)


def as_text(value: JsonValue) -> str:
    """The text of a value that has no parts. Raises Unreadable."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() <= _LARGEST:
        return str(value)
    if isinstance(value, float):
        return f"{value:.{numbers.DIGITS}g}"
    if not value:
        return ""
    what = (
        "a list: select one of its entries" if isinstance(value, list) else "an object: select a part of it"
    )
    raise Unreadable(f"is {what}")


def _text(value: JsonValue, notes: Notes) -> JsonValue:
    made, lost = cleaned(value if isinstance(value, str) else as_text(value))
    if lost:
        notes.append(lost)
    return made or None


def _multiline(value: JsonValue, notes: Notes) -> JsonValue:
    made, lost = cleaned(as_text(value), lines=True, most=MAX_MULTILINE)
    if lost:
        notes.append(lost)
    return made or None


def _email(value: JsonValue, notes: Notes) -> JsonValue:
    return _contact(value, notes, contacts.email_of)


def phone_reader(region: str) -> Read:
    """Reads a phone number; one without a country code is one of `region`, "" for none."""
    return lambda value, notes: _contact(value, notes, lambda text: contacts.phone_of(text, region))


def _contact(value: JsonValue, notes: Notes, read: Callable[[str], tuple[str, str]]) -> JsonValue:
    text = _text(value, notes)
    if not isinstance(text, str):
        return None
    made, odd = read(text)
    if odd:
        notes.append(odd)
    return made


def _date(value: JsonValue, _: Notes) -> JsonValue:
    text = as_text(value).strip()
    return dates.date_of(text) if text else None


def _datetime(value: JsonValue, _: Notes) -> JsonValue:
    text = as_text(value).strip()
    return dates.time_of(text) if text else None


def _number(value: JsonValue, _: Notes) -> JsonValue:
    if isinstance(value, bool):
        raise Unreadable("is true or false, not a number")
    if isinstance(value, (int, float)):
        return numbers.plain(value)
    text = as_text(value).strip()
    return numbers.number_of(numbers.decimal_of(text)) if text else None


def _boolean(value: JsonValue, _: Notes) -> JsonValue:
    if isinstance(value, bool):
        return value
    text = as_text(value).strip()
    if not text:
        return None
    found = _WORDS.get(text.lower())
    if found is None:
        raise Unreadable("is neither true nor false")
    return found


def _list(value: JsonValue, notes: Notes) -> JsonValue:
    made = [_text(one, notes) for one in entries_of(value, MAX_ITEMS, notes) if one is not None]
    return [one for one in made if one is not None] or None


def _reference(value: JsonValue, notes: Notes) -> JsonValue:
    entries = entries_of(value, 1, notes)
    made = _text(entries[0], notes) if entries and entries[0] is not None else None
    if isinstance(made, str) and len(made) > MAX_REFERENCE:
        raise Unreadable(f"is longer than the {MAX_REFERENCE} characters of an id")
    return made


def _people(value: JsonValue, notes: Notes) -> JsonValue:
    made = [_person(one, notes) for one in entries_of(value, MAX_PEOPLE, notes) if one is not None]
    return [one for one in made if one] or None


def _person(value: JsonValue, notes: Notes) -> dict[str, JsonValue]:
    """Of a text the name. An object may have `email` and `phone` in place of lists."""
    parts: Mapping[str, JsonValue] = value if isinstance(value, dict) else {"name": value}
    person = {name: _text(parts[name], notes) for name in _PERSON if parts.get(name) is not None}
    for plural, singular, read in (("emails", "email", _email), ("phones", "phone", READERS["phone"])):
        given = parts.get(plural) or parts.get(singular)
        entries = [] if given is None else entries_of(given, MAX_CONTACTS, notes)
        known = [read(one, notes) for one in entries if one is not None]
        person[plural] = cast(
            "list[JsonValue]", [one for one in dict.fromkeys(cast("list[str]", known)) if one]
        )
    return {name: one for name, one in person.items() if one}


def entries_of(value: JsonValue, most: int, notes: Notes) -> list[JsonValue]:
    """The entries of a list; anything else is one. What is beyond `most` is left out with a note."""
    entries: list[JsonValue] = value if isinstance(value, list) else [value]
    if len(entries) > most:
        notes.append(f"has more than {most} {'entry' if most == 1 else 'entries'}, {_LEFT_OUT}")
    return entries[:most]


READERS: Mapping[FieldType, Read] = {
    "text": _text, "multiline": _multiline, "email": _email, "phone": phone_reader(""), "date": _date, "datetime": _datetime,
    "number": _number, "money": _number, "boolean": _boolean, "choice": _text, "list": _list, "people": _people,
    "reference": _reference,
}  # fmt: skip
