"""A HaloPSA: a token for an hour, lists with page numbers, arrays in and out.

Its oddities: a client that it does not know is answered with 400; every POST takes an array; notes are actions, and so is much else.
"""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tests.peers.psa_counterpart import Noted
from tests.peers.psa_faults import Played, answer

CLIENT_ID, CLIENT_SECRET = "2f1c7a5e-6b0d-4c55-9d43-halo-client", base64.b64encode(b"halo-secret-71").decode()
_STATUSES = {1: "New", 2: "In Progress", 4: "With User", 9: "Closed"}
_TYPES = {1: "Incident", 3: "Service Request"}
_SUMMARIES = ("Printer offline", "Backup failed", "New laptop for Dana", "Disk at 95 % on SRV-02")
Row = dict[str, Any]


class Counterpart(Played):
    def __init__(self, *, tickets: int = 60) -> None:
        super().__init__()
        self.tickets: dict[int, Row] = {}
        self.actions: list[Row] = []
        self.clients = [
            {"id": n, "name": name, "inactive": False}
            for n, name in ((12, "Northwind Dental"), (13, "Contoso Legal"), (14, "O'Brien & Sons"))
        ]
        for n in range(tickets):
            client = self.clients[n % 3]
            self.tickets[2000 + n] = {
                "id": 2000 + n,
                "summary": _SUMMARIES[n % len(_SUMMARIES)],
                "client_id": client["id"],
                "client_name": client["name"],
                "status_id": [*_STATUSES][n % 4],
                "tickettype_id": [*_TYPES][n % 2],
                "priority_id": 1 + n % 2,
                "user_name": "Dana Whitfield",
                "last_update": "2026-01-05T08:00:00.123Z",
                "hasbeenclosed": n % 4 == 3,
            }
        self.ticket, self.board = "2001", "3"
        self.member, self.gone, self.other_status = "5", "6", "4"
        self.tokens: set[str] = set()
        self._next = 90_000

    @property
    def entered(self) -> Mapping[str, str]:
        return {"site_url": self.site, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/auth/token", self._token)
        router.add_get("/api/Tickets", self._list)
        router.add_get(r"/api/Tickets/{id:\d+}", self._one)
        router.add_post("/api/Tickets", self._update)
        router.add_get("/api/Actions", self._actions)
        router.add_post("/api/Actions", self._act)
        router.add_get("/api/{kind:Status|TicketType|Priority|Agent|Asset}", self._kind)
        router.add_get("/api/Client", self._clients)
        router.add_get(r"/api/Client/{id:\d+}", self._client)

    def is_let_in(self, request: web.Request) -> bool:
        if request.path == "/auth/token":
            return not self.expired
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return not self.expired and token in self.tokens

    def is_note(self, request: web.Request) -> bool:
        return request.method == "POST" and request.path == "/api/Actions"

    async def _token(self, request: web.Request) -> web.Response:
        sent = await request.post()
        if (sent.get("client_id"), sent.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "invalid_client"}, status=400)
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return answer({"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "all"})

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        found = [one for one in self.tickets.values() if _fits(one, query)]
        found.sort(key=lambda one: one["id"], reverse=query.get("orderdesc") == "true")
        page, size = int(query.get("page_no", 1)), int(query.get("page_size", 50))
        return answer({"record_count": len(found), "tickets": found[(page - 1) * size : page * size]})

    def _row(self, number: str) -> Row:
        found = self.tickets.get(int(number))
        if found is None:
            raise web.HTTPNotFound
        return found

    async def _one(self, request: web.Request) -> web.Response:
        return answer(self._row(request.match_info["id"]))

    async def _update(self, request: web.Request) -> web.Response:
        sent = await request.json()
        assert isinstance(sent, list)
        for one in sent:
            if not self.ignores:
                self._row(str(one["id"]))["status_id"] = one["status_id"]
        return answer([self.tickets[sent[0]["id"]]])

    async def _actions(self, request: web.Request) -> web.Response:
        found = [one for one in self.actions if str(one["ticket_id"]) == request.query["ticket_id"]]
        return answer({"record_count": len(found), "actions": found})

    async def _act(self, request: web.Request) -> web.Response:
        sent = await request.json()
        assert isinstance(sent, list)
        made: list[Row] = []
        for one in sent:
            self._row(str(one["ticket_id"]))
            self._next += 1
            agent = one.get("who_agentid")
            made.append(
                {"id": self._next, "datetime": "2026-11-24T09:00:00Z", "who": f"Agent {agent}", **one}
            )
        self.actions += made
        return answer(made)

    async def _kind(self, request: web.Request) -> web.Response:
        match request.match_info["kind"]:
            case "Status":
                return answer([{"id": key, "name": name} for key, name in _STATUSES.items()])
            case "TicketType":
                return answer([{"id": key, "name": name} for key, name in _TYPES.items()])
            case "Priority":
                names = {1: "Critical", 2: "Medium"}
                return answer([{"id": f"x{n}", "priorityid": n, "name": name} for n, name in names.items()])
            case "Agent":
                erin = {"id": 5, "name": "Erin Novak", "email": "erin@acme.example", "initials": "EN"}
                tom = {"id": 6, "name": "Tom Gone", "email": "tom@acme.example", "isdisabled": True}
                return answer([erin, tom])
            case _:
                asset = {"id": 44, "key_field": "FRONT-PC2", "assettype_name": "Workstation"}
                return answer({"record_count": 1, "assets": [asset]})

    async def _clients(self, request: web.Request) -> web.Response:
        wanted = request.query.get("search", "").lower()
        found = [one for one in self.clients if wanted in str(one["name"]).lower()]
        page, size = int(request.query.get("page_no", 1)), int(request.query.get("page_size", 50))
        return answer({"record_count": len(found), "clients": found[(page - 1) * size : page * size]})

    async def _client(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        return answer(next(one for one in self.clients if one["id"] == number))

    def count_tickets(self) -> int:
        return len(self.tickets)

    def notes(self, ticket: str) -> list[Noted]:
        return [
            Noted(
                id=str(one["id"]),
                text=one["note"],
                kind="internal_analysis" if one["hiddenfromuser"] else "description",
                member=str(one.get("who_agentid", "")),
                mailed=one["sendemail"],
            )
            for one in self.actions
            if str(one["ticket_id"]) == ticket
        ]

    def status_of(self, ticket: str) -> str:
        return str(self.tickets[int(ticket)]["status_id"])


def _fits(row: Row, query: Mapping[str, str]) -> bool:
    for name, field in (
        ("client_id", "client_id"),
        ("status_id", "status_id"),
        ("requesttype_id", "tickettype_id"),
    ):
        if name in query and str(row[field]) != query[name]:
            return False
    is_closed = row["status_id"] == 9
    if (query.get("open_only") == "true" and is_closed) or (
        query.get("closed_only") == "true" and not is_closed
    ):
        return False
    text = query.get("search", "").lower()
    return text in row["summary"].lower() or text == str(row["id"])
