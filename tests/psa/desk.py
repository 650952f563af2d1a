"""Acme's service desk: a ConnectWise to connect, and REST as its people use it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from tests import people as seeded
from tests.peers.connectwise import ConnectWise
from tests.people import People, Person

CONNECTIONS = "/api/v1/integrations/psa/connections"
PSA = "/api/v1/integrations/psa"
SESSIONS = "/api/v1/sessions"
NOTHING: dict[str, Any] = {}


@dataclass
class Desk:
    people: People
    peer: ConnectWise
    client: httpx.AsyncClient
    ticket: int = 0
    """One that is open, on the first board."""
    _headers: dict[tuple[UUID, tuple[str, ...]], dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = self.peer.tickets.items()
        in_progress = [one for one, row in rows if row["status"]["id"] == 101]
        self.ticket = in_progress[0]

    @property
    def given(self) -> dict[str, Any]:
        """What connects it."""
        return {"provider": "connectwise", "display_name": "Northwind IT", **self.peer.entered}

    async def call(
        self,
        who: Person,
        method: str,
        path: str,
        body: Any = None,
        *,
        scopes: tuple[str, ...] = (),
        headers: dict[str, str] = NOTHING,
        params: dict[str, str] = NOTHING,
        **query: Any,
    ) -> httpx.Response:
        key = (who.user_id, scopes)
        if key not in self._headers:
            self._headers[key] = await seeded.headers(who, *scopes)
        sent = {**self._headers[key], **headers}
        return await self.client.request(method, path, json=body, params={**params, **query}, headers=sent)

    async def owner(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.call(self.people.alice, method, path, body, **more)

    async def engineer(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.call(self.people.erin, method, path, body, **more)

    async def connect(self) -> dict[str, Any]:
        answer = await self.owner("POST", CONNECTIONS, self.given)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def begin(self, **given: Any) -> dict[str, Any]:
        """A session of Erin's."""
        answer = await self.engineer("POST", SESSIONS, {"title": "Printer offline", **given})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def linked(self, ticket: int | None = None, **given: Any) -> dict[str, Any]:
        """A session of Erin's with a ticket."""
        return await self.begin(ticket_id=str(ticket or self.ticket), **given)

    async def map_erin(self) -> None:
        body = {"user_id": str(self.people.erin.user_id), "member_id": "141"}
        answer = await self.owner("POST", f"{PSA}/member-mappings", body)
        assert answer.status_code == 201, answer.text

    async def update(self, session: dict[str, Any], **given: Any) -> httpx.Response:
        return await self.engineer("POST", f"{SESSIONS}/{session['id']}/ticket-update", given)

    def notes(self, ticket: int | None = None) -> list[dict[str, Any]]:
        """Those that Hub posted."""
        rows = self.peer.notes.get(ticket or self.ticket, [])
        return [one for one in rows if "Ref HUB-" in one["text"]]
