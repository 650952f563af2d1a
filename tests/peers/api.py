"""A REST API to connect to: items behind every kind of authentication, lists in pages, and the faults of its trade.

In a test: `async with Api() as api:` with `api.base("bearer")` as the base URL; `api.requests` is what arrived. As a
program: `python -m tests.peers.api --port 9100`, and `GET /_received` for what arrived. Below the base of each scheme
of `SCHEMES` lie `/items`, `/items/{id}`, `/echo/…` (which answers what it was sent), `/pages`, `/cursor`, `/links` and
their bad siblings, and `/faults/{name}`. A wrong key is answered 401, with the key it got.
"""

import argparse
import asyncio
import base64
import itertools
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self, cast
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import CIMultiDictProxy

from tests.peers import api_faults, api_lists

SCHEMES = ("open", "bearer", "prefixed", "raw", "query", "basic")
KEY = 'key_local/7h&3 s3cr3t+0f=the"api'
LOGIN = ("ada", "pass wörd/1815")
_ITEMS = 25
_log = logging.getLogger(__name__)
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived: `path` as it was written, without the query. Header names are lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


class Api:
    """The server, on a free port unless told otherwise. `key` and `login` are what it lets in; both may change."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, keep: int = 10_000) -> None:
        self.host = host
        self.port = port
        self.key = KEY
        self.login = LOGIN
        self.requests: deque[Received] = deque(maxlen=keep)
        self.count = 0
        self.released = asyncio.Event()
        """`/faults/held` answers once it is set, and so does `/faults/held-list`, an endless list in pages."""
        self._items: dict[int, dict[str, object]] = {
            n: {"id": n, "name": f"Item {n}"} for n in range(1, _ITEMS + 1)
        }
        self._ids = itertools.count(_ITEMS + 1)
        self._arrived = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def base(self, scheme: str = "open") -> str:
        """The base URL under which this kind of authentication is asked for."""
        return f"{self.url}/{scheme}"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._app(), handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        self.port = cast("tuple[str, int]", self._runner.addresses[0])[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.released.set()
        await self._runner.cleanup()

    async def wait_for(self, count: int, *, within: float = 10) -> None:
        """Until `count` requests have arrived; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(lambda: self.count >= count)

    def _app(self) -> web.Application:
        app = web.Application(
            middlewares=[self._entered], client_max_size=2**26, handler_args={"max_field_size": 65_536}
        )
        app.router.add_get("/_received", self._report)
        app.router.add_get("/{scheme}/items", self._list)
        app.router.add_post("/{scheme}/items", self._create)
        app.router.add_route("*", "/{scheme}/items/{id:[0-9]+}", self._one)
        api_lists.Lists(lambda: list(self._items.values())).add_to(app)
        app.router.add_route("*", "/{scheme}/faults/{name}", self._fault)
        app.router.add_route("*", "/{scheme}/echo{rest:.*}", _echo)
        return app

    @web.middleware
    async def _entered(self, request: web.Request, handler: Answering) -> web.StreamResponse:
        if request.path == "/_received":
            return await handler(request)
        await self._keep(request)
        got = self._refused(request)
        if got is None:
            return await handler(request)
        _log.info("%s %s: 401", request.method, request.raw_path)
        return web.json_response({"error": "This key is not valid.", "got": got}, status=401)

    async def _keep(self, request: web.Request) -> None:
        path, _, query = request.raw_path.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        pairs = parse_qsl(query, keep_blank_values=True)
        self.requests.append(Received(request.method, path, pairs, headers, await request.read()))
        async with self._arrived:
            self.count += 1
            self._arrived.notify_all()

    def _refused(self, request: web.Request) -> str | None:
        """What came in place of the key that the scheme asks for; None when it is right."""
        name, headers = request.path.split("/")[1], request.headers
        coded = base64.b64encode(":".join(self.login).encode()).decode()
        wanted, got = {
            "open": ("", ""),
            "bearer": (f"Bearer {self.key}", headers.get("Authorization", "")),
            "prefixed": (f"Key {self.key}", headers.get("X-Api-Key", "")),
            "raw": (self.key, headers.get("X-Api-Key", "")),
            "query": (self.key, request.query.get("api_key", "")),
            "basic": (f"Basic {coded}", headers.get("Authorization", "")),
        }.get(name, ("a known scheme", name))
        return None if got == wanted else got

    async def _report(self, _: web.Request) -> web.Response:
        rows = [{"method": one.method, "path": one.path, "query": one.query} for one in self.requests]
        return web.json_response({"count": self.count, "received": rows})

    async def _list(self, request: web.Request) -> web.Response:
        words = request.query.get("q", "").lower()
        limit = int(request.query.get("limit", "100"))
        found = [one for one in self._items.values() if words in str(one["name"]).lower()]
        return web.json_response({"data": found[:limit], "total": len(found)})

    async def _create(self, request: web.Request) -> web.Response:
        item: dict[str, object] = {**await request.json(), "id": next(self._ids)}
        self._items[cast("int", item["id"])] = item
        return web.json_response(item, status=201)

    async def _one(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        if number not in self._items:
            return web.json_response({"error": "No such item."}, status=404)
        if request.method == "DELETE":
            del self._items[number]
            return web.Response(status=204)
        if request.method in ("PUT", "PATCH"):
            kept = self._items[number] if request.method == "PATCH" else {}
            self._items[number] = {**kept, **await request.json(), "id": number}
        return web.json_response(self._items[number])

    async def _fault(self, request: web.Request) -> web.StreamResponse:
        return await api_faults.answer(request, self.released)


async def _echo(request: web.Request) -> web.Response:
    """What was sent, as JSON; what is in `?header=` comes back as a header too."""
    path, _, query = request.raw_path.partition("?")
    body = await request.read()
    sent = {
        "method": request.method,
        "path": path,
        "query": parse_qsl(query, keep_blank_values=True),
        "headers": _lower(request.headers),
        "body": body.decode(errors="replace"),
    }
    return web.json_response(sent, headers={"X-Echo-Url": request.raw_path})


def _lower(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def _serve(api: Api) -> None:
    async with api:
        _log.info("An API on %s: %s", api.url, " ".join(f"/{one}" for one in SCHEMES))
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A REST API for trying Hub's connectors out.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9100)
    parser.add_argument("--key", default=KEY, help="the API key and the bearer token that are let in")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    api = Api(host=given.host, port=given.port)
    api.key = given.key
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(api))


if __name__ == "__main__":
    main()
