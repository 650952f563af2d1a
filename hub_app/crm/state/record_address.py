"""What the pages of records show, from their addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from hub_app.crm.schemas.records import RecordQuery, Sort
from hub_app.ui.page_address import PageAddress, parameter

HERE = "/crm/clients"
KINDS = {
    "clients": "Clients",
    "projects": "Projects",
    "invoices": "Invoices",
    "events": "Events",
    "contracts": "Contracts",
}
"""What each kind of record is called."""
ONE = {
    "clients": "client",
    "projects": "project",
    "invoices": "invoice",
    "events": "event",
    "contracts": "contract",
}
OWN = ("email", "phone", "date", "status", "value")
"""The columns of a record that lists show and sort by, beside the name."""
COLUMNS = ("email", "phone", "date", "status", "crm", "value")
"""What a list shows beside the name, if nothing else was chosen."""
SORTS = ("name", *OWN, "updated_at", "created_at")
MAX_COLUMNS = 20


@dataclass(frozen=True)
class RecordsAddress(PageAddress):
    """`sort` is a column, with a minus in front for the other way round; `columns` are keys of fields, separated by commas."""

    of: str = parameter(tuple(KINDS), default="clients")
    q: str = parameter(longest=100)
    status: str = parameter(longest=100)
    since: str = parameter(longest=10)
    until: str = parameter(longest=10)
    crm: str = parameter(longest=36)
    archived: str = parameter(("yes",))
    sort: str = parameter((*SORTS, *(f"-{one}" for one in SORTS)), default="-created_at")
    columns: str = parameter(longest=1000, default=",".join(COLUMNS))

    @property
    def chosen_columns(self) -> Sequence[str]:
        return list(dict.fromkeys(one for one in self.columns.split(",") if one))[:MAX_COLUMNS]

    @property
    def is_filtered(self) -> bool:
        return any((self.q, self.status, self.since, self.until, self.crm, self.archived))

    def query(self) -> RecordQuery:
        return RecordQuery.model_construct(
            resource=self.of,
            q=self.q,
            status=self.status,
            date_from=_day(self.since),
            date_to=_day(self.until),
            archived=self.archived == "yes",
            integration_id=_id(self.crm),
            sort=cast("Sort", self.sort.removeprefix("-")),
            order="desc" if self.sort.startswith("-") else "asc",
        )

    def sorted_by(self, column: str) -> tuple[str, str]:
        """The address that sorts by a column, the other way round where it does already, and how it is sorted by it now."""
        now = {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")
        return self.url(sort=f"-{column}" if now == "ascending" else column, cursor=""), now

    def kind(self, of: str) -> str:
        """The address of another kind of records."""
        return RecordsAddress(self.path, of=of).url()

    def export(self) -> str:
        """Where all that the list holds is downloaded."""
        chosen = self.query().model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        return f"/api/crm/records/export.csv?{urlencode({**chosen, 'resource': self.of})}"


@dataclass(frozen=True)
class RecordAddress(PageAddress):
    """The page of one record."""

    tab: str = parameter(("details", "history", "edit"), default="details")
    moment: str = parameter(longest=32)
    version: str = parameter(longest=64)

    @property
    def is_past(self) -> bool:
        """Whether a moment of the record's past is looked at."""
        return self.tab == "history" and bool(self.at_moment or self.version)

    @property
    def at_moment(self) -> datetime | None:
        """The moment that the address names, None for none or what is no moment."""
        try:
            found = datetime.fromisoformat(self.moment)
        except ValueError:
            return None
        return found if found.tzinfo is not None else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _id(text: str) -> UUID | None:
    """The connection that an address names; one that there cannot be for a text that is no id."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)
