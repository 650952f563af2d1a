"""How the values of a record's fields are said on screens. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

import orjson

_ENTERED_AS: Mapping[str, str] = {
    "text": "text", "choice": "text", "email": "email", "phone": "tel", "date": "date", "number": "text", "money": "text",
    "datetime": "text", "boolean": "text", "multiline": "multiline",
}  # fmt: skip


def entered_as(kind: str) -> str:
    """The kind of control that a value of this type is entered with; "" for one that has parts, such as people."""
    return _ENTERED_AS.get(kind, "")


def entered(value: Any) -> str:
    """A value as somebody would enter it."""
    if value is None or isinstance(value, list | dict):
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def said(value: Any, kind: str) -> str:
    """A value in words; "" for none."""
    match value:
        case None | "":
            return ""
        case bool():
            return "Yes" if value else "No"
        case list():
            return _list(cast("list[Any]", value))
        case Mapping():
            return orjson.dumps(value).decode()
        case int() | float() if kind == "money":
            return f"{value:,.2f}"
        case _:
            return _moment(str(value), kind) if kind in {"date", "datetime"} else str(value)


def _list(entries: Sequence[Any]) -> str:
    if any(isinstance(one, Mapping) for one in entries):
        return "\n".join(
            _person(cast("Mapping[str, Any]", one)) if isinstance(one, Mapping) else str(one)
            for one in entries
        )
    return ", ".join(str(one) for one in entries)


def _person(person: Mapping[str, Any]) -> str:
    """`Mia Berg (bride), mia@example.net, +47 22 12 34 56`."""
    name = person.get("name") or " ".join(
        str(person[part]) for part in ("first_name", "last_name") if person.get(part)
    )
    role = f" ({person['role']})" if person.get("role") else ""
    contacts = [str(one) for plural in ("emails", "phones") for one in person.get(plural, ())]
    return ", ".join([f"{name}{role}".strip(), *contacts] if name or role else contacts)


def _moment(text: str, kind: str) -> str:
    try:
        moment = date.fromisoformat(text) if kind == "date" else datetime.fromisoformat(text)
    except ValueError:
        return text
    day = f"{moment.day} {moment:%B %Y}"
    return f"{day}, {moment:%H:%M} UTC" if isinstance(moment, datetime) else day
