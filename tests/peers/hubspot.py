"""HubSpot's CRM API, version 3, with an account of contacts, deals and properties of every type.

Its oddities: properties that come only when they are asked for, all of them texts; lists by a cursor that says nothing about a total;
searches that give ten thousand objects and refuse to go on; deleted objects in a list of their own; associations that neither tell; an
e-mail address that only one contact may have.
"""

import itertools
import operator
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import JsonValue

from tests.peers.counterpart import Key, ServerCounterpart

_KEYS: dict[Key, str] = {
    "right": "pat-eu1-3f1c77a09e",
    "read_only": "pat-eu1-ro-8812cc40",
    "wrong": "pat-eu1-no-5ab0e9d7",
}
_LONG_AGO = datetime(2024, 3, 1, tzinfo=UTC)
_COMPARED = {"EQ": operator.eq, "GTE": operator.ge, "GT": operator.gt}
_CHANGED = {"contacts": "lastmodifieddate", "deals": "hs_lastmodifieddate"}
Record = dict[str, Any]


def _property(
    name: str, kind: str = "string", *, own: bool = False, several: bool = False, **more: Any
) -> Record:
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": kind,
        "fieldType": "checkbox" if several else "text",
        "hubspotDefined": not own,
        "options": [],
        **more,
    }


def _options(**labels: str) -> list[Record]:
    return [{"value": value, "label": label} for value, label in labels.items()]


_CONTACT = (
    "firstname lastname email hs_additional_emails phone mobilephone company jobtitle address city state zip country"
    " hs_lead_status"
)
_STAGES = _options(lead="Lead", customer="Customer")
PROPERTIES: dict[str, list[Record]] = {
    "contacts": [
        *(_property(name) for name in _CONTACT.split()),
        _property("lifecyclestage", "enumeration", options=_STAGES),
        _property(
            "hs_analytics_source", "enumeration", options=_options(DIRECT="Direct traffic"), calculated=True
        ),
        _property("createdate", "datetime", modificationMetadata={"readOnlyValue": True}),
        _property("lastmodifieddate", "datetime", modificationMetadata={"readOnlyValue": True}),
        _property("rings", own=True),
        _property("guests", "number", own=True),
        _property("wedding", "date", own=True),
        _property("wants_film", "bool", own=True, options=_options(true="Yes", false="No")),
        _property("style", "enumeration", own=True, options=_options(classic="Classic", boho="Boho chic")),
        _property("wishes", "enumeration", own=True, several=True, options=_options(a="Album", p="Prints")),
    ],
    "deals": [
        *(_property(name) for name in ["dealname", "deal_currency_code", "dealtype", "description"]),
        _property("amount", "number"),
        _property("closedate", "datetime"),
        _property("createdate", "datetime", modificationMetadata={"readOnlyValue": True}),
        _property("dealstage", "enumeration", options=_options(s1="Asked", s2="Offered")),
        _property("pipeline", "enumeration", options=_options(default="Weddings")),
        _property("hours", "number", own=True),
    ],
}


class Counterpart(ServerCounterpart):
    main = "clients"
    window = 10_000
    keys = _KEYS
    half = b'{"results": [{"id": "1", "properties": {"firstname": "Client"}}]}'

    def __init__(self, records: int) -> None:
        super().__init__(records)
        self.values: dict[str, JsonValue] = {
            "properties.firstname": "Noor",
            "properties.lastname": "Al-Hassan",
            "properties.email": "noor@example.com",
            "properties.style": "Boho chic",
            "properties.wishes": ["Album", "Prints"],
        }
        self.changes: dict[str, JsonValue] = {"properties.lastname": "van Dijk"}
        self._numbers = itertools.count(1)
        self.rows: dict[str, dict[int, Record]] = {"contacts": {}, "deals": {}}
        self.links: dict[str, list[int]] = {}
        for number in range(records):
            moment = _LONG_AGO + number * timedelta(hours=1)
            contact = self.put("contacts", {}, self._contact(number), moment)
            deal = self.put("deals", {}, self._deal(number), moment)
            self.links[deal["id"]] = [int(contact["id"])]

    def _contact(self, number: int) -> dict[str, str]:
        return {
            "firstname": "Client",
            "lastname": str(number),
            "email": f"{number}@example.com",
            "hs_additional_emails": f"old{number}@example.com;older{number}@example.com",
            "phone": f"+49151{10_000_000 + number}",
            "mobilephone": f"+49160{10_000_000 + number}",
            "company": "Bloom & Co",
            "jobtitle": "Florist",
            "state": "WA",
            "zip": "6000",
            "country": "Australia",
            "hs_lead_status": "NEW",
            "address": "1 Main St",
            "city": "Perth",
            "lifecyclestage": "lead",
            "hs_analytics_source": "DIRECT",
            "rings": "One",
            "guests": "80.5",
            "wedding": "2026-06-20",
            "wants_film": "true",
            "style": "classic",
            "wishes": "a;p",
        }

    def _deal(self, number: int) -> dict[str, str]:
        return {
            "dealname": f"Wedding {number}",
            "amount": str(1000.5 + number),
            "deal_currency_code": "EUR",
            "closedate": "2026-07-01T00:00:00Z",
            "dealstage": "s2",
            "pipeline": "default",
            "dealtype": "newbusiness",
            "description": "Two days",
            "hours": "8",
        }

    # What the conformance suite does

    def entered(self, key: Key = "right") -> dict[str, str]:
        return {"base_url": self.base, "access_token": _KEYS[key]}

    def ids(self, resource: str) -> list[str]:
        rows = self.rows["contacts" if resource == "clients" else "deals"]
        return [row["id"] for row in rows.values() if not row["archived"]]

    def add(self) -> str:
        return self.put("contacts", {}, {"firstname": "Ines", "email": "ines@example.com"})["id"]

    def edit(self, external_id: str, kind: str = "contacts", **changes: str) -> None:
        new = changes or {"email": f"{len(self.paths)}.{external_id}@changed.example"}
        self.put(kind, self.rows[kind][int(external_id)], new)

    def delete(self, external_id: str, kind: str = "contacts") -> None:
        self.put(kind, {**self.rows[kind][int(external_id)], "archived": True}, {})

    def same_second(self, count: int) -> list[str]:
        ids, moment = self.ids("clients")[:count], datetime.now(UTC)
        for one in ids:
            self.put("contacts", self.rows["contacts"][int(one)], {"jobtitle": f"Tied {one}"}, moment)
        return ids

    def put(self, kind: str, row: Record, new: dict[str, Any], moment: datetime | None = None) -> Record:
        number = int(row["id"]) if row else next(self._numbers)
        moment = moment or datetime.now(UTC)
        changed = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        created = row.get("createdAt", changed)
        properties = {**row.get("properties", {"createdate": created}), **new, _CHANGED[kind]: changed}
        made = {
            "id": str(number),
            "properties": {**properties, "hs_object_id": str(number)},
            "createdAt": created,
            "updatedAt": changed,
            "archived": row.get("archived", False),
            "at": int(moment.timestamp() * 1000),
        }
        self.rows[kind][number] = made
        return made

    # The API

    def routes(self) -> list[web.RouteDef]:
        objects = "/crm/v3/objects/{kind:contacts|deals}"
        return [
            web.get("/account-info/v3/details", self._account),
            web.get("/crm/v3/properties/{kind:contacts|deals}", self._properties),
            web.post("/crm/v4/associations/deals/contacts/batch/read", self._associations),
            web.get(objects, self._list),
            web.post(objects, self._create),
            web.post(f"{objects}/search", self._search),
            web.route("*", f"{objects}/{{id:[0-9]+}}", self._one),
        ]

    def may_call(self, request: web.Request, key: str) -> bool:
        """Whoever may only read may search, too."""
        reads = request.method == "GET" or request.path.endswith(("/search", "/batch/read"))
        return reads or super().may_call(request, key)

    async def _account(self, _: web.Request) -> web.Response:
        return web.json_response({"portalId": 24_681_012, "uiDomain": "app-eu1.hubspot.com"})

    async def _properties(self, request: web.Request) -> web.Response:
        return web.json_response({"results": PROPERTIES[request.match_info["kind"]]})

    async def _associations(self, request: web.Request) -> web.Response:
        asked = [one["id"] for one in (await request.json())["inputs"]]
        found = [
            {"from": {"id": one}, "to": [{"toObjectId": other} for other in self.links[one]]}
            for one in asked
            if self.links.get(one)
        ]
        return web.json_response({"results": found}, status=200 if len(found) == len(asked) else 207)

    async def _list(self, request: web.Request) -> web.Response:
        kind, query = request.match_info["kind"], request.query
        archived, after = query.get("archived") == "true", int(query.get("after", "0"))
        rows = [
            row for number, row in self.rows[kind].items() if number > after and row["archived"] == archived
        ]
        size = int(query.get("limit", "10"))
        page, left = rows[:size], rows[size:]
        self._happen(kind, left)
        following = page[-1]["id"] if left else ""
        return _page([_shown(row, query.get("properties", "").split(",")) for row in page], following)

    async def _search(self, request: web.Request) -> web.Response:
        kind, asked = request.match_info["kind"], await request.json()
        begin, size = int(asked.get("after", "0")), asked["limit"]
        if begin + size > self.window:
            return web.json_response({"message": f"paging is limited to {self.window} results"}, status=400)
        filters = asked["filterGroups"][0]["filters"]
        rows = [row for row in self.rows[kind].values() if not row["archived"] and _fits(row, filters)]
        by = asked["sorts"][0]["propertyName"]
        rows.sort(key=lambda row: (_value(row, by), int(row["id"])))
        left = rows[begin + size :]
        self._happen(kind, left)
        shown = [_shown(row, asked["properties"]) for row in rows[begin : begin + size]]
        return _page(shown, str(begin + size) if left else "", total=len(rows))

    def _happen(self, kind: str, left: Sequence[Record]) -> None:
        if self._moves and left:
            self._moves = False
            self.edit(left[0]["id"], kind)

    async def _create(self, request: web.Request) -> web.Response:
        kind, given = request.match_info["kind"], (await request.json())["properties"]
        taken = self._owner(kind, given.get("email"))
        if taken:
            return web.json_response({"message": f"Contact already exists. Existing ID: {taken}"}, status=409)
        return web.json_response(_shown(self.put(kind, {}, given), []), status=201)

    def _owner(self, kind: str, email: str | None) -> str:
        rows = self.rows[kind].values() if email else ()
        return next((row["id"] for row in rows if row["properties"].get("email") == email), "")

    async def _one(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        row = self.rows[kind].get(int(request.match_info["id"]))
        if row is None or row["archived"]:
            return web.json_response({"status": "error", "message": "resource not found"}, status=404)
        if request.method == "PATCH":
            row = self.put(kind, row, (await request.json())["properties"])
        return web.json_response(_shown(row, request.query.get("properties", "").split(",")))


def _shown(row: Record, names: Sequence[str]) -> Record:
    """With the properties that were asked for: those that are empty are null."""
    wanted = [name for name in names if name]
    return {**row, "at": None, "properties": {name: row["properties"].get(name) or None for name in wanted}}


def _value(row: Record, name: str) -> int | str:
    """What a search compares: times in milliseconds, ids as numbers."""
    if name in _CHANGED.values():
        return row["at"]
    return int(row["id"]) if name == "hs_object_id" else str(row["properties"].get(name) or "").lower()


def _fits(row: Record, filters: Sequence[Record]) -> bool:
    for one in filters:
        value: Any = _value(row, one["propertyName"])
        wanted: Any = int(one["value"]) if isinstance(value, int) else one["value"].lower()
        if not _COMPARED[one["operator"]](value, wanted):
            return False
    return True


def _page(rows: list[Record], following: str, **more: int) -> web.Response:
    paging = {"paging": {"next": {"after": following}}} if following else {}
    return web.json_response({"results": rows, **paging, **more})
