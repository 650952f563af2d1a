"""What goes wrong with the PSAs that are played, and what the conformance suite wants of each of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Self, cast

from aiohttp import web

from tests.peers.psa_counterpart import Break, Trouble

MANY = 10_000
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Played:
    """A PSA on a free port of this machine. It says by `refuses` who is not let in, by `is_write` and `is_time` what is stored."""

    def __init__(self) -> None:
        self.port = 0
        self.busy, self.fails, self.gateway = 0, 0, 0
        self.retry_after = "1"
        self.forbidden = self.down = self.expired = self.ignores = False
        self.breaking = ""
        self.released = asyncio.Event()
        self.calls: list[tuple[str, str]] = []

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def routes(self, router: web.UrlDispatcher) -> None:
        raise NotImplementedError

    def is_let_in(self, request: web.Request) -> bool:
        raise NotImplementedError

    def refusal(self) -> web.Response:
        return web.json_response({"error": "unauthorized"}, status=401)

    def is_note(self, request: web.Request) -> bool:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._entered])
        self.routes(app.router)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = cast("tuple[str, int]", self._runner.addresses[0])[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.released.set()
        await self._runner.cleanup()

    @web.middleware
    async def _entered(self, request: web.Request, handler: Answering) -> web.StreamResponse:
        self.calls.append((request.method, request.path))
        refused = self._refused(request)
        if refused is not None:
            return refused
        try:
            answer = await handler(request)
        except web.HTTPException as error:
            return web.json_response({"message": error.reason}, status=error.status)
        return await self._broken(request, answer)

    def _refused(self, request: web.Request) -> web.StreamResponse | None:
        """What is answered before anything is looked at; None when that may be done."""
        found: web.StreamResponse | None = None
        if self.down:
            found = _aborted(request)
        elif self.busy:
            self.busy -= 1
            wait = {"Retry-After": self.retry_after}
            found = web.json_response({"message": "slow down"}, status=429, headers=wait)
        elif self.fails:
            self.fails -= 1
            found = web.json_response({"message": "an error occurred"}, status=500)
        elif self.gateway:
            found = web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        elif not self.is_let_in(request):
            found = self.refusal()
        elif self.forbidden:
            found = web.json_response({"message": "no access"}, status=403)
        return found

    async def _broken(self, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
        if not self.breaking or not self.is_note(request):
            return answer
        how, self.breaking = self.breaking, ""
        if how == "502":
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        if how == "silent":
            await self.released.wait()
        return _aborted(request)

    # What the suite wants

    def trouble(self, what: Trouble) -> None:
        match what:
            case "busy":
                self.busy = 2
            case "too_busy":
                self.busy, self.retry_after = MANY, "7"
            case "failing":
                self.fails = 2
            case "broken":
                self.gateway = 1
            case "forbidden":
                self.forbidden = True
            case "down":
                self.down = True
            case "refusing":
                self.expired = True

    def breaks(self, how: Break, *, at: Literal["notes", "time"] = "notes") -> None:
        assert at == "notes"
        self.breaking = how

    def ignores_status(self) -> None:
        self.ignores = True

    def minutes(self, ticket: str) -> list[int]:
        raise NotImplementedError(f"no time is entered on {ticket}")


def _aborted(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def answer(body: Any) -> web.Response:
    return web.json_response(body)
