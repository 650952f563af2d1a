"""The standard fields of what a CRM holds: clients, projects, invoices, events and contracts. Pure."""

from dataclasses import dataclass
from typing import Literal

Feature = Literal["clients", "projects", "invoices", "events", "contracts"]
FieldType = Literal[
    "text", "multiline", "email", "phone", "date", "datetime", "number", "money", "boolean", "choice", "list", "people",
    "reference",
]  # fmt: skip
Column = Literal["name", "email", "phone", "date", "status", "value"]


@dataclass(frozen=True, slots=True)
class StandardField:
    """A field. `column` is the one of the record's columns that it feeds, by which lists sort and search, None for none;
    `to` is which records a `reference` names, by their ids at the CRM.
    """

    key: str
    label: str
    type: FieldType = "text"
    column: Column | None = None
    to: Feature | None = None


_CLIENTS = (
    StandardField("name", "Name", column="name"),
    StandardField("first_name", "First name"),
    StandardField("last_name", "Last name"),
    StandardField("email", "Email", "email", "email"),
    StandardField("phone", "Phone", "phone", "phone"),
    StandardField("people", "People", "people"),
    StandardField("company", "Company"),
    StandardField("address", "Address", "multiline"),
    StandardField("event_date", "Event date", "date", "date"),
    StandardField("status", "Status", "choice", "status"),
    StandardField("lead_source", "Lead source", "choice"),
    StandardField("value", "Value", "money", "value"),
    StandardField("currency", "Currency", "choice"),
    StandardField("notes", "Notes", "multiline"),
    StandardField("tags", "Tags", "list"),
)
_PROJECTS = (
    StandardField("name", "Name", column="name"),
    StandardField("client", "Client", "reference", to="clients"),
    StandardField("type", "Type", "choice"),
    StandardField("status", "Status", "choice", "status"),
    StandardField("event_date", "Event date", "date", "date"),
    StandardField("booking_date", "Booking date", "date"),
    StandardField("venue", "Venue"),
    StandardField("value", "Value", "money", "value"),
    StandardField("balance", "Balance", "money"),
    StandardField("currency", "Currency", "choice"),
    StandardField("lead_source", "Lead source", "choice"),
    StandardField("notes", "Notes", "multiline"),
)
_INVOICES = (
    StandardField("number", "Number", column="name"),
    StandardField("client", "Client", "reference", to="clients"),
    StandardField("project", "Project", "reference", to="projects"),
    StandardField("status", "Status", "choice", "status"),
    StandardField("issue_date", "Issue date", "date"),
    StandardField("due_date", "Due date", "date", "date"),
    StandardField("value", "Total", "money", "value"),
    StandardField("paid", "Paid", "money"),
    StandardField("currency", "Currency", "choice"),
)
_EVENTS = (
    StandardField("name", "Name", column="name"),
    StandardField("project", "Project", "reference", to="projects"),
    StandardField("type", "Type", "choice", "status"),
    StandardField("start", "Start", "datetime", "date"),
    StandardField("end", "End", "datetime"),
    StandardField("location", "Location"),
)
_CONTRACTS = (
    StandardField("name", "Name", column="name"),
    StandardField("client", "Client", "reference", to="clients"),
    StandardField("project", "Project", "reference", to="projects"),
    StandardField("status", "Status", "choice", "status"),
    StandardField("sent_date", "Sent", "date", "date"),
    StandardField("signed_date", "Signed", "date"),
)
STANDARD: dict[Feature, tuple[StandardField, ...]] = {
    "clients": _CLIENTS,
    "projects": _PROJECTS,
    "invoices": _INVOICES,
    "events": _EVENTS,
    "contracts": _CONTRACTS,
}
"""By what they are fields of."""
