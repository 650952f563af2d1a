"""A REST API to connect to: items behind every kind of authentication, lists in pages, and the faults of its trade.

In a test: `async with Api() as api:` with `api.base("bearer")` as the base URL; `api.requests` is what arrived. As a
program: `python -m tests.peers.api --port 9100`, and `GET /_received` for what arrived. Below the base of each scheme
of `SCHEMES` lie `/items`, `/items/{id}`, `/echo/…` (which answers what it was sent), `/pages`, `/cursor`, `/links` and
their bad siblings, and `/faults/{name}`. A wrong key is answered 401, with the key it got.
"""

import argparse
import asyncio
import base64
import gzip
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
        """`/faults/held` answers once it is set."""
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
        app.router.add_get("/{scheme}/pages", self._pages)
        app.router.add_get("/{scheme}/pages-endless", self._pages_endless)
        app.router.add_get("/{scheme}/pages-stuck", self._pages_stuck)
        app.router.add_get("/{scheme}/pages-slow", self._pages_slow)
        app.router.add_get("/{scheme}/pages-wide", self._pages_wide)
        app.router.add_get("/{scheme}/pages-failing", self._pages_failing)
        app.router.add_get("/{scheme}/pages-strict", self._pages_strict)
        app.router.add_get("/{scheme}/cursor", self._cursor)
        app.router.add_get("/{scheme}/cursor-endless", self._cursor_endless)
        app.router.add_get("/{scheme}/cursor-stuck", self._cursor_stuck)
        app.router.add_get("/{scheme}/links", self._links)
        app.router.add_get("/{scheme}/links-elsewhere", self._links_elsewhere)
        app.router.add_get("/{scheme}/links-upward", self._links_upward)
        app.router.add_get("/{scheme}/links-loop", self._links_loop)
        app.router.add_get("/{scheme}/links-climbing", self._links_climbing)
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

    def _rows(self, page: int, size: int) -> list[dict[str, object]]:
        return list(self._items.values())[(page - 1) * size : page * size]

    async def _pages(self, request: web.Request) -> web.Response:
        page, size = int(request.query.get("page", "1")), int(request.query.get("per_page", "10"))
        return web.json_response({"items": self._rows(page, size), "page": page})

    async def _pages_endless(self, request: web.Request) -> web.Response:
        page = int(request.query.get("page", "1"))
        return web.json_response({"items": [{"id": page * 10 + n} for n in range(10)]})

    async def _pages_stuck(self, _: web.Request) -> web.Response:
        return web.json_response({"items": self._rows(1, 10)})

    async def _pages_slow(self, request: web.Request) -> web.Response:
        await asyncio.sleep(0.4)
        return await self._pages_endless(request)

    async def _pages_wide(self, request: web.Request) -> web.Response:
        return web.json_response({"items": [{"id": request.query["page"], "text": "x" * 40_960}]})

    async def _pages_failing(self, request: web.Request) -> web.Response:
        if request.query["page"] == "3":
            return web.json_response({"error": "No page 3."}, status=500)
        return await self._pages(request)

    async def _pages_strict(self, request: web.Request) -> web.Response:
        page, size = int(request.query["page"]), int(request.query["per_page"])
        if not self._rows(page, size):
            return web.json_response({"error": "Invalid page."}, status=404)
        return await self._pages(request)

    async def _cursor(self, request: web.Request) -> web.Response:
        page, size = int(request.query.get("cursor", "c1")[1:]), int(request.query.get("limit", "10"))
        more = page * size < len(self._items)
        meta = {"next": f"c{page + 1}" if more else None}
        return web.json_response({"items": self._rows(page, size), "meta": meta})

    async def _cursor_endless(self, request: web.Request) -> web.Response:
        page = int(request.query.get("cursor", "c1")[1:])
        return web.json_response({"items": [{"id": page}], "meta": {"next": f"c{page + 1}"}})

    async def _cursor_stuck(self, _: web.Request) -> web.Response:
        return web.json_response({"items": [{"id": 1}], "meta": {"next": "c1"}})

    async def _links(self, request: web.Request) -> web.Response:
        page, size = int(request.query.get("page", "1")), int(request.query.get("per_page", "10"))
        here = f"{self.url}{request.path}"
        links = [f'<{here}?page=1&per_page={size}>; rel="first"']
        if page * size < len(self._items):
            links.insert(0, f'<{here}?page={page + 1}&per_page={size}>; title="a, b"; rel="next"')
        return web.json_response(self._rows(page, size), headers={"Link": ", ".join(links)})

    async def _links_elsewhere(self, _: web.Request) -> web.Response:
        return _linking(f"http://127.0.0.2:{self.port}/open/links?page=2")

    async def _links_upward(self, _: web.Request) -> web.Response:
        return _linking(f"{self.url}/elsewhere?page=2")

    async def _links_loop(self, request: web.Request) -> web.Response:
        return _linking(f"{self.url}{request.path}")

    async def _links_climbing(self, _: web.Request) -> web.Response:
        return _linking(f"{self.url}/open/%2e%2e/%252e%252e/admin")

    async def _fault(self, request: web.Request) -> web.StreamResponse:
        match request.match_info["name"]:
            case "slow":
                await asyncio.sleep(30)
            case "held" | "held-forbidden":
                await self.released.wait()
            case "cut":
                return await _cut(request)
            case "large":
                return web.Response(body=b'"' + b"x" * 20_000_000 + b'"', content_type="application/json")
            case _:
                pass
        return _fault_of(request)


def _linking(url: str) -> web.Response:
    return web.json_response([{"id": 1}], headers={"Link": f'<{url}>; rel="next"'})


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


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"begun": ')
    assert request.transport is not None
    request.transport.abort()
    return response


def _fault_of(request: web.Request) -> web.Response:
    """The answers that are bad, and complete."""
    text, kind, json_type = request.headers.get("Authorization", ""), "text/plain", "application/json"
    answers: dict[str, web.Response] = {
        "busy": web.json_response({"error": "Slow down."}, status=429, headers={"Retry-After": "7"}),
        "broken": web.Response(status=500, body=b"The API has a bad day.", content_type=kind),
        "forbidden": web.json_response({"error": "Not with this key."}, status=403),
        "held-forbidden": web.json_response({"error": "Not any more."}, status=403),
        "wordy": web.Response(status=400, text=f"{'no ' * 62}{text} {request.raw_path}"),
        "limited": web.json_response({}, status=403, headers={"X-RateLimit-Remaining": "0"}),
        "nested": web.Response(body=b"[" * 200 + b"]" * 200, content_type=json_type),
        "brotli": web.Response(body=b"x", headers={"Content-Type": json_type, "Content-Encoding": "br"}),
        "bomb": web.Response(
            body=gzip.compress(bytes(10_000_000)),
            headers={"Content-Type": json_type, "Content-Encoding": "gzip"},
        ),
        "invalid-echo": web.Response(body=f"{{{text} {request.raw_path}".encode(), content_type=json_type),
        "invalid-json": web.Response(body=b'{"items": [1, 2', content_type=json_type),
        "nan": web.Response(body=b'{"value": NaN}', content_type=json_type),
        "deep": web.Response(body=b"[" * 200_000 + b"]" * 200_000, content_type=json_type),
        "latin": web.Response(
            body="Grüße".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"}
        ),
        "utf16": web.Response(
            body='{"word": "Grüße"}'.encode("utf-16"),
            headers={"Content-Type": f"{json_type}; charset=utf-16"},
        ),
        "odd-charset": web.Response(
            body=b'{"word": "ok"}', headers={"Content-Type": f"{json_type}; charset=klingon"}
        ),
        "problem": web.Response(body=b'{"title": "No"}', content_type="application/problem+json"),
        "gzip": web.Response(
            body=gzip.compress(b'{"plain": true}'),
            headers={"Content-Type": json_type, "Content-Encoding": "gzip"},
        ),
        "empty": web.Response(status=204),
        "binary": web.Response(body=bytes(range(256)), content_type="image/png"),
        "nul": web.json_response({"text": "a\x00b"}),
        "elsewhere": web.Response(
            status=302, headers={"Location": "https://login.example.com/start?token=abc"}
        ),
        "echo-headers": web.json_response({}, headers={"X-Echo": text, "X-Long": "y" * 5000}),
    }
    return answers.get(request.match_info["name"], web.json_response({"ok": True}))


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
