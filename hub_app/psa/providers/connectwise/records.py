"""ConnectWise's records in Hub's words. Fields come and go with its releases, so nothing is taken for granted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from hub_app.psa.provider.types import (
    NoteType,
    PSABoard,
    PSACompany,
    PSAConfiguration,
    PSAMember,
    PSANote,
    PSAStatus,
    PSATicket,
    PSATimeEntry,
)

Row = Mapping[str, Any]
TICKET_FIELDS = "id,summary,board,status,company,contactName,priority,closedFlag,_info"
MEMBER_FIELDS = "id,identifier,firstName,lastName,primaryEmail,officeEmail,mobileEmail,homeEmail,inactiveFlag,licenseClass"
FLAGS: Mapping[NoteType, str] = {
    "internal_analysis": "internalAnalysisFlag",
    "resolution": "resolutionFlag",
    "description": "detailDescriptionFlag",
}
# The main one first: it is by these that people are recognized.
_EMAILS = ("primaryEmail", "officeEmail", "mobileEmail", "homeEmail")
_API_LICENSE = "A"
_MINUTES = 60


def ticket(row: Row) -> PSATicket:
    return PSATicket(
        id=_id(row) or "",
        summary=_text(row, "summary") or "",
        company_name=_name(row, "company"),
        company_id=_ref(row, "company"),
        board_name=_name(row, "board"),
        board_id=_ref(row, "board"),
        status_name=_name(row, "status"),
        status_id=_ref(row, "status"),
        priority_name=_name(row, "priority"),
        priority_id=_ref(row, "priority"),
        closed=row.get("closedFlag") is True,
        contact_name=_text(row, "contactName"),
        updated_at=_time(_part(row, "_info").get("lastUpdated")),
    )


def note(row: Row) -> PSANote:
    is_internal = row.get("internalAnalysisFlag") is True
    kind: NoteType = "description"
    for one, flag in FLAGS.items():
        if row.get(flag) is True:
            kind = one
            break
    return PSANote(
        id=_id(row) or "",
        text=_text(row, "text") or "",
        note_type=kind,
        created_at=_time(row.get("dateCreated")),
        author=_name(row, "member") or _name(row, "contact") or _text(row, "createdBy"),
        internal=is_internal and row.get("detailDescriptionFlag") is not True,
    )


def status(row: Row) -> PSAStatus:
    return PSAStatus(
        id=_id(row) or "", name=_text(row, "name") or "", is_closed=row.get("closedStatus") is True
    )


def board(row: Row) -> PSABoard:
    return PSABoard(id=_id(row) or "", name=_text(row, "name") or "")


def company(row: Row) -> PSACompany:
    return PSACompany(id=_id(row) or "", name=_text(row, "name") or "", status=_name(row, "status"))


def member(row: Row) -> PSAMember:
    emails = tuple(dict.fromkeys(one for key in _EMAILS if (one := _text(row, key))))
    full = " ".join(one for key in ("firstName", "lastName") if (one := _text(row, key)))
    identifier = _text(row, "identifier") or ""
    return PSAMember(
        id=_id(row) or "",
        identifier=identifier,
        name=full or identifier,
        email=emails[0] if emails else None,
        emails=emails,
    )


def is_active(row: Row) -> bool:
    """Whether somebody works there. Members of the API are programs."""
    return row.get("inactiveFlag") is not True and row.get("licenseClass") != _API_LICENSE


def configuration(row: Row) -> PSAConfiguration:
    return PSAConfiguration(
        id=_id(row) or "",
        name=_text(row, "name") or _text(row, "deviceIdentifier") or "",
        type=_name(row, "type"),
        company_name=_name(row, "company"),
    )


def time_entry(row: Row) -> PSATimeEntry:
    hours = row.get("actualHours")
    minutes = round(hours * _MINUTES) if isinstance(hours, int | float) else 0
    return PSATimeEntry(id=_id(row) or "", minutes=minutes, notes=_text(row, "notes") or "")


def _id(row: Row) -> str | None:
    value = row.get("id")
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else None


def _part(row: Row, key: str) -> Row:
    value = row.get(key)
    return cast("Row", value) if isinstance(value, dict) else {}


def _ref(row: Row, key: str) -> str | None:
    return _id(_part(row, key))


def _name(row: Row, key: str) -> str | None:
    part = _part(row, key)
    return _text(part, "name") or _text(part, "identifier")


def _text(row: Row, key: str) -> str | None:
    value = row.get(key)
    return value if isinstance(value, str) and value.strip() else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None
