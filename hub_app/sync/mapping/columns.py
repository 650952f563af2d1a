"""What lists sort, filter and search by: a few columns of each record, made from its fields."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import cast

from pydantic import JsonValue

from hub_app.sync.mapping.fields import Field

MAX_COLUMN = 300
MAX_SEARCH = 2_000
_DATE = len("2026-01-31")
# Letters with a stroke and the like, which Unicode does not take apart; casefold has made ss of ß. (\u0131: the i without a dot.)
_LETTERS = str.maketrans({
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŧ": "t", "ŋ": "n", "ĸ": "k",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """`email` is in lowercase, `phone` digits alone with those of the country code, `date` an ISO day. `search` is folded text:
    name, e-mail, phone digits, the fields that are searched, and everybody of a record.
    """

    name: str = ""
    email: str = ""
    phone: str = ""
    date: str | None = None
    status: str = ""
    value: int | float | None = None
    search: str = ""


COLUMNS = tuple(one.name for one in fields(Columns))


def columns(of: Sequence[Field], values: Mapping[str, JsonValue]) -> Columns:
    """The columns of a record with these values by field. A field that is empty leaves its column to the next one that feeds it,
    and name, e-mail and phone to the first person.
    """
    people: list[Mapping[str, JsonValue]] = []
    found: dict[str, JsonValue] = {}
    searched: list[str] = []
    for field in of:
        value = values.get(field.key)
        if value is None or value in ("", []):
            continue
        if field.type == "people":
            people += _people(value)
        if field.column and field.column not in found:
            found[field.column] = value
        if field.searched:
            searched += _texts(value)
    first: Mapping[str, JsonValue] = people[0] if people else {}
    name = _text(found.get("name")) or _name(first) or _name(values)
    email = _text(found.get("email")) or next(_texts(first.get("emails")), "")
    phone = _text(found.get("phone")) or next(_texts(first.get("phones")), "")
    value = found.get("value")
    return Columns(
        name=name[:MAX_COLUMN],
        email=email.lower()[:MAX_COLUMN],
        phone=digits(phone)[:MAX_COLUMN],
        date=_text(found.get("date"))[:_DATE] or None,
        status=_text(found.get("status"))[:MAX_COLUMN],
        value=value if isinstance(value, (int, float)) and not isinstance(value, bool) else None,
        search=_search([name, email, digits(phone), *searched, *_of_people(people)]),
    )


def folded(text: str) -> str:
    """The text as it is searched: in lowercase, without accents, with single spaces. Queries are folded by the same function."""
    if text.isascii():
        return " ".join(text[:MAX_SEARCH].lower().split())
    # Marks by the thousand take time with the square of their number.
    decomposed = unicodedata.normalize("NFKD", text[:MAX_SEARCH].casefold())
    bare = "".join(one for one in decomposed if not unicodedata.combining(one)).casefold()
    return " ".join(bare.translate(_LETTERS).split())


def digits(text: str) -> str:
    """The digits of a phone number. A query without a country code has to go without its leading zeros too."""
    return "".join(one for one in text if one in "0123456789")


def _search(texts: Sequence[str]) -> str:
    """Each once: a query is looked for anywhere."""
    made = dict.fromkeys(folded(one) for one in texts if one)
    return " ".join(made)[:MAX_SEARCH]


def _of_people(people: Sequence[Mapping[str, JsonValue]]) -> Iterator[str]:
    for one in people:
        yield _name(one)
        yield from _texts(one.get("emails"))
        yield from map(digits, _texts(one.get("phones")))


def _people(value: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield one


def _name(of: Mapping[str, JsonValue]) -> str:
    """Of a person, or of a record with the parts of a name."""
    parts = (_text(of.get(part)) for part in ("first_name", "last_name"))
    return _text(of.get("name")) or " ".join(part for part in parts if part)


def _texts(value: JsonValue) -> Iterator[str]:
    entries = value if isinstance(value, list) else [value]
    for one in cast("list[JsonValue]", entries):
        if text := _text(one):
            yield text


def _text(value: JsonValue) -> str:
    """Of a list the first."""
    if isinstance(value, list):
        return next(_texts(value), "")
    return value if isinstance(value, str) else ""
