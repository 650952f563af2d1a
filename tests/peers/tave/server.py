"""The API of the studio: who is let in, lists in pages, single documents, writes."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self, cast
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import JsonValue

from tests.peers.cutting import cut
from tests.peers.tave import store
from tests.peers.tave.answers import answer, problem
from tests.peers.tave.controls import Controls
from tests.peers.tave.faults import Faults
from tests.peers.tave.store import Document, Listed, Row
from tests.peers.tave.studio import Studio
from tests.peers.tave.writing import Refused

KEY = "tave_local_9d1f4c7be2"
READ_ONLY_KEY = "tave_readonly_51c0aa83f6"
_BELOW = "/api/v2"
_SIZES = range(10, 101)
# Which of these narrows which list; a list takes no other one.
_FILTERS = {
    store.ADDRESS_BOOK: {"email"},
    store.JOB: {"externalMappingId"},
    store.JOB_CONTACT: {"externalMappingId", "contactId", "jobId"},
    store.EVENT: {"externalMappingId", "jobId"},
    store.CUSTOM_FIELD: {"canApplyTo"},
}
# These have no pages.
_WHOLE = {store.CUSTOM_FIELD}
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived: `path` is below the base. Header names are lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float


class Tave(Studio):
    """The server, on a free port unless told otherwise. `keys` are those that may write."""

    def __init__(
        self,
        *,
        contacts: int = 60,
        jobs: int | None = None,
        seed: int = 1,
        host: str = "127.0.0.1",
        port: int = 0,
        keep: int = 10_000,
    ) -> None:
        super().__init__(
            contacts=contacts, jobs=contacts // 2 if jobs is None else jobs, seed=seed, faults=Faults()
        )
        self.host = host
        self.port = port
        self.keys = {KEY}
        self.read_only_keys = {READ_ONLY_KEY}
        self.requests: deque[Received] = deque(maxlen=keep)
        self.count = 0
        self.per_path: Counter[str] = Counter()
        self.per_second: Counter[int] = Counter()
        self.holding = asyncio.Event()
        """Set once a write is stored that will not be answered."""
        self.released = asyncio.Event()
        """Writes that are not answered end once it is set."""

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}{_BELOW}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._entered], client_max_size=2**24)
        app.router.add_get("/_received", self._report)
        Controls(self).add_to(app)
        app.router.add_get(f"{_BELOW}/studio/me", self._me)
        app.router.add_get(f"{_BELOW}/{{name}}", self._list)
        app.router.add_post(f"{_BELOW}/{{name}}", self._create)
        app.router.add_route("*", f"{_BELOW}/{{name}}/{{id}}", self._one)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, reuse_address=True).start()
        self.port = cast("tuple[str, int]", self._runner.addresses[0])[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.released.set()
        await self._runner.cleanup()

    # What the API does

    @web.middleware
    async def _entered(self, request: web.Request, handler: Answering) -> web.StreamResponse:
        if request.path.startswith("/_"):
            return await handler(request)
        await self._keep(request)
        if self.faults.slow:
            await asyncio.sleep(self.faults.slow)
        refused = self._refusal(request)
        if refused is not None:
            return refused
        try:
            return await handler(request)
        except Refused as error:
            body = {"type": "validation-error", "title": "Validation Error", "detail": error.detail}
            return answer({**body, "status": HTTPStatus.BAD_REQUEST}, HTTPStatus.BAD_REQUEST)
        except web.HTTPException as error:
            return problem(HTTPStatus(error.status))

    async def _keep(self, request: web.Request) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = dict(parse_qsl(request.query_string, keep_blank_values=True))
        path, now = request.path.removeprefix(_BELOW), time.time()
        self.requests.append(Received(request.method, path, query, headers, await request.read(), now))
        self.count += 1
        self.per_path[path] += 1
        self.per_second[int(now)] += 1

    def _refusal(self, request: web.Request) -> web.Response | None:
        """The answer to a key that is not let in, that may not write, or that asks too often; None for all others."""
        given = request.headers.get("X-API-KEY") or request.headers.get("Authorization", "").removeprefix(
            "Bearer "
        )
        writes = request.method not in ("GET", "HEAD")
        if self.faults.unauthorized or given not in self.keys | self.read_only_keys:
            return problem(HTTPStatus.UNAUTHORIZED, f"The API key {given} is missing or invalid.")
        if writes and given in self.read_only_keys:
            return problem(HTTPStatus.FORBIDDEN, "This API key is read-only.")
        if self.faults.refuses():
            wait = {"Retry-After": str(self.faults.retry_after)}
            return problem(HTTPStatus.TOO_MANY_REQUESTS, "Exceeded request quota.", "quota-limit", wait)
        return None

    async def _report(self, _: web.Request) -> web.Response:
        rows = [{"method": one.method, "path": one.path, "query": one.query} for one in self.requests]
        return answer({"count": self.count, "per_path": dict(self.per_path), "received": rows})

    async def _me(self, _: web.Request) -> web.Response:
        return answer({"id": "01h35ccwymj5ctckp8px1azhg6", "name": "Aperture & Ivy", "currencyCode": "EUR"})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        path = _path(request)
        page, size = _number(request, "page", 1), _number(request, "pageSize", 100)
        if page < 1 or size not in _SIZES:
            raise Refused({"pageSize": "must be 10 to 100"} if page > 0 else {"page": "must be 1 or more"})
        if self.faults.fails(page):
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong.")
        listed = self._listed(path, request.query, page, size)
        total = listed.total + self.faults.total_off_by if self.faults.total_off_by else None
        body = listed.body(f"{path[1:].replace('-', '')}-collection", total=total)
        if page == self.faults.after_page:
            self._move(path, request.query, listed)
        if self.faults.cuts(page):
            return await cut(request, body)
        return answer(body)

    def _listed(self, path: str, query: object, page: int, size: int) -> Listed:
        given = cast("dict[str, str]", query)
        if path in _WHOLE:
            size = max(1, len(self.collections[path].rows))
        listed = self.collections[path].listed(
            sort=given.get("sortBy", "id"),
            page=page,
            size=size,
            hidden=given.get("includeHidden") == "true",
            closed=given.get("includeClosed") == "true",
            only=_only(path, given),
        )
        ended = 0 < self.faults.ends_after < page or (self.faults.empty_first_page and page == 1)
        return Listed([], listed.total, page, size) if ended else listed

    def _move(self, path: str, query: object, listed: Listed) -> None:
        """What happens between this page and the next one."""
        self.faults.after_page = 0
        following = self._listed(path, query, listed.page + 1, listed.size)
        if self.faults.happening == "delete":
            self.delete(listed.rows[0].id)
        elif following.rows:
            self.edit(following.rows[0].id)

    async def _create(self, request: web.Request) -> web.Response:
        path, sent = _path(request), cast("JsonValue", await request.json())
        if not isinstance(sent, dict):
            raise Refused({"body": "must be an object"})
        self._check_refused({}, sent)
        document_id = self.create(path, self._kept(sent, {}))
        return await self._stored(document_id, HTTPStatus.CREATED)

    async def _one(self, request: web.Request) -> web.Response:
        path, document_id = _path(request), request.match_info["id"]
        before = self.find(path, document_id)
        if before is None:
            raise web.HTTPNotFound
        if request.method == "DELETE":
            self.delete(document_id)
            return web.Response(status=HTTPStatus.NO_CONTENT)
        if request.method == "PUT":
            sent = cast("JsonValue", await request.json())
            if not isinstance(sent, dict):
                raise Refused({"body": "must be an object"})
            self._check_refused(before, sent)
            self.replace(path, document_id, self._kept(sent, before))
            return await self._stored(document_id, HTTPStatus.OK)
        if self.faults.edited_after_get:
            changes, self.faults.edited_after_get = self.faults.edited_after_get, {}
            self.change(document_id, changes)
        return answer(before)

    async def _stored(self, document_id: str, status: HTTPStatus) -> web.Response:
        failed = await self.faults.stored(self.holding, self.released)
        return problem(HTTPStatus(failed)) if failed else answer(self.document(document_id), status)

    def _check_refused(self, before: Document, sent: Document) -> None:
        name = self.faults.refused_field
        if name and sent.get(name) != before.get(name):
            raise Refused({name: "is not accepted"})

    def _kept(self, sent: Document, before: Document) -> Document:
        """Without what this API is to lose."""
        return {**sent, **{name: before.get(name) for name in self.faults.drops}}


def _path(request: web.Request) -> str:
    path = f"/{request.match_info['name']}"
    if path not in store.PATHS:
        raise web.HTTPNotFound
    return path


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdecimal():
        raise Refused({name: "must be a number"})
    return int(text)


def _only(path: str, query: dict[str, str]) -> Callable[[Row], bool] | None:
    """What the query's filters let through; None when it has none."""
    given = {name: query[name] for name in _FILTERS.get(path, ()) if query.get(name)}
    if not given:
        return None
    if "email" in given:
        # It ranks by likeness: what it finds need not have this address.
        part = given["email"].lower().partition("@")[0]
        return lambda row: any(part in one for one in row.email)

    def fits(row: Row) -> bool:
        document = row.document(full=False)
        mapped = given.get("externalMappingId")
        held = cast("list[dict[str, str]]", document.get("externalMappings") or [])
        if mapped is not None and all(one["id"] != mapped for one in held):
            return False
        applies = given.get("canApplyTo")
        if applies is not None and str(document["canApplyTo"]).lower() != applies:
            return False
        return all(document.get(name) == given[name] for name in ("jobId", "contactId") if name in given)

    return fits
