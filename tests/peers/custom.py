"""A CRM that Hub has no provider of: a list for each kind of record, each read in another way. Its clients can be changed.

`SOURCE` is what somebody declares of it. In a test of the whole way: `Counterpart(60)`, `base` and `token` for a connector.
"""

import itertools
from datetime import UTC, datetime, timedelta
from typing import cast

from aiohttp import web
from pydantic import JsonValue

from hub_app.apiclient.call import Credential
from tests.peers.counterpart import Key, ServerCounterpart

_KEYS: dict[Key, str] = {
    "right": "custom_b81f22d07c",
    "read_only": "custom_ro_4e90aa",
    "wrong": "custom_no_17c3d9",
}
_SIZE = 50
_LONG_AGO = datetime(2024, 3, 1, tzinfo=UTC)
Record = dict[str, JsonValue]
Rows = dict[int, Record]

SOURCE: dict[str, JsonValue] = {
    "resources": [
        {
            "name": "clients",
            "path": "/people",
            "one": "/people/{id}",
            "pagination": {"type": "page", "items": "rows", "size_parameter": "size", "size": _SIZE},
            "query": {"sort": "newest"},
            "modified": "changed.at",
            "gone": "archived",
            "total": "count",
            "order": "newest_first",
            "fields": [
                {"path": "full_name", "label": "Name", "writable": True},
                {"path": "contact.email", "label": "Email", "type": "email", "writable": True},
            ],
            "writing": {"method": "put", "reference": "reference", "find": "reference"},
        },
        {
            "name": "projects",
            "path": "/jobs",
            "pagination": {"type": "cursor", "parameter": "after", "next": "after", "items": "rows"},
            "modified": "changed.at",
            "order": "oldest_first",
            "since": "since",
            "since_format": "unix",
        },
        {"name": "invoices", "path": "/bills", "pagination": {"type": "link"}},
        {"name": "events", "path": "/dates"},
        {
            "name": "contracts",
            "path": "/papers",
            "pagination": {"type": "none", "items": "rows"},
            "total": "count",
        },
    ]
}
_PATHS = {
    "clients": "people",
    "projects": "jobs",
    "invoices": "bills",
    "events": "dates",
    "contracts": "papers",
}


class Counterpart(ServerCounterpart):
    main = "clients"
    keys = _KEYS
    half = b'{"rows": [{"id": 1, "full_name": "Client 0"}]}'
    source = SOURCE

    def __init__(self, records: int) -> None:
        super().__init__(records)
        self.values: Record = {"full_name": "Noor Al-Hassan", "contact.email": "noor@example.com"}
        self.changes: Record = {"full_name": "Noor van Dijk"}
        self._numbers = itertools.count(1)
        self._lists: dict[str, Rows] = {path: {} for path in _PATHS.values()}
        for number in range(records):
            for path in self._lists:
                self._put(
                    path,
                    _person(f"Client {number}", f"{number}@example.com"),
                    _LONG_AGO + number * timedelta(hours=1),
                )

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/people", self._numbered),
            web.get("/jobs", self._by_cursor),
            web.get("/bills", self._linked),
            web.get("/dates", self._bare),
            web.get("/papers", self._whole),
            web.post("/people", self._create),
            web.route("*", "/people/{id:[0-9]+}", self._one),
        ]

    @property
    def token(self) -> str:
        return _KEYS["right"]

    def entered(self, key: Key = "right") -> dict[str, str]:
        del key
        return {"connector_id": "", "base_url": self.base, "host": f"127.0.0.1:{self.port}"}

    def credential(self, key: Key = "right") -> Credential:
        return Credential(headers={"Authorization": f"Bearer {_KEYS[key]}"}, texts=(_KEYS[key],))

    def ids(self, resource: str) -> list[str]:
        rows = self._lists[_PATHS[resource]]
        return [str(number) for number, row in rows.items() if not row["archived"]]

    def add(self) -> str:
        return str(self._put("people", _person("Ines Costa", "ines@example.com"))["id"])

    def edit(self, external_id: str) -> None:
        self._change(external_id, contact={"email": f"{len(self._arrived)}@changed.example"})

    def delete(self, external_id: str) -> None:
        self._change(external_id, archived=True)

    def same_second(self, count: int) -> list[str]:
        ids, moment = self.ids("clients")[:count], datetime.now(UTC).replace(microsecond=0)
        for one in ids:
            self._put("people", {**self._lists["people"][int(one)], "note": "tied"}, moment)
        return ids

    def _change(self, external_id: str, **values: JsonValue) -> None:
        self._put("people", {**self._lists["people"][int(external_id)], **values})

    def _put(self, path: str, row: Record, moment: datetime | None = None) -> Record:
        number = cast("int", row.get("id") or next(self._numbers))
        changed = (moment or datetime.now(UTC)).isoformat(timespec="seconds")
        self._lists[path][number] = {"archived": False, **row, "id": number, "changed": {"at": changed}}
        return self._lists[path][number]

    async def _numbered(self, request: web.Request) -> web.Response:
        """Newest first, with how many there are."""
        page, size = int(request.query["page"]), int(request.query["size"])
        rows = sorted(self._lists["people"].values(), key=_place, reverse=True)
        if "reference" in request.query:
            rows = [row for row in rows if row.get("reference") == request.query["reference"]]
        shown = rows[(page - 1) * size : page * size]
        answer = web.json_response({"rows": shown, "count": len(rows)})
        if self._moves and page == 1 and len(rows) > size:
            self._moves = False
            self.edit(str(rows[size]["id"]))
        return answer

    async def _by_cursor(self, request: web.Request) -> web.Response:
        since, after = int(request.query.get("since", "0")), request.query.get("after", "")
        rows = sorted(self._lists["jobs"].values(), key=_place)
        rows = [row for row in rows if _seconds(row) >= since and _place(row) > after]
        following = _place(rows[_SIZE - 1]) if len(rows) > _SIZE else None
        return web.json_response({"rows": rows[:_SIZE], "after": following})

    async def _linked(self, request: web.Request) -> web.Response:
        page, rows = int(request.query.get("page", "1")), [*self._lists["bills"].values()]
        more = page * _SIZE < len(rows)
        link = {"Link": f'<{self.base}/bills?page={page + 1}>; rel="next"'} if more else {}
        return web.json_response(rows[(page - 1) * _SIZE : page * _SIZE], headers=link)

    async def _bare(self, _: web.Request) -> web.Response:
        return web.json_response([*self._lists["dates"].values()])

    async def _whole(self, _: web.Request) -> web.Response:
        rows = [*self._lists["papers"].values()]
        return web.json_response({"rows": rows, "count": len(rows)})

    async def _create(self, request: web.Request) -> web.Response:
        return web.json_response(self._put("people", await request.json()), status=201)

    async def _one(self, request: web.Request) -> web.Response:
        row = self._lists["people"].get(int(request.match_info["id"]))
        if row is None:
            return web.json_response({"error": "No such person."}, status=404)
        if request.method == "PUT" and not row["archived"]:
            row = self._put("people", {**await request.json(), "id": row["id"]})
        return web.json_response(row, status=410 if row["archived"] else 200)


def _person(name: str, email: str) -> Record:
    return {"full_name": name, "contact": {"email": email}}


def _place(row: Record) -> str:
    return f"{cast('Record', row['changed'])['at']}|{row['id']:09}"


def _seconds(row: Record) -> float:
    return datetime.fromisoformat(str(cast("Record", row["changed"])["at"])).timestamp()
