"""CRMs that take leads: a new client is sent there once, as a form of a website would send one, and nothing is read back."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.sync.provider.source import Draft, Item, Page, Resource, Source

LEADS = "leads"
"""The one resource, and its stream."""
FIELDS = (
    "name", "first_name", "last_name", "email", "phone", "event_date", "lead_source", "notes",
)  # fmt: skip
"""What is told of a client, by the keys of its fields."""


class LeadSource(Source):
    """The way in for leads. `refuses_twice`: the CRM knows a lead by its reference, so that one of which nobody knows whether it arrived
    can be sent again.
    """

    refuses_twice: ClassVar[bool] = False
    resources: Mapping[str, Resource] = {LEADS: Resource(name=LEADS, writes=True, once=True, whole=False)}

    @abstractmethod
    async def push(self, values: Mapping[str, str], reference: str) -> None:
        """Send a lead: texts by the keys of `FIELDS`, those alone that it has, and its own id here. ApiError."""

    async def probe(self) -> str:
        """Nothing can be asked without sending a lead."""
        return ""

    async def read(self, resource: str, at: JsonValue = None, *, since: datetime | None = None) -> Page:
        del resource, at, since
        raise ApiError("params", "Leads cannot be read.")

    async def create(self, resource: str, draft: Draft) -> Item:
        del resource
        texts = {key: str(one) for key, one in draft.values.items() if one not in (None, "")}
        await self.push(texts, draft.reference)
        return Item(draft.reference, dict(draft.values))

    async def find(self, resource: str, draft: Draft) -> Sequence[Item]:
        del resource, draft
        return ()

    def finds(self, resource: str) -> bool:
        del resource
        return self.refuses_twice


def names_of(values: Mapping[str, str]) -> tuple[str, str]:
    """First and last name, where need be of the whole one."""
    first, last = values.get("first_name", ""), values.get("last_name", "")
    if first or last:
        return first, last
    first, _, last = values.get("name", "").strip().rpartition(" ")
    return (first, last) if first else (last, "")
