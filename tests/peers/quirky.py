"""A provider with quirks: answers its token, account and revocation addresses with what a test sets, and keeps what came."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web


@dataclass
class Came:
    """One request as it arrived; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Raw:
    """A body as it is. One that `breaks_off` is announced to be longer."""

    body: bytes
    content_type: str = "application/json"
    breaks_off: bool = False


@dataclass
class Quirky:
    """`answers` by path: a status and a document. `came` holds every request.

    A path in `gates` answers once its event is set.
    """

    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)
    url: str = ""
    _runner: Any = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def wait_for(self, path: str) -> Came:
        """The first request to this path, once it has arrived."""
        async with asyncio.timeout(10):
            while True:
                for one in self.came:
                    if one.path == path:
                        return one
                await asyncio.sleep(0.01)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        self.came.append(
            Came(
                request.method,
                request.path,
                {name.lower(): value for name, value in request.headers.items()},
                body,
            )
        )
        if request.path in self.gates:
            await self.gates[request.path].wait()
        status, document = self.answers.get(request.path, (404, {}))
        if isinstance(document, Raw):
            return await _raw(request, status, document)
        if isinstance(document, str):
            return web.Response(
                status=status, text=document, content_type="application/x-www-form-urlencoded"
            )
        return web.Response(status=status, text=json.dumps(document), content_type="application/json")


async def _raw(request: web.Request, status: int, raw: Raw) -> web.StreamResponse:
    if not raw.breaks_off:
        return web.Response(status=status, body=raw.body, headers={"content-type": raw.content_type})
    headers = {"content-type": raw.content_type, "content-length": str(len(raw.body) + 1000)}
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(request)
    await response.write(raw.body)
    assert request.transport is not None
    request.transport.close()
    return response
