"""The documents of Táve's API: what is taken from them, and how they are written.

Phone numbers are objects there, custom fields a list of texts, money whole numbers of the currency's smallest unit. The list of
contacts leaves out their notes.
"""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from hub_app.sync.provider.declared import Lists, Row, with_values
from hub_app.sync.provider.source import Draft, Payload, SourceField

# Custom fields by their ids, which begin with a digit: letters before make them names of a path.
_PREFIX = "cf_"
_CUSTOM = f"customFields.{_PREFIX}"
# What changes with every look at a document, or is told by one way of reading alone.
_PASSING = {"links", "modified", "notes", "lastClientActivity", "nextInteractionDate", "nextInteractionItem"}
_READ_ONLY = {
    "id", "links", "created", "modified", "hidden", "title", "accountBalance", "creditBalance", "totalRevenue", "totalCost",
    "totalProfit", "jobTypeName", "leadSourceName", "leadStatusName", "anonymized",
}  # fmt: skip
_PHONES = ("cellPhone", "homePhone", "workPhone", "phone", "tollFree", "fax")
_ADDRESS = ("streetAddress", "village", "city", "state", "postalCode", "country")
_TYPES = {
    "TextBox": "multiline", "Number": "number", "Decimal": "number", "Money": "money", "Date": "date",
    "Checkbox": "boolean", "DropDown": "choice",
}  # fmt: skip


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _first(beside: Lists, name: str, key: JsonValue) -> JsonValue:
    return next(iter(beside[name].get(str(key), ())), None)


def _currency(beside: Lists) -> JsonValue:
    return next((one for of_studio in beside["studio"].values() for one in of_studio), None)


def _common(row: Row) -> dict[str, JsonValue]:
    made = {name: value for name, value in row.items() if name not in _PASSING}
    fields = _objects(row.get("customFields"))
    made["customFields"] = {f"{_PREFIX}{one['fieldId']}": one["value"] for one in fields}
    return made


def _number(phone: JsonValue) -> JsonValue:
    return (phone.get("e164") or phone.get("formatted")) if isinstance(phone, dict) else None


def other_kind(row: Row) -> str:
    """Which contact this is that is no client; "" when it is one."""
    kind = row["kind"]
    if kind in {"person", "company"}:
        return ""
    return kind if kind in {"location", "employee"} and isinstance(kind, str) else "other"


def client(row: Row, beside: Lists) -> Payload:
    del beside
    made = _common(row) | {name: _number(row[name]) for name in _PHONES if name in row}
    address = row.get("mailingAddress") or row.get("address")
    if isinstance(address, dict):
        made["addressText"] = "\n".join(str(address[part]) for part in _ADDRESS if address.get(part))
    phones = [made[name] for name in _PHONES if made.get(name)]
    made["anyPhone"] = phones[0] if phones else None
    is_person = row["kind"] == "person"
    made["company"] = row.get("companyName") if is_person else row.get("name")
    person: dict[str, JsonValue] = {
        "name": row.get("name") if is_person else None,
        "first_name": row.get("firstName") or row.get("primaryContactFirstName"),
        "last_name": row.get("lastName") or row.get("primaryContactLastName"),
        "emails": [row[name] for name in ("email", "secondaryEmail") if row.get(name)],
        "phones": phones,
    }
    made["people"] = [person] if any(person.values()) else []
    return made


def project(row: Row, beside: Lists) -> Payload:
    clients = list(beside["contacts"].get(str(row["id"]), ()))
    return _common(row) | {
        "clientIds": clients,
        "clientId": clients[0] if clients else None,
        "displayName": row.get("name") or row.get("title"),
        "status": "closed" if row.get("closed") else row.get("stage"),
        "currency": _currency(beside),
    }


def invoice(row: Row, beside: Lists) -> Payload:
    invoices = _objects(row.get("invoices"))
    first = invoices[0] if invoices else {}
    total, balance = cast("int", row.get("total") or 0), cast("int", row.get("balance") or 0)
    return {name: value for name, value in row.items() if name not in _PASSING} | {
        "number": row.get("customNumber") or first.get("customNumber") or row.get("referenceCode"),
        "dueDate": first.get("dueDate"),
        "paid": total - balance,
        "currency": _currency(beside),
    }


def event(row: Row, beside: Lists) -> Payload:
    place = row.get("location")
    address = place.get("address") if isinstance(place, dict) else None
    return {name: value for name, value in row.items() if name not in _PASSING} | {
        "typeName": _first(beside, "types", row.get("typeId")),
        "start": row.get("startUtc") or row.get("startDate"),
        "end": row.get("endUtc") or row.get("endDate"),
        "place": address.get("name") if isinstance(address, dict) else None,
    }


def changed(row: Row, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A number is sent as a new object: what the old one says besides would be believed before it."""
    made = {name: value for name, value in row.items() if name not in _READ_ONLY}
    fields = {str(one["fieldId"]): one.get("value") for one in _objects(row.get("customFields"))}
    for path, value in values.items():
        if path.startswith(_CUSTOM):
            fields[path.removeprefix(_CUSTOM)] = _as_text(value)
        elif path in _PHONES or path == "anyPhone":
            stands = next((name for name in _PHONES if _number(made.get(name))), _PHONES[0])
            made[stands if path == "anyPhone" else path] = _phone(value)
        elif path == "company":
            made["name" if made.get("kind") == "company" else "companyName"] = value
        else:
            made = with_values(made, {path: value})
    return {**made, "customFields": [{"fieldId": key, "value": text} for key, text in fields.items()]}


def _phone(value: JsonValue) -> JsonValue:
    return {"e164" if str(value).startswith("+") else "formatted": value} if value else None


def _as_text(value: JsonValue) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(int(value)) if isinstance(value, bool) else str(value)


def made(first: Row, draft: Draft) -> Row:
    mapping: list[JsonValue] = [{"id": draft.reference, "url": f"https://hub.invalid/{draft.reference}"}]
    return changed({**first, "externalMappings": mapping if draft.reference else None}, draft.values)


def is_ours(row: Row, draft: Draft) -> bool:
    return any(one.get("id") == draft.reference for one in _objects(row.get("externalMappings")))


def has_email(row: Row, draft: Draft) -> bool:
    return str(row.get("email")).lower() == str(draft.values.get("email")).lower()


def custom_field(row: Row) -> SourceField | None:
    kind, path = _TYPES.get(str(row.get("kind")), "text"), f"{_CUSTOM}{row['id']}"
    return SourceField(path, str(row.get("name") or row["id"]), kind, writable=True)
