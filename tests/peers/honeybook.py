"""A HoneyBook as its partners might see it: contacts, projects, invoices and contracts behind OAuth.

Its oddities: pages by a cursor, a filter by time that can be left out, archived records that stay in the list, tokens that run out in
the middle of it. `asks` says who judges tokens: its own keys, or the authorization server that gave them.
"""

import base64
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import JsonValue

from tests.peers.counterpart import Key, ServerCounterpart

_KEYS: dict[Key, str] = {"right": "hb_1f0c9d", "read_only": "hb_ro_77aa", "wrong": "hb_no_0000"}
_LONG_AGO = datetime(2024, 5, 1, tzinfo=UTC)
_MOST = 100
_KINDS = {"clients": "contacts", "projects": "projects", "invoices": "invoices", "contracts": "contracts"}
Record = dict[str, Any]
Asks = Callable[[str], Awaitable[bool]]
"""Whether a token holds."""


class Counterpart(ServerCounterpart):
    main = "clients"
    keys = _KEYS
    half = b'{"data": [{"id": "c1", "first_name": "Client"}]}'

    def __init__(self, records: int, asks: Asks | None = None, *, contacts_alone: bool = False) -> None:
        super().__init__(records)
        self.values: dict[str, JsonValue] = {}
        self.changes: dict[str, JsonValue] = {}
        self.tokens: list[str] = []
        """Those that were let in, in the order in which they first came."""
        self.refused: set[str] = set()
        self.pages_left: int | None = None
        """How many pages of lists the token of the moment still opens."""
        self.when_run_out: Callable[[], Awaitable[None]] | None = None
        self.company = "Bloom & Co"
        self._asks = asks
        self._numbers = itertools.count(1)
        self.rows: dict[str, dict[str, Record]] = {kind: {} for kind in _KINDS.values()}
        for number in range(records):
            moment = _LONG_AGO + number * timedelta(hours=1)
            contact = self.put("contacts", self._contact(number), moment)
            if not contacts_alone:
                self._wedding(number, contact["id"], moment)

    def _wedding(self, number: int, contact_id: str, moment: datetime) -> None:
        of = {"contact_id": contact_id}
        project = self.put(
            "projects",
            {
                **of,
                "name": f"Wedding {number}",
                "booked_at": "2026-01-05T10:00:00Z",
                "lead_source": "Fair",
                "notes": "Outdoors if it does not rain",
                "type": "Wedding",
                "stage": ("inquiry", "booked", "done")[number % 3],
                "event_date": "2027-06-20",
                "venue": "The old mill",
                "total": "4500.00",
                "balance": "1500.00",
                "currency": "EUR",
            },
            moment,
        )
        of["project_id"] = project["id"]
        self.put(
            "invoices",
            {
                **of,
                "number": f"2024-{number:04}",
                "status": "sent",
                "issued_on": "2026-12-31",
                "due_on": "2027-01-31",
                "total": "4500.00",
                "paid": "3000.00",
                "currency": "EUR",
            },
            moment,
        )
        sent = {"name": f"Contract {number}", "status": "sent", "sent_at": "2026-02-01T09:00:00Z"}
        signed = {"status": "signed", "signed_at": "2026-02-03T10:00:00Z"} if number % 2 else {}
        self.put("contracts", {**of, **sent, **signed}, moment)

    def _contact(self, number: int) -> Record:
        return {
            "first_name": "Client",
            "last_name": f"Number {number}",
            "email": f"{number}@example.com",
            "phone": f"+49151{10_000_000 + number}",
            "company": None if number % 2 else f"Studio {number}",
            "address": "1 Main St, 6000 Perth",
            "lead_source": "Fair",
            "tags": ["Wedding"],
            "notes": "Wants film",
        }

    # What the conformance suite does

    def entered(self, key: Key = "right") -> dict[str, str]:
        return {"base_url": self.base, "access_token": _KEYS[key]}

    def ids(self, resource: str) -> list[str]:
        return [one for one, row in self.rows[_KINDS[resource]].items() if not row["archived"]]

    def add(self) -> str:
        row = {"first_name": "Ines", "last_name": "Costa", "email": "ines@example.com"}
        return str(self.put("contacts", row)["id"])

    def edit(self, external_id: str, kind: str = "contacts", **changes: Any) -> None:
        row = self.rows[kind][external_id]
        self.put(kind, {**row, **(changes or {"notes": f"Changed after {len(self._arrived)} calls"})})

    def delete(self, external_id: str) -> None:
        self.edit(external_id, archived=True)

    def same_second(self, count: int) -> list[str]:
        ids, moment = self.ids("clients")[:count], datetime.now(UTC).replace(microsecond=0)
        for one in ids:
            self.put("contacts", {**self.rows["contacts"][one], "notes": f"Tied {one}"}, moment)
        return ids

    def put(self, kind: str, row: Record, moment: datetime | None = None) -> Record:
        key = row.get("id") or f"{kind[0]}{kind[2]}{next(self._numbers)}"
        changed = (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        kept = {"archived": False, "created_at": changed, **row}
        self.rows[kind][key] = {**kept, "id": key, "updated_at": changed}
        return self.rows[kind][key]

    # What befalls tokens

    def run_out(self) -> None:
        """The token of the moment no longer holds."""
        self.refused.update(self.tokens)

    async def knows(self, key: str) -> bool:
        if key in self.refused:
            return False
        known = await self._asks(key) if self._asks is not None else await super().knows(key)
        if known and key not in self.tokens:
            self.tokens.append(key)
        return known

    # The API

    def routes(self) -> list[web.RouteDef]:
        kinds = "{kind:contacts|projects|invoices|contracts}"
        return [
            web.get("/v1/me", self._me),
            web.get(f"/v1/{kinds}", self._list),
            web.get(f"/v1/{kinds}/{{id:[a-z0-9]+}}", self._one),
        ]

    async def _me(self, _: web.Request) -> web.Response:
        return web.json_response({"id": "u1", "company_name": self.company})

    async def _list(self, request: web.Request) -> web.Response:
        if self.pages_left is not None:
            self.pages_left -= 1
            if self.pages_left < 0:
                self.pages_left = None
                self.run_out()
                if self.when_run_out is not None:
                    await self.when_run_out()
                return web.json_response({"error": "expired"}, status=401)
        kind, query = request.match_info["kind"], request.query
        rows = [
            row for row in self.rows[kind].values() if row["updated_at"] >= query.get("updated_since", "")
        ]
        begin = int(base64.b64decode(query["cursor"])) if "cursor" in query else 0
        size = min(int(query.get("limit", "50")), _MOST)
        left = rows[begin + size :]
        if self._moves and left:
            self._moves = False
            self.edit(left[0]["id"], kind)
        following = base64.b64encode(str(begin + size).encode()).decode() if left else None
        page = {"data": rows[begin : begin + size], "next_cursor": following, "total": len(rows)}
        return web.json_response(page)

    async def _one(self, request: web.Request) -> web.Response:
        row = self.rows[request.match_info["kind"]].get(request.match_info["id"])
        return web.json_response(row or {"error": "Not found"}, status=200 if row else 404)
