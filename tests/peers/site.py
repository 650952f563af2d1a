"""A site with and without an API: `/api/items` in pages behind a bearer token, and pages for people behind a form and cookies.
In a test: `async with Site() as site:`; `site.requests` is what arrived.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self, cast

from aiohttp import web

TOKEN = "site_token_4f1c9a7e"
SESSION = "session-81c2f0d94be7"
_ITEMS = 7
_ON_A_PAGE = 3
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: dict[str, str]
    at: float
    connection: int
    """Which of the connections it came over."""


class Site:
    """The server, on a free port. The next answers are those of `faults`: status and headers."""

    def __init__(self, *, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = 0
        self.faults: list[tuple[int, dict[str, str]]] = []
        self.cookies: list[str] = [f"session={SESSION}; Path=/; HttpOnly"]
        """What signing in sets, as `Set-Cookie` headers."""
        self.requests: list[Received] = []

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._entered])
        app.router.add_get("/api/items", self._items)
        app.router.add_post("/sign-in", self._sign_in)
        app.router.add_get("/{page:.*}", self._page)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, 0).start()
        self.port = cast("tuple[str, int]", self._runner.addresses[0])[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @web.middleware
    async def _entered(self, request: web.Request, handler: Answering) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Received(request.path, headers, time.time(), id(request.transport)))
        await asyncio.sleep(0)
        if self.faults:
            status, sent = self.faults.pop(0)
            return web.json_response({"error": "Not now."}, status=status, headers=sent)
        return await handler(request)

    async def _items(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "Sign in."}, status=401)
        page = int(request.query.get("page", "1"))
        first = (page - 1) * _ON_A_PAGE
        return web.json_response([{"id": n} for n in range(first, min(first + _ON_A_PAGE, _ITEMS))])

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("password") != TOKEN:
            return web.Response(status=200, text="Try again", content_type="text/html")
        answer = web.Response(status=302, headers={"Location": "/"})
        for one in self.cookies:
            answer.headers.add("Set-Cookie", one)
        return answer

    async def _page(self, request: web.Request) -> web.Response:
        if request.cookies.get("session") != SESSION:
            return web.Response(status=403, text="Who are you?")
        return web.json_response({"cookies": dict(request.cookies)})
