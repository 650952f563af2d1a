"""The documents of Pipedrive's API, version 2: what is taken from them, and how they are written.

E-mail addresses and phone numbers are lists, of which one is the primary. Custom fields have hashes for names; those with options
hold the numbers of these, those with parts an object.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import JsonValue

from hub_app.sync.provider.declared import Lists, Row
from hub_app.sync.provider.source import Draft, Payload, SourceField

# Custom fields by their hashes, which may begin with a digit: letters before make them names of a path.
_PREFIX = "cf_"
_CUSTOM = f"custom_fields.{_PREFIX}"
_TYPES = {
    "text": "multiline", "double": "number", "int": "number", "monetary": "money", "date": "date", "enum": "choice", "set": "list",
    "phone": "phone", "address": "multiline", "boolean": "boolean",
}  # fmt: skip
# An option is written by its number, a part by its own name: these are read only.
_WRITABLE = frozenset({"varchar", "varchar_auto", "text", "double", "int", "date", "phone"})
_PASSING = frozenset(
    {"update_time", "owner_id", "creator_user_id", "picture_id", "visible_to", "stage_change_time"}
)
_LISTS = {"email": "emails", "phone": "phones"}


def person(row: Row, beside: Lists) -> Payload:
    emails, phones = _values(row.get("emails")), _values(row.get("phones"))
    made = _common(row, beside) | {
        "email": next(iter(emails), None),
        "phone": next(iter(phones), None),
        "organization": _first(beside, "organizations", row.get("org_id")),
        "address": _plain(row.get("postal_address"), {}),
    }
    one: dict[str, JsonValue] = {
        "name": row.get("name"),
        "first_name": row.get("first_name"),
        "last_name": row.get("last_name"),
        "emails": emails,
        "phones": phones,
    }
    made["people"] = [one] if any(one.values()) else []
    return made


def deal(row: Row, beside: Lists) -> Payload:
    status, person_id = row.get("status"), row.get("person_id")
    stage = _first(beside, "stages", row.get("stage_id"))
    return _common(row, beside) | {
        "client": None if person_id is None else str(person_id),
        "organization": _first(beside, "organizations", row.get("org_id")),
        "pipeline": _first(beside, "pipelines", row.get("pipeline_id")),
        "stage": stage,
        "state": stage if status == "open" and stage else status,
    }


def _common(row: Row, beside: Lists) -> dict[str, JsonValue]:
    made = {name: value for name, value in row.items() if name not in _PASSING}
    fields = row.get("custom_fields")
    custom = fields if isinstance(fields, dict) else {}
    made["custom_fields"] = {
        f"{_PREFIX}{key}": _plain(value, cast("Mapping[str, JsonValue]", _first(beside, "fields", key) or {}))
        for key, value in custom.items()
    }
    return made


def _first(beside: Lists, name: str, key: JsonValue) -> JsonValue:
    return next(iter(beside[name].get(str(key), ())), None)


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _values(entries: JsonValue) -> list[JsonValue]:
    """The addresses or numbers of a list, the primary one first."""
    given = sorted(_objects(entries), key=lambda one: not one.get("primary"))
    return [one["value"] for one in given if one.get("value")]


def _plain(value: JsonValue, options: Mapping[str, JsonValue]) -> JsonValue:
    """An option by its label, of an object what people read."""
    if isinstance(value, list):
        return [_plain(one, options) for one in value]
    if isinstance(value, dict):
        text = value.get("formatted_address") or value.get("value")
        until = value.get("until")
        return f"{text} to {until}" if until else text
    return options.get(str(value), value) if options else value


def options_of(row: Row) -> JsonValue:
    """The labels of a field's options by their ids; None for a field without any."""
    return {str(one["id"]): one.get("label") for one in _objects(row.get("options"))} or None


def custom_field(row: Row) -> SourceField | None:
    if not row["is_custom_field"]:
        return None
    kind = str(row["field_type"])
    return SourceField(
        f"{_CUSTOM}{row['field_code']}",
        str(row["field_name"]),
        _TYPES.get(kind, "text"),
        writable=kind in _WRITABLE,
    )


def patched(payload: Payload, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Lists are replaced as a whole: the primary entry changes, the others stay as they were read."""
    made: dict[str, JsonValue] = {}
    custom: dict[str, JsonValue] = {}
    for path, value in values.items():
        if path.startswith(_CUSTOM):
            custom[path.removeprefix(_CUSTOM)] = value
        elif path in _LISTS:
            made[_LISTS[path]] = _with_primary(_objects(payload.get(_LISTS[path])), value)
        else:
            made[path] = value
    return {**made, "custom_fields": custom} if custom else made


def _with_primary(entries: Sequence[Mapping[str, Any]], value: JsonValue) -> list[JsonValue]:
    given = sorted(entries, key=lambda one: not one.get("primary"))
    first = dict(given[0]) if given else {"label": "work"}
    kept: list[JsonValue] = [dict(one) for one in given[1:]]
    return [{**first, "value": value, "primary": True}, *kept] if value else kept


def made(draft: Draft) -> Row:
    return patched({}, draft.values)


def has_email(row: Row, draft: Draft) -> bool:
    wanted = str(draft.values.get("email")).lower()
    return any(str(one).lower() == wanted for one in _values(row.get("emails")))


def has_title(row: Row, draft: Draft) -> bool:
    return row.get("title") == draft.values.get("title")
