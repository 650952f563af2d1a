"""An Autotask: queries as JSON documents, lists by ID alone, errors of its own.

Its oddities: whoever is not let in gets 500; lists begin with the oldest; a ticket knows companies and contacts by their IDs;
statuses are the same in all queues.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from tests.peers.psa_counterpart import Noted
from tests.peers.psa_faults import Played, answer

USER, SECRET, CODE = "hub-api@acme.example", "nT5*Qz8#wL2@", "ATK7XW2QHUBINTEGRATION"
_MOST = 500
_STATUSES = {1: "New", 8: "In progress", 7: "Waiting customer", 5: "Complete"}
_QUEUES = {29682833: "Level I Support", 29683378: "Monitoring Alert"}
_PRIORITIES = {1: "High", 2: "Medium", 3: "Low"}
_TITLES = ("Printer offline", "Backup failed", "New laptop for Dana", "Disk at 95 % on SRV-02")
Row = dict[str, Any]


class Counterpart(Played):
    def __init__(self, *, tickets: int = 60) -> None:
        super().__init__()
        self.rows: dict[str, dict[int, Row]] = {
            "Tickets": {},
            "TicketNotes": {},
            "Companies": {
                n: {"id": n, "companyName": name, "isActive": True}
                for n, name in ((201, "Northwind Dental"), (202, "Contoso Legal"), (203, 'Quote "Q" Ltd'))
            },
            "Contacts": {301: {"id": 301, "firstName": "Dana", "lastName": "Whitfield"}},
            "Resources": {
                401: _resource(401, "Erin", "Novak", "erin@acme.example"),
                402: _resource(402, "Tom", "Gone", "tom@acme.example", active=False),
            },
            "ConfigurationItems": {
                501: {"id": 501, "referenceTitle": "FRONT-PC2", "companyID": 201},
                502: {"id": 502, "referenceTitle": "PRN-01", "companyID": 201},
            },
            "TicketAdditionalConfigurationItems": {},
        }
        for n in range(tickets):
            # IDs have gaps, as where others use the same database.
            ticket_id = 7000 + 3 * n
            self.rows["Tickets"][ticket_id] = {
                "id": ticket_id,
                "ticketNumber": f"T20260105.{n:04d}",
                "title": _TITLES[n % len(_TITLES)],
                "companyID": 201 + n % 3,
                "contactID": 301 if n % 2 else None,
                "queueID": [*_QUEUES][n % 2],
                "status": [*_STATUSES][n % 4],
                "priority": 1 + n % 3,
                "lastActivityDate": "2026-01-05T08:00:00Z",
                "configurationItemID": 501 if n % 2 else None,
            }
        self.ticket, self.board = "7003", str(self.rows["Tickets"][7003]["queueID"])
        self.rows["TicketAdditionalConfigurationItems"][1] = {
            "id": 1,
            "ticketID": 7003,
            "configurationItemID": 502,
        }
        self.member, self.gone, self.other_status = "401", "402", "7"
        self._next = 90_000

    @property
    def entered(self) -> Mapping[str, str]:
        return {"site_url": self.site, "username": USER, "secret": SECRET, "integration_code": CODE}

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/atservicesrest/v1.0/zoneInformation", self._zone)
        base = "/ATServicesRest/v1.0"
        router.add_get(f"{base}/Tickets/entityInformation/fields", self._fields)
        router.add_post(f"{base}/{{entity}}/query", self._query)
        router.add_post(f"{base}/{{entity}}/query/count", self._count)
        router.add_post(rf"{base}/Tickets/{{id:\d+}}/Notes", self._note)
        router.add_patch(f"{base}/Tickets", self._patch)

    def is_let_in(self, request: web.Request) -> bool:
        if request.path.endswith("/zoneInformation"):
            return True
        given = tuple(request.headers.get(name) for name in ("UserName", "Secret", "ApiIntegrationCode"))
        return not self.expired and given == (USER, SECRET, CODE)

    def refusal(self) -> web.Response:
        return web.json_response({"errors": ["Unauthorized: the API user is not known."]}, status=500)

    def is_note(self, request: web.Request) -> bool:
        return request.path.endswith("/Notes")

    async def _zone(self, request: web.Request) -> web.Response:
        if request.query.get("user") != USER:
            return web.json_response({"errors": ["Zone information could not be determined"]}, status=500)
        return answer(
            {"zoneName": "Here", "url": f"{self.site}/ATServicesRest/", "webUrl": f"{self.site}/", "ci": 1}
        )

    async def _fields(self, _: web.Request) -> web.Response:
        def field(name: str, values: Mapping[int, str]) -> Row:
            listed = [{"value": str(key), "label": label, "isActive": True} for key, label in values.items()]
            return {"name": name, "isPickList": True, "picklistValues": listed}

        fields = [field("status", _STATUSES), field("queueID", _QUEUES), field("priority", _PRIORITIES)]
        return answer({"fields": [*fields, {"name": "title", "picklistValues": None}]})

    async def _found(self, request: web.Request) -> tuple[list[Row], Row]:
        sent: Row = await request.json()
        if not sent.get("filter"):
            raise web.HTTPInternalServerError(reason="A filter is required")
        rows = self.rows[request.match_info["entity"]].values()
        return [one for one in rows if all(_fits(one, part) for part in sent["filter"])], sent

    async def _query(self, request: web.Request) -> web.Response:
        found, sent = await self._found(request)
        size = min(int(sent.get("MaxRecords", _MOST)), _MOST)
        page = sorted(found, key=lambda one: one["id"])[:size]
        fields = sent.get("IncludeFields")
        items = [{k: v for k, v in one.items() if not fields or k in fields} for one in page]
        return answer({"items": items, "pageDetails": {"count": len(items), "nextPageUrl": None}})

    async def _count(self, request: web.Request) -> web.Response:
        found, _ = await self._found(request)
        return answer({"queryCount": len(found)})

    async def _note(self, request: web.Request) -> web.Response:
        ticket, sent = int(request.match_info["id"]), await request.json()
        self._next += 1
        acting = request.headers.get("ImpersonationResourceId")
        self.rows["TicketNotes"][self._next] = {
            "id": self._next,
            "ticketID": ticket,
            "title": sent["title"],
            "description": sent["description"],
            "noteType": sent["noteType"],
            "publish": sent["publish"],
            "creatorResourceID": int(acting) if acting else None,
            "createDateTime": "2026-11-24T09:00:00Z",
        }
        return answer({"itemId": self._next})

    async def _patch(self, request: web.Request) -> web.Response:
        sent = await request.json()
        if not self.ignores:
            self.rows["Tickets"][sent["id"]]["status"] = sent["status"]
        return answer({"itemId": sent["id"]})

    def count_tickets(self) -> int:
        return len(self.rows["Tickets"])

    def notes(self, ticket: str) -> list[Noted]:
        return [
            Noted(
                id=str(one["id"]),
                text=one["description"],
                kind="description" if one["publish"] == 1 else "internal_analysis",
                member=str(one["creatorResourceID"] or ""),
                mailed=False,
            )
            for one in self.rows["TicketNotes"].values()
            if str(one["ticketID"]) == ticket
        ]

    def status_of(self, ticket: str) -> str:
        return str(self.rows["Tickets"][int(ticket)]["status"])


def _resource(n: int, first: str, last: str, email: str, *, active: bool = True) -> Row:
    return {
        "id": n,
        "firstName": first,
        "lastName": last,
        "userName": f"{first[0]}{last}".lower(),
        "email": "",
        "email2": email,
        "isActive": active,
    }


def _fits(row: Row, part: Row) -> bool:
    """Whether a row is what a part of a filter says."""
    if "items" in part:
        return (any if part["op"] == "or" else all)(_fits(row, one) for one in part["items"])
    found, value = row.get(part["field"]), part["value"]
    if part["op"] not in _SIGNS:
        raise web.HTTPInternalServerError(reason=f"Unknown operator {part['op']}")
    return _SIGNS[part["op"]](found, value)


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "noteq": operator.ne,
    "gt": lambda found, value: found is not None and found > value,
    "lt": lambda found, value: found is not None and found < value,
    "in": lambda found, value: found in value,
    "contains": lambda found, value: str(value).lower() in str(found or "").lower(),
}
