"""What the API takes when a document is created or replaced, and what it makes of it."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import cast

from pydantic import JsonValue

from tests.peers.tave import store
from tests.peers.tave.phones import phone
from tests.peers.tave.store import Document

Find = Callable[[str, str], Document | None]
"""A document of a path by its id."""
_PHONES = {"cellPhone", "homePhone", "workPhone", "phone", "tollFree", "fax"}
_DATES = {
    *("birthdate", "anniversary", "eventDate", "bookingDate", "inquiryDate", "completedDate", "closedDate"),
    *("startDate", "endDate", "received", "dueDate"),
}
_LONGEST = {
    **dict.fromkeys(("firstName", "lastName", "maidenName"), 48),
    **dict.fromkeys(("email", "name"), 255),
    **dict.fromkeys(("jobTitle", "secondaryEmail"), 64),
    "companyName": 128,
}
_CONTACT = {
    "address",
    "customFields",
    "email",
    "externalMappings",
    "kind",
    "notes",
    "pinned",
    "secondaryEmail",
    "url",
}
_PERSON = _CONTACT | {
    *(
        "anniversary",
        "birthdate",
        "brandId",
        "cellPhone",
        "companyName",
        "contactPreference",
        "fax",
        "firstName",
    ),
    *("gender", "homePhone", "jobTitle", "lastName", "maidenName", "mailingAddress", "previousClient"),
    *("privacyOptIn", "salutation", "workPhone"),
}
_COMPANY = _CONTACT | {"name", "phone", "tollFree", "cellPhone", "fax", "mailingAddress", "accountNumber"}
_WRITABLE: dict[str, Collection[str]] = {
    store.JOB: {
        *("bookingDate", "brandId", "closed", "closedDate", "completedDate", "customFields", "eventDate"),
        *("externalMappings", "guestCount", "inquiryDate", "jobTypeId", "leadNotes", "leadRating"),
        *("leadSourceId", "leadStatusId", "name", "pinned", "stage", "webLead"),
    },
    store.JOB_CONTACT: {"client", "contactId", "jobId", "jobRoles", "externalMappings"},
    store.EVENT: {
        *("allDay", "channel", "confirmed", "descriptionHtml", "endDate", "endTime", "externalMappings"),
        *("jobId", "location", "name", "startDate", "startTime", "typeId"),
    },
    store.PAYMENT: {"jobId", "payerId", "amount", "memo", "received", "status"},
    store.CUSTOM_FIELD: {"canApplyTo", "choices", "clientAccess", "clientLabel", "kind", "name", "token"},
    store.REST_HOOK: {"event", "url", "limitTo"},
}
_REQUIRED = {
    store.ADDRESS_BOOK: ("kind",),
    store.JOB_CONTACT: ("contactId", "jobId"),
    store.PAYMENT: ("jobId", "amount"),
    store.REST_HOOK: ("event", "url"),
}
_REFERENCES = {
    "contactId": store.ADDRESS_BOOK,
    "jobId": store.JOB,
    "jobTypeId": store.JOB_TYPE,
    "leadSourceId": store.LEAD_SOURCE,
    "leadStatusId": store.LEAD_STATUS,
    "typeId": store.EVENT_TYPE,
}
_HOOKS = {"contact.created", "job.created", "order.booked", "payment.created"}


class Refused(Exception):
    """The API does not take this document: what is wrong with which of its fields."""

    def __init__(self, detail: Mapping[str, str]) -> None:
        super().__init__("refused")
        self.detail = {name: [why] for name, why in detail.items()}


def written(path: str, sent: JsonValue, before: Document | None, find: Find) -> Document:
    """The document that a write makes, whole: what was not sent is empty, what cannot be written is as it was.

    Unknown fields are dropped without a word, and external mappings stay what they were at first.
    """
    if not isinstance(sent, dict):
        raise Refused({"body": "must be an object"})
    if missing := [name for name in _REQUIRED.get(path, ()) if sent.get(name) is None]:
        raise Refused(dict.fromkeys(missing, "is required"))
    names = _writable(path, str(sent.get("kind")))
    if names is None:
        raise Refused({"kind": "is none of person, company, location"})
    if before and before.get("kind") != sent.get("kind") and path == store.ADDRESS_BOOK:
        raise Refused({"kind": "cannot be changed"})
    made = {name: _value(path, name, sent.get(name), find) for name in names}
    if before is not None:
        made["externalMappings"] = before.get("externalMappings")
    kept = {name: value for name, value in (before or {"hidden": False}).items() if name not in names}
    return {**kept, **made, **_computed(path, made, find)}


def _writable(path: str, kind: str) -> Collection[str] | None:
    if path != store.ADDRESS_BOOK:
        return _WRITABLE.get(path, {"name", "externalMappings", "parentId", "sortPosition"})
    return {"person": _PERSON, "company": _COMPANY, "location": _COMPANY}.get(kind)


def _value(path: str, name: str, value: JsonValue, find: Find) -> JsonValue:
    """What is stored in a field; Refused when nothing can be."""
    try:
        if name in _PHONES:
            return phone(value)
        if value is None:
            return None
        if name in _DATES:
            return date.fromisoformat(cast("str", value)).isoformat()
        if name in _LONGEST:
            _check_text(name, value)
        if name == "customFields":
            return _custom_fields(path, value, find)
        _check_known(name, value, find)
    except (ValueError, TypeError, AttributeError) as error:
        raise Refused({name: str(error) or "is not valid"}) from None
    return value


def _check_known(name: str, value: JsonValue, find: Find) -> None:
    if name == "event" and value not in _HOOKS:
        raise ValueError("is no known event")
    if name in _REFERENCES and find(_REFERENCES[name], str(value)) is None:
        raise ValueError("is not known")


def _check_text(name: str, value: JsonValue) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST[name]:
        raise ValueError(f"must have at most {_LONGEST[name]} characters")
    if name in {"email", "secondaryEmail"} and ("@" not in value or " " in value):
        raise ValueError("must be an e-mail address")


def _custom_fields(path: str, value: JsonValue, find: Find) -> JsonValue:
    applies = "Contact" if path == store.ADDRESS_BOOK else "Job"
    made: list[JsonValue] = []
    for one in cast("list[Document]", value):
        field = find(store.CUSTOM_FIELD, str(one.get("fieldId")))
        if field is None or field["canApplyTo"] != applies:
            raise ValueError(f"has no field {one.get('fieldId')}")
        text = one.get("value")
        if text is not None and not isinstance(text, str):
            raise ValueError("values must be texts")
        if field["kind"] == "DropDown" and text not in (None, *cast("list[str]", field["choices"])):
            raise ValueError(f"{text} is none of the choices")
        made.append({"id": one.get("id") or field["id"], "fieldId": field["id"], "value": text})
    return made


def _computed(path: str, made: Document, find: Find) -> Document:
    """What the API derives of what was written."""
    if path == store.ADDRESS_BOOK and made["kind"] == "person":
        return {"name": " ".join(str(made[one]) for one in ("firstName", "lastName") if made[one])}
    if path != store.JOB:
        return {}
    named: Document = {
        "title": made["name"],
        "stage": made["stage"] or "lead",
        "closed": bool(made["closed"]),
    }
    for name in ("jobType", "leadSource", "leadStatus"):
        found = find(_REFERENCES[f"{name}Id"], str(made[f"{name}Id"]))
        named[f"{name}Name"] = found["name"] if found else None
    return named
