"""ConnectWise's records in Hub's words."""

from collections.abc import Mapping

from hub_app.psa.provider.rows import LONGEST_NOTE, Row, id_of, part, text_of, time_of
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
_LONGEST = 10_000


def ticket(row: Row) -> PSATicket:
    return PSATicket(
        id=id_of(row) or "",
        summary=text_of(row, "summary") or "",
        company_name=_name(row, "company"),
        company_id=_ref(row, "company"),
        board_name=_name(row, "board"),
        board_id=_ref(row, "board"),
        status_name=_name(row, "status"),
        status_id=_ref(row, "status"),
        priority_name=_name(row, "priority"),
        priority_id=_ref(row, "priority"),
        closed=row.get("closedFlag") is True,
        contact_name=text_of(row, "contactName"),
        updated_at=time_of(part(row, "_info").get("lastUpdated")),
    )


def note(row: Row) -> PSANote:
    is_internal = row.get("internalAnalysisFlag") is True
    kind: NoteType = "description"
    for one, flag in FLAGS.items():
        if row.get(flag) is True:
            kind = one
            break
    return PSANote(
        id=id_of(row) or "",
        text=text_of(row, "text", most=LONGEST_NOTE) or "",
        note_type=kind,
        created_at=time_of(row.get("dateCreated")),
        author=_name(row, "member") or _name(row, "contact") or text_of(row, "createdBy"),
        internal=is_internal and row.get("detailDescriptionFlag") is not True,
    )


def status(row: Row) -> PSAStatus:
    return PSAStatus(
        id=id_of(row) or "", name=text_of(row, "name") or "", is_closed=row.get("closedStatus") is True
    )


def board(row: Row) -> PSABoard:
    return PSABoard(id=id_of(row) or "", name=text_of(row, "name") or "")


def company(row: Row) -> PSACompany:
    return PSACompany(id=id_of(row) or "", name=text_of(row, "name") or "", status=_name(row, "status"))


def member(row: Row) -> PSAMember:
    emails = tuple(dict.fromkeys(one for key in _EMAILS if (one := text_of(row, key))))
    full = " ".join(one for key in ("firstName", "lastName") if (one := text_of(row, key)))
    identifier = text_of(row, "identifier") or ""
    return PSAMember(
        id=id_of(row) or "",
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
        id=id_of(row) or "",
        name=text_of(row, "name") or text_of(row, "deviceIdentifier") or "",
        type=_name(row, "type"),
        company_name=_name(row, "company"),
    )


def time_entry(row: Row) -> PSATimeEntry:
    hours = row.get("actualHours")
    minutes = round(hours * _MINUTES) if isinstance(hours, int | float) and abs(hours) < _LONGEST else 0
    return PSATimeEntry(id=id_of(row) or "", minutes=minutes, notes=text_of(row, "notes") or "")


def _ref(row: Row, key: str) -> str | None:
    return id_of(part(row, key))


def _name(row: Row, key: str) -> str | None:
    found = part(row, key)
    return text_of(found, "name") or text_of(found, "identifier")
