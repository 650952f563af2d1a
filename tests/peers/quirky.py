"""A provider with quirks: answers its token, account and revocation addresses with what a test sets, and keeps what came."""

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


@dataclass
class Quirky:
    """`answers` by path: a status and a document. `came` holds every request."""

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

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.came.append(
            Came(
                request.method,
                request.path,
                {name.lower(): value for name, value in request.headers.items()},
                body,
            )
        )
        status, document = self.answers.get(request.path, (404, {}))
        if isinstance(document, str):
            return web.Response(
                status=status, text=document, content_type="application/x-www-form-urlencoded"
            )
        return web.Response(status=status, text=json.dumps(document), content_type="application/json")
