"""Autotask's records in Hub's words."""

from collections.abc import Iterable, Mapping

from hub_app.psa.provider.rows import LONGEST_NOTE, Row, id_of, number_of, text_of, time_of
from hub_app.psa.provider.types import (
    NoteType,
    PSACompany,
    PSAConfiguration,
    PSAMember,
    PSANote,
    PSATicket,
)

TICKET_FIELDS = (
    "id",
    "ticketNumber",
    "title",
    "companyID",
    "contactID",
    "queueID",
    "status",
    "priority",
    "lastActivityDate",
    "configurationItemID",
)
COMPLETE = "5"
"""The one status that every Autotask has for tickets that are closed."""
PUBLISH: Mapping[NoteType, int] = {"description": 1, "internal_analysis": 2}
"""Who sees a note: everybody, or the team."""
NOTE_TYPE = 1
NOTE_TITLE = "Work session"


def ticket(
    row: Row,
    labels: Mapping[str, Mapping[str, str]],
    companies: Mapping[str, str],
    contacts: Mapping[str, str],
) -> PSATicket:
    """A ticket. `labels` are those of its fields' values, the others names by their ids."""
    status, queue, priority = (id_of(row, key) for key in ("status", "queueID", "priority"))
    company, contact = id_of(row, "companyID"), id_of(row, "contactID")
    return PSATicket(
        id=id_of(row) or "",
        summary=text_of(row, "title") or "",
        company_id=company,
        company_name=companies.get(company or ""),
        board_id=queue,
        board_name=labels["queueID"].get(queue or ""),
        status_id=status,
        status_name=labels["status"].get(status or ""),
        priority_id=priority,
        priority_name=labels["priority"].get(priority or ""),
        closed=status == COMPLETE,
        contact_name=contacts.get(contact or ""),
        updated_at=time_of(row.get("lastActivityDate")),
    )


def note(row: Row, members: Mapping[str, str]) -> PSANote:
    is_internal = row.get("publish") != PUBLISH["description"]
    return PSANote(
        id=id_of(row) or "",
        text=text_of(row, "description", most=LONGEST_NOTE) or "",
        note_type="internal_analysis" if is_internal else "description",
        created_at=time_of(row.get("createDateTime")),
        author=members.get(id_of(row, "creatorResourceID") or ""),
        internal=is_internal,
    )


def company(row: Row) -> PSACompany:
    status = "Active" if row.get("isActive") is not False else "Inactive"
    return PSACompany(id=id_of(row) or "", name=text_of(row, "companyName") or "", status=status)


def member(row: Row) -> PSAMember:
    found = (text_of(row, key) for key in ("email", "email2", "email3"))
    emails = tuple(dict.fromkeys(one for one in found if one))
    name = person(row)
    return PSAMember(
        id=id_of(row) or "",
        identifier=text_of(row, "userName") or name,
        name=name,
        email=emails[0] if emails else None,
        emails=emails,
    )


def person(row: Row) -> str:
    """Somebody's whole name."""
    return " ".join(one for key in ("firstName", "lastName") if (one := text_of(row, key)))


def configuration(row: Row, companies: Mapping[str, str]) -> PSAConfiguration:
    return PSAConfiguration(
        id=id_of(row) or "",
        name=text_of(row, "referenceTitle") or text_of(row, "serialNumber") or f"Item {id_of(row)}",
        company_name=companies.get(id_of(row, "companyID") or ""),
    )


def ids(rows: Iterable[Row], key: str) -> list[int]:
    """What these rows refer to, each once."""
    return list(dict.fromkeys(one for row in rows if (one := number_of(row, key))))
