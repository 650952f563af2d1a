"""A small CRM of its own: contacts by cursor in the order of their changes, asked for since a time, changed field by field.

It is what Táve is not: it numbers its records, its list tells what was deleted, it states no total. Its provider is
`tests/samples/crm/orchard.py`.
"""

import itertools
from datetime import UTC, datetime, timedelta
from typing import cast

from aiohttp import web
from pydantic import JsonValue

from tests.peers.counterpart import Key, ServerCounterpart

_KEYS: dict[Key, str] = {
    "right": "orchard_7d20b1c4",
    "read_only": "orchard_ro_55ae91",
    "wrong": "orchard_no_03f8c2",
}
_SIZE = 50
_LONG_AGO = datetime(2024, 3, 1, tzinfo=UTC)
Record = dict[str, JsonValue]


class Counterpart(ServerCounterpart):
    main = "clients"
    keys = _KEYS
    half = b'{"data": [{"id": 1, "full_name": "Client 0"}]}'

    def __init__(self, records: int) -> None:
        super().__init__(records)
        self.values: Record = {"full_name": "Noor Al-Hassan", "email": "noor@example.com"}
        self.changes: Record = {"full_name": "Noor van Dijk"}
        self._numbers = itertools.count(1)
        self._rows: dict[int, Record] = {}
        for number in range(records):
            self._put(
                {"full_name": f"Client {number}", "email": f"{number}@example.com"},
                _LONG_AGO + number * timedelta(hours=1),
            )

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/me", self._me),
            web.get("/contacts", self._list),
            web.post("/contacts", self._create),
            web.route("*", "/contacts/{id:[0-9]+}", self._one),
        ]

    def entered(self, key: Key = "right") -> dict[str, str]:
        return {"base_url": self.base, "token": _KEYS[key]}

    def ids(self, resource: str) -> list[str]:
        del resource
        return [str(number) for number, row in self._rows.items() if not row["deleted"]]

    def add(self) -> str:
        return str(self._put({"full_name": "Ines Costa", "email": "ines@example.com"})["id"])

    def edit(self, external_id: str) -> None:
        self._put({**self._rows[int(external_id)], "email": f"{len(self._arrived)}@changed.example"})

    def delete(self, external_id: str) -> None:
        self._put({**self._rows[int(external_id)], "deleted": True})

    def same_second(self, count: int) -> list[str]:
        ids, moment = self.ids("clients")[:count], datetime.now(UTC).replace(microsecond=0)
        for one in ids:
            self._put({**self._rows[int(one)], "email": f"{one}@tied.example"}, moment)
        return ids

    def _put(self, row: Record, moment: datetime | None = None) -> Record:
        number = cast("int", row.get("id") or next(self._numbers))
        changed = (moment or datetime.now(UTC)).isoformat(timespec="seconds")
        self._rows[number] = {"deleted": False, **row, "id": number, "updated_at": changed}
        return self._rows[number]

    async def _me(self, _: web.Request) -> web.Response:
        return web.json_response({"company": "Orchard & Co"})

    async def _list(self, request: web.Request) -> web.Response:
        since, after = request.query.get("since", ""), request.query.get("after", "")
        reference = request.query.get("reference")
        rows = sorted(self._rows.values(), key=_place)
        if reference is not None:
            rows = [row for row in rows if row.get("reference") == reference]
        rows = [
            row
            for row in rows
            if str(row["updated_at"]) >= since.replace("Z", "+00:00") and _place(row) > after
        ]
        page = rows[:_SIZE]
        following = _place(page[-1]) if len(rows) > _SIZE else None
        if self._moves and following:
            self._moves = False
            self.edit(str(rows[_SIZE]["id"]))
        return web.json_response({"data": page, "paging": {"after": following}})

    async def _create(self, request: web.Request) -> web.Response:
        return web.json_response(self._put(await request.json()), status=201)

    async def _one(self, request: web.Request) -> web.Response:
        row = self._rows.get(int(request.match_info["id"]))
        if row is None:
            return web.json_response({"error": "No such contact."}, status=404)
        if request.method == "PATCH" and not row["deleted"]:
            row = self._put({**row, **await request.json()})
        return web.json_response(row, status=410 if row["deleted"] else 200)


def _place(row: Record) -> str:
    return f"{row['updated_at']}|{row['id']:09}"
