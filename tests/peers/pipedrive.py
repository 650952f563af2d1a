"""Pipedrive's API, version 2, with a company of people, deals, organizations and custom fields of every type.

Its oddities: pages by a cursor that says nothing about a total, times to the second, custom fields under hashes whose options are
numbers, lists of addresses that a PATCH replaces as a whole, a single record inside `data`, deleted deals that are listed when they are
asked for and deleted people that are not, archived deals that are in no list.
"""

import base64
import hashlib
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from aiohttp import web
from pydantic import JsonValue

from tests.peers.counterpart import Key, ServerCounterpart

_KEYS: dict[Key, str] = {
    "right": "pd_3f1c77a09e",
    "read_only": "pd_ro_8812cc40",
    "wrong": "pd_no_5ab0e9d7",
}
_LONG_AGO = datetime(2024, 3, 1, tzinfo=UTC)
_MOST = 500
Record = dict[str, Any]


def code(name: str) -> str:
    """The hash under which a custom field of this name lies."""
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


def _field(name: str, kind: str, *options: str) -> Record:
    listed = [{"id": 10 + at, "label": label} for at, label in enumerate(options)]
    return {
        "field_name": name,
        "field_code": code(name),
        "field_type": kind,
        "is_custom_field": True,
        "options": listed or None,
    }


def _own(name: str) -> Record:
    return {
        "field_name": name,
        "field_code": name,
        "field_type": "varchar",
        "is_custom_field": False,
        "options": None,
    }


PERSON_FIELDS = [
    _own("name"), _field("Rings", "varchar"), _field("Style", "enum", "Classic", "Boho", "Urban"),
    _field("Wishes", "set", "Album", "Prints", "Film"), _field("Guests", "double"), _field("Wedding", "date"),
    _field("Budget", "monetary"), _field("Season", "daterange"), _field("Home", "address"),
]  # fmt: skip
DEAL_FIELDS = [_own("title"), _field("Package", "enum", "Small", "Large"), _field("Hours", "double")]


class Counterpart(ServerCounterpart):
    main = "clients"
    keys = _KEYS
    half = b'{"success": true, "data": [{"id": 1, "name": "Client 0"}]}'

    def __init__(self, records: int) -> None:
        super().__init__(records)
        rings = f"custom_fields.cf_{code('Rings')}"
        self.values: dict[str, JsonValue] = {
            "name": "Noor Al-Hassan",
            "email": "noor@example.com",
            "phone": "+493012345678",
            rings: "Two",
        }
        self.changes: dict[str, JsonValue] = {"name": "Noor van Dijk"}
        self._numbers = itertools.count(1)
        self.rows: dict[str, dict[int, Record]] = {"persons": {}, "deals": {}, "organizations": {}}
        for number in range(records):
            moment = _LONG_AGO + number * timedelta(hours=1)
            person = self.put("persons", self._person(number), moment)
            self.put("deals", self._deal(number, person["id"]), moment)

    def _person(self, number: int) -> Record:
        organization = None
        if number % 3 == 0:
            organization = self.put("organizations", {"name": f"Studio {number}"}, _LONG_AGO)["id"]
        return {
            "name": f"Client {number}",
            "emails": [
                {"value": f"old{number}@example.com", "primary": False, "label": "home"},
                {"value": f"{number}@example.com", "primary": True, "label": "work"},
            ],
            "phones": [{"value": f"+49151{10_000_000 + number}", "primary": True, "label": "mobile"}],
            "org_id": organization,
            "notes": "Met at the fair",
            "job_title": "Florist",
            "birthday": "1990-05-17",
            "label_ids": [1],
            "postal_address": {"value": "1 Main St", "formatted_address": "1 Main St, 6000 Perth, Australia"},
            "custom_fields": {
                code("Rings"): "One",
                code("Style"): 10 + number % 3,
                code("Wishes"): [10, 12],
                code("Guests"): 80.5,
                code("Wedding"): "2026-06-20",
                code("Budget"): {"value": 4500, "currency": "EUR"},
                code("Season"): {"value": "2026-05-01", "until": "2026-09-30"},
                code("Home"): {"value": "2 Side St", "formatted_address": "2 Side St, Bremen"},
            },
        }

    def _deal(self, number: int, person_id: int) -> Record:
        status = ("open", "won", "lost")[number % 3]
        return {
            "title": f"Wedding {number}",
            "person_id": person_id,
            "org_id": None,
            "pipeline_id": 1,
            "stage_id": 1 + number % 2,
            "value": 1_000.5 + number,
            "currency": "EUR",
            "status": status,
            "expected_close_date": "2026-07-01",
            "won_time": "2026-01-05T10:00:00Z" if status == "won" else None,
            "close_time": None,
            "lost_reason": "Too dear" if status == "lost" else None,
            "probability": 50,
            "label_ids": [],
            "custom_fields": {code("Package"): 11, code("Hours"): 8},
        }

    # What the conformance suite does

    def entered(self, key: Key = "right") -> dict[str, str]:
        return {"base_url": self.base, "api_token": _KEYS[key]}

    def ids(self, resource: str) -> list[str]:
        rows = self.rows["persons" if resource == "clients" else "deals"]
        return [str(number) for number, row in rows.items() if not row["is_deleted"]]

    def add(self) -> str:
        entry = {"value": "ines@example.com", "primary": True, "label": "work"}
        return str(self.put("persons", {"name": "Ines Costa", "emails": [entry]})["id"])

    def edit(self, external_id: str, kind: str = "persons", **changes: Any) -> None:
        row = self.rows[kind][int(external_id)]
        new = [{"value": f"{len(self._arrived)}@changed.example", "primary": True, "label": "work"}]
        self.put(kind, {**row, **(changes or {"emails": new})})

    def delete(self, external_id: str, kind: str = "persons") -> None:
        self.edit(external_id, kind, is_deleted=True)

    def same_second(self, count: int) -> list[str]:
        ids, moment = self.ids("clients")[:count], datetime.now(UTC).replace(microsecond=0)
        for one in ids:
            row = self.rows["persons"][int(one)]
            self.put("persons", {**row, "job_title": f"Tied {one}"}, moment)
        return ids

    def put(self, kind: str, row: Record, moment: datetime | None = None) -> Record:
        number = cast("int", row.get("id") or next(self._numbers))
        changed = (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        first, _, last = str(row.get("name") or "").partition(" ")
        names = {"first_name": first, "last_name": last or None} if kind == "persons" else {}
        added = row.get("add_time") or changed
        kept = {"custom_fields": {}, "is_deleted": False, **row, **names}
        self.rows[kind][number] = {**kept, "id": number, "add_time": added, "update_time": changed}
        return self.rows[kind][number]

    # The API

    def key_of(self, request: web.Request) -> str:
        return request.headers.get("x-api-token", "")

    def routes(self) -> list[web.RouteDef]:
        kinds = "{kind:persons|deals|organizations}"
        return [
            web.get("/api/v1/users/me", self._me),
            web.get("/api/v2/personFields", _listing(PERSON_FIELDS)),
            web.get("/api/v2/dealFields", _listing(DEAL_FIELDS)),
            web.get("/api/v2/stages", _listing([{"id": 1, "name": "Asked"}, {"id": 2, "name": "Offered"}])),
            web.get("/api/v2/pipelines", _listing([{"id": 1, "name": "Weddings"}])),
            web.get(f"/api/v2/{kinds}/search", self._search),
            web.get(f"/api/v2/{kinds}", self._list),
            web.post(f"/api/v2/{kinds}", self._create),
            web.route("*", f"/api/v2/{kinds}/{{id:[0-9]+}}", self._one),
        ]

    async def _me(self, _: web.Request) -> web.Response:
        return _answer({"id": 1, "name": "Ada", "company_name": "Bloom & Co"})

    async def _list(self, request: web.Request) -> web.Response:
        kind, query = request.match_info["kind"], request.query
        rows = [row for row in self.rows[kind].values() if self._is_listed(kind, row, query)]
        by = query.get("sort_by", "id")
        rows.sort(key=lambda row: (row[by], row["id"]), reverse=query.get("sort_direction") == "desc")
        begin = int(base64.b64decode(query["cursor"]).decode()) if "cursor" in query else 0
        if by == "id":
            rows, begin = [row for row in rows if row["id"] > begin], 0
        size = min(int(query.get("limit", "100")), _MOST)
        page, left = rows[begin : begin + size], rows[begin + size :]
        if self._moves and left:
            self._moves = False
            self.edit(str(left[0]["id"]), kind)
        place = page[-1]["id"] if by == "id" and page else begin + size
        return _answer(page, base64.b64encode(str(place).encode()).decode() if left else None)

    def _is_listed(self, kind: str, row: Record, query: Any) -> bool:
        if "ids" in query and str(row["id"]) not in query["ids"].split(","):
            return False
        if row["update_time"] < query.get("updated_since", ""):
            return False
        if kind == "deals":
            status = "deleted" if row["is_deleted"] else row["status"]
            wanted = query.get("status", "open,won,lost").split(",")
            return status in wanted and not row.get("is_archived")
        return not row["is_deleted"]

    async def _search(self, request: web.Request) -> web.Response:
        kind, term = request.match_info["kind"], request.query["term"].lower()

        def texts(row: Record) -> list[str]:
            if kind == "deals":
                return [str(row["title"])]
            return [str(one["value"]) for one in row.get("emails") or []]

        found = [
            {"result_score": 1, "item": {"id": number, "type": kind[:-1], "emails": texts(row)}}
            for number, row in self.rows[kind].items()
            if not row["is_deleted"] and term in [one.lower() for one in texts(row)]
        ]
        return _answer({"items": found})

    async def _create(self, request: web.Request) -> web.Response:
        row = self.put(request.match_info["kind"], await request.json())
        return web.json_response({"success": True, "data": row}, status=201)

    async def _one(self, request: web.Request) -> web.Response:
        kind, number = request.match_info["kind"], int(request.match_info["id"])
        row = self.rows[kind].get(number)
        if row is None or (kind == "persons" and row["is_deleted"]):
            return web.json_response({"success": False, "error": "Not found"}, status=404)
        if request.method == "PATCH":
            sent = await request.json()
            custom = {**row["custom_fields"], **sent.get("custom_fields", {})}
            row = self.put(kind, {**row, **sent, "custom_fields": custom})
        return _answer(row)


def _answer(data: JsonValue | list[Record] | Record, cursor: str | None = None) -> web.Response:
    return web.json_response({"success": True, "data": data, "additional_data": {"next_cursor": cursor}})


def _listing(rows: list[Record]) -> Callable[[web.Request], Any]:
    async def listed(_: web.Request) -> web.Response:
        return _answer(rows)

    return listed
