"""ConnectWise's REST API 3.0: who is let in, lists with conditions, fields and pages, notes, JSON Patch, time entries."""

import asyncio
import base64
import json
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast
from urllib.parse import urlencode

from aiohttp import web

from tests.peers.connectwise.conditions import Unreadable, parse
from tests.peers.connectwise.office import CLIENT_ID, COMPANY_ID, PRIVATE_KEY, PUBLIC_KEY, Office, Row

_CODEBASE = "v2025_1/"
_MOST_ROWS = 1000
_USUAL_ROWS = 25
_LONGEST_URL = 2000
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Faults:
    """What goes wrong. Numbers count down; paths are parts of one."""

    busy: int = 0
    retry_after: str = "1"
    fails: int = 0
    """So many requests are answered with 500."""
    gateway: int = 0
    """So many requests are answered by a gateway, in HTML."""
    forbidden: str = ""
    """Requests whose path holds this are refused for lack of permission."""
    breaks: str = ""
    """What becomes of the answer to the next write that is stored: `502`, `cut`, `silent`."""
    breaks_at: str = "/notes"
    keeps_breaking: bool = False
    ignores_patch: bool = False
    down: bool = False
    slow: float = 0


@dataclass(frozen=True, slots=True)
class Received:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = field(default=None)


class Refused(Exception):
    """An error in ConnectWise's words."""

    def __init__(self, status: int, code: str, message: str, field_name: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field_name = status, code, message, field_name


class ConnectWise(Office):
    """The server, on a free port unless told otherwise."""

    def __init__(self, *, tickets: int = 40, seed: int = 1, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(tickets=tickets, seed=seed)
        self.host, self.port = host, port
        self.codebase = _CODEBASE
        self.site_url: str | None = None
        self.keys = {(COMPANY_ID, PUBLIC_KEY, PRIVATE_KEY)}
        self.faults = Faults()
        self.requests: deque[Received] = deque(maxlen=10_000)
        self.per_path: Counter[str] = Counter()
        self.count = 0
        self.holding = asyncio.Event()
        """Set once a write is stored that will not be answered."""
        self.released = asyncio.Event()

    @property
    def site(self) -> str:
        """As somebody enters it."""
        return f"http://{self.host}:{self.port}"

    @property
    def base(self) -> str:
        return f"{self.site}/{self.codebase}apis/3.0"

    @property
    def entered(self) -> dict[str, str]:
        """What connects it."""
        return {
            "site_url": self.site,
            "company_id": COMPANY_ID,
            "public_key": PUBLIC_KEY,
            "private_key": PRIVATE_KEY,
            "client_id": CLIENT_ID,
        }

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._entered], client_max_size=2**22)
        app.router.add_get("/login/companyinfo/{company}", self._info)
        app.router.add_post("/_people", self._people)
        app.router.add_get("/_received", self._report)
        self._route(app.router)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, reuse_address=True).start()
        self.port = cast("tuple[str, int]", self._runner.addresses[0])[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.released.set()
        await self._runner.cleanup()

    def _route(self, router: web.UrlDispatcher) -> None:
        below = "/{release:v[^/]+}/apis/3.0"
        gets: dict[str, Answering] = {
            "/system/info": self._system,
            "/system/members": self._whole(self.members),
            "/service/boards": self._whole(self.boards),
            r"/service/boards/{board:\d+}/statuses": self._statuses_of,
            "/service/tickets": self._whole(self.tickets),
            r"/service/tickets/{id:\d+}": self._ticket_of,
            r"/service/tickets/{id:\d+}/notes": self._notes_of,
            r"/service/tickets/{id:\d+}/configurations": self._attached_to,
            "/company/companies": self._whole(self.companies),
            r"/company/companies/{id:\d+}": self._company_of,
            "/company/configurations": self._whole(self.configurations),
            "/time/entries": self._whole(self.time_entries),
        }
        for path, answer in gets.items():
            router.add_get(below + path, answer)
        router.add_post(rf"{below}/service/tickets/{{id:\d+}}/notes", self._post_note)
        router.add_patch(rf"{below}/service/tickets/{{id:\d+}}", self._patch)
        router.add_post(f"{below}/time/entries", self._post_time)

    def _whole(self, rows: Mapping[int, Row]) -> Answering:
        """What lists all of these."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._listed(request, rows.values())

        return answer

    # Who is let in

    @web.middleware
    async def _entered(self, request: web.Request, handler: Answering) -> web.StreamResponse:
        if request.path.startswith("/_"):
            return await handler(request)
        if self.faults.down:
            return _aborted(request)
        await self._note(request)
        if self.faults.slow:
            await asyncio.sleep(self.faults.slow)
        try:
            self._check(request)
            answer = await handler(request)
        except Refused as error:
            return _problem(error)
        except Unreadable as error:
            return _problem(Refused(400, "InvalidObject", str(error), "conditions"))
        except web.HTTPException:
            return _problem(Refused(404, "NotFound", "Page not found"))
        return await self._broken(request, answer)

    async def _note(self, request: web.Request) -> None:
        raw = await request.read()
        body = json.loads(raw) if raw and request.content_type.endswith("json") else None
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Received(request.method, request.path, dict(request.query), headers, body))
        self.count += 1
        self.per_path[request.path.partition("/apis/3.0")[2] or request.path] += 1

    def _check(self, request: web.Request) -> None:
        if len(str(request.rel_url)) > _LONGEST_URL:
            raise Refused(414, "Security", "The request URL is too long.")
        if request.path.startswith("/login/"):
            return
        if self.faults.busy:
            self.faults.busy -= 1
            raise Refused(
                429, "TooManyRequests", "Rate limit is exceeded. Try again later.", self.faults.retry_after
            )
        if self.faults.fails:
            self.faults.fails -= 1
            raise Refused(500, "ServerError", "Object reference not set to an instance of an object.")
        if self.faults.gateway:
            self.faults.gateway -= 1
            raise Refused(502, "html", "Bad Gateway")
        if not request.path.startswith(f"/{self.codebase}"):
            raise Refused(404, "NotFound", "Page not found")
        if _login(request) not in self.keys:
            raise Refused(401, "Unauthorized", "Access Denied: The authorization header is invalid.")
        if request.headers.get("clientId") != CLIENT_ID:
            raise Refused(403, "InvalidClientID", "A valid clientId is required.")
        if self.faults.forbidden and self.faults.forbidden in request.path:
            raise Refused(403, "Forbidden", "You do not have permission to access this resource.")

    async def _broken(self, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
        """The answer, or what becomes of that to a write that is stored."""
        is_write = request.method not in {"GET", "HEAD"} and request.path.endswith(self.faults.breaks_at)
        if not self.faults.breaks or not is_write:
            return answer
        breaks = self.faults.breaks
        if not self.faults.keeps_breaking:
            self.faults.breaks = ""
        self.holding.set()
        if breaks == "502":
            return _problem(Refused(502, "html", "Bad Gateway"))
        if breaks == "silent":
            await self.released.wait()
        return _aborted(request)

    # What it answers

    async def _info(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["company"] != COMPANY_ID:
            return web.json_response(None)
        return web.json_response(
            {
                "CompanyName": "Northwind IT",
                "Codebase": self.codebase,
                "VersionCode": "v2025.16",
                "VersionNumber": "v25.16.98721",
                "CompanyID": COMPANY_ID,
                "IsCloud": "True",
                "SiteUrl": self.site_url or f"{self.host}:{self.port}",
            }
        )

    async def _system(self, _: web.Request) -> web.StreamResponse:
        return _answer({"version": "v2025.16.98721", "isCloud": True, "serverTimeZone": "UTC"})

    async def _statuses_of(self, request: web.Request) -> web.StreamResponse:
        found = self.statuses.get(int(request.match_info["board"]))
        if found is None:
            raise Refused(404, "NotFound", "Board not found")
        return await self._listed(request, found)

    def _ticket_row(self, request: web.Request) -> Row:
        found = self.tickets.get(int(request.match_info["id"]))
        if found is None:
            raise Refused(404, "NotFound", f"Ticket {request.match_info['id']} not found")
        return found

    async def _ticket_of(self, request: web.Request) -> web.StreamResponse:
        return _answer(_chosen(self._ticket_row(request), request))

    async def _company_of(self, request: web.Request) -> web.StreamResponse:
        found = self.companies.get(int(request.match_info["id"]))
        if found is None:
            raise Refused(404, "NotFound", "Company not found")
        return _answer(found)

    async def _notes_of(self, request: web.Request) -> web.StreamResponse:
        return await self._listed(request, self.notes.get(self._ticket_row(request)["id"], []))

    async def _attached_to(self, request: web.Request) -> web.StreamResponse:
        ids = self.attached.get(self._ticket_row(request)["id"], [])
        rows = [{"id": one, "deviceIdentifier": self.configurations[one]["name"], "_info": {}} for one in ids]
        return await self._listed(request, rows)

    async def _post_note(self, request: web.Request) -> web.StreamResponse:
        ticket, sent = self._ticket_row(request), await request.json()
        if not str(sent.get("text") or "").strip():
            raise Refused(400, "InvalidObject", "note text is required", "text")
        if not any(sent.get(f"{one}Flag") for one in ("detailDescription", "internalAnalysis", "resolution")):
            raise Refused(400, "InvalidObject", "At least one flag must be true", "detailDescriptionFlag")
        return _answer(self.add_note(ticket["id"], sent), 201)

    async def _patch(self, request: web.Request) -> web.StreamResponse:
        ticket, sent = self._ticket_row(request), await request.json()
        if not isinstance(sent, list):
            raise Refused(400, "InvalidObject", "A JSON Patch document is an array")
        for one in cast("list[Row]", sent):
            if one.get("op") != "replace" or one.get("path") != "status":
                # Some parts of paths are taken, and change nothing.
                continue
            known = {row["id"] for row in self.statuses[ticket["board"]["id"]]}
            if (one.get("value") or {}).get("id") not in known:
                raise Refused(
                    400, "InvalidObject", "The status does not belong to the ticket's board", "status"
                )
            if not self.faults.ignores_patch:
                self.set_status(ticket["id"], one["value"]["id"])
        return _answer(ticket)

    async def _post_time(self, request: web.Request) -> web.StreamResponse:
        sent = await request.json()
        if sent.get("chargeToId") not in self.tickets or sent.get("chargeToType") != "ServiceTicket":
            raise Refused(400, "InvalidObject", "chargeToId is not valid", "chargeToId")
        return _answer(self.add_time(sent), 201)

    async def _listed(self, request: web.Request, rows: Iterable[Row]) -> web.StreamResponse:
        query = request.query
        found = list(rows)
        if query.get("conditions"):
            test = parse(query["conditions"])
            found = [one for one in found if test(one)]
        for part in reversed(query.get("orderBy", "id").split(",")):
            name, _, way = part.strip().partition(" ")
            found.sort(
                key=lambda one, name=name: _sortable(one.get(name)), reverse=way.strip().lower() == "desc"
            )
        page, size = int(query.get("page", 1)), int(query.get("pageSize", _USUAL_ROWS))
        if page < 1 or not 1 <= size <= _MOST_ROWS:
            raise Refused(400, "InvalidObject", "pageSize must be between 1 and 1000", "pageSize")
        part = found[(page - 1) * size : page * size]
        links = self._links(request, page, last=max(1, -(-len(found) // size)))
        return _answer([_chosen(one, request) for one in part], headers={"Link": links} if links else {})

    def _links(self, request: web.Request, page: int, last: int) -> str:
        def link(number: int, rel: str) -> str:
            query = urlencode({**{k: v for k, v in request.query.items() if k != "page"}, "page": number})
            return f'<{self.site}{request.path}?{query}>; rel="{rel}"'

        found = [link(page + 1, "next"), link(last, "last")] if page < last else []
        return ", ".join([*found, *([link(1, "first")] if page > 1 else [])])

    async def _report(self, _: web.Request) -> web.StreamResponse:
        posted = [note for notes in self.notes.values() for note in notes if "Ref HUB-" in note["text"]]
        entries = list(self.time_entries.values())
        return web.json_response(
            {"count": self.count, "posted": posted, "time": entries, "mails": self.mails}
        )

    async def _people(self, request: web.Request) -> web.StreamResponse:
        """What somebody does there: `{"do": "set_status", "ticket": …, "status": …}`."""
        sent = await request.json()
        match sent.get("do"):
            case "set_status":
                self.set_status(sent["ticket"], sent["status"])
            case "note":
                self.add_note(sent["ticket"], {"text": sent["text"], "detailDescriptionFlag": True})
            case "faults":
                for name, value in sent["faults"].items():
                    setattr(self.faults, name, value)
            case other:
                raise web.HTTPBadRequest(text=f"Nobody does {other}.")
        return web.json_response({"done": sent["do"]})


def _login(request: web.Request) -> tuple[str, str, str] | None:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return None
    user, _, private = text.partition(":")
    company, _, public = user.partition("+")
    return (company, public, private) if kind == "Basic" else None


def _sortable(value: Any) -> tuple[int, Any]:
    if isinstance(value, str):
        return (1, value.lower())
    return (0, value) if isinstance(value, int | float) else (2, 0)


def _chosen(row: Row, request: web.Request) -> Row:
    """The fields that are asked for; without, all."""
    fields = [one.strip() for one in request.query.get("fields", "").split(",") if one.strip()]
    return {name: row[name] for name in row if name in fields} if fields else row


def _answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


def _aborted(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _problem(error: Refused) -> web.Response:
    if error.code == "html":
        page = f"<html><body><h1>{error.status} {error.message}</h1></body></html>"
        return web.Response(status=error.status, text=page, content_type="text/html")
    if error.status == 429:
        body: dict[str, object] = {"error": error.code, "message": error.message}
        return web.json_response(body, status=429, headers={"Retry-After": error.field_name or "1"})
    details = [
        {"code": error.code, "message": error.message, "resource": "ticket", "field": error.field_name}
    ]
    body = {"code": error.code, "message": error.message, "errors": details if error.field_name else None}
    return web.json_response(body, status=error.status)
