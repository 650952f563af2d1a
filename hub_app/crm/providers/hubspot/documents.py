"""The objects of HubSpot's API: what is taken from them, and how they are written.

Every property is a text there. Options are internal names, several of them separated by semicolons: people read and write labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from hub_app.sync.provider.source import Payload, SourceField

_TYPES = {
    "string": "text", "number": "number", "date": "date", "datetime": "datetime", "bool": "boolean", "enumeration": "choice",
    "phone_number": "phone",
}  # fmt: skip
_ADDRESS = ("address", "city", "state", "zip", "country")


@dataclass(frozen=True, slots=True)
class Property:
    """What an account says of a property. `labels` are those of its options, by their internal names."""

    name: str
    label: str
    type: str
    several: bool
    writable: bool
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    def read(self, text: JsonValue) -> JsonValue:
        if text is None or text == "":
            return None
        if not self.labels:
            return text
        names = str(text).split(";") if self.several else [str(text)]
        found: list[JsonValue] = [self.labels.get(name, name) for name in names if name]
        return found if self.several else found[0]

    def written(self, value: JsonValue) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        names = {label: name for name, label in self.labels.items()}
        given = value if isinstance(value, list) else [value]
        return ";".join(names.get(str(one), str(one)) for one in given)

    def field(self) -> SourceField:
        several = self.several and bool(self.labels)
        kind = "list" if several else _TYPES.get(self.type, "text")
        return SourceField(f"properties.{self.name}", self.label, kind, writable=self.writable)


def property_of(row: Mapping[str, Any]) -> Property:
    """LookupError for what is no property."""
    how: Mapping[str, Any] = row.get("modificationMetadata") or {}
    read_only = bool(row.get("calculated") or how.get("readOnlyValue"))
    labels = {str(one["value"]): str(one["label"]) for one in row.get("options") or ()}
    several = row.get("fieldType") == "checkbox" and row["type"] == "enumeration"
    # True and false have options, too.
    kept = {} if row["type"] == "bool" else labels
    return Property(row["name"], row.get("label") or row["name"], row["type"], several, not read_only, kept)


def read(row: Mapping[str, Any], properties: Mapping[str, Property]) -> dict[str, JsonValue]:
    """The payload that all objects have. What was not asked for is not in it."""
    given: Mapping[str, JsonValue] = row["properties"]
    found = {name: one.read(given.get(name)) for name, one in properties.items()}
    return {"id": str(row["id"]), "properties": found}


def contact(payload: dict[str, JsonValue], related: Sequence[str]) -> Payload:
    del related
    found = _properties(payload)
    more = str(found.get("hs_additional_emails") or "").split(";")
    emails: list[JsonValue] = [one for one in (found.get("email"), *more) if one]
    phones: list[JsonValue] = [found[name] for name in ("phone", "mobilephone") if found.get(name)]
    names = " ".join(str(found[name]) for name in ("firstname", "lastname") if found.get(name))
    person: dict[str, JsonValue] = {
        "name": names,
        "first_name": found.get("firstname"),
        "last_name": found.get("lastname"),
        "emails": emails,
        "phones": phones,
    }
    people: list[JsonValue] = [person] if any(person.values()) else []
    return payload | {
        "name": names or found.get("company") or found.get("email"),
        "anyPhone": phones[0] if phones else None,
        "addressText": "\n".join(str(found[part]) for part in _ADDRESS if found.get(part)) or None,
        "people": people,
    }


def deal(payload: dict[str, JsonValue], related: Sequence[str]) -> Payload:
    clients: list[JsonValue] = list(related)
    return payload | {"clientIds": clients, "clientId": related[0] if related else None}


def _properties(payload: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    found = payload["properties"]
    return found if isinstance(found, dict) else {}
