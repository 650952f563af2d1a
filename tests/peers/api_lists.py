"""Lists in pages for tests.peers.api: by number, by cursor and by link, and lists that never end as they should."""

import asyncio
from collections.abc import Callable

from aiohttp import web

Item = dict[str, object]


class Lists:
    """The routes, each below `/{scheme}`. `rows` gives the items as they are at the time."""

    def __init__(self, rows: Callable[[], list[Item]]) -> None:
        self._all = rows

    def add_to(self, app: web.Application) -> None:
        handlers = {
            "pages": self._pages,
            "pages-endless": self._pages_endless,
            "pages-stuck": self._pages_stuck,
            "pages-slow": self._pages_slow,
            "pages-wide": self._pages_wide,
            "pages-failing": self._pages_failing,
            "pages-strict": self._pages_strict,
            "cursor": self._cursor,
            "cursor-endless": self._cursor_endless,
            "cursor-stuck": self._cursor_stuck,
            "links": self._links,
            "links-elsewhere": self._links_elsewhere,
            "links-upward": self._links_upward,
            "links-loop": self._links_loop,
            "links-climbing": self._links_climbing,
        }
        for name, handler in handlers.items():
            app.router.add_get(f"/{{scheme}}/{name}", handler)

    def _rows(self, page: int, size: int) -> list[Item]:
        return self._all()[(page - 1) * size : page * size]

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
        more = page * size < len(self._all())
        meta = {"next": f"c{page + 1}" if more else None}
        return web.json_response({"items": self._rows(page, size), "meta": meta})

    async def _cursor_endless(self, request: web.Request) -> web.Response:
        page = int(request.query.get("cursor", "c1")[1:])
        return web.json_response({"items": [{"id": page}], "meta": {"next": f"c{page + 1}"}})

    async def _cursor_stuck(self, _: web.Request) -> web.Response:
        return web.json_response({"items": [{"id": 1}], "meta": {"next": "c1"}})

    async def _links(self, request: web.Request) -> web.Response:
        page, size = int(request.query.get("page", "1")), int(request.query.get("per_page", "10"))
        here = f"{_origin(request)}{request.path}"
        links = [f'<{here}?page=1&per_page={size}>; rel="first"']
        if page * size < len(self._all()):
            links.insert(0, f'<{here}?page={page + 1}&per_page={size}>; title="a, b"; rel="next"')
        return web.json_response(self._rows(page, size), headers={"Link": ", ".join(links)})

    async def _links_elsewhere(self, request: web.Request) -> web.Response:
        return _linking(f"http://127.0.0.2:{request.url.port}/open/links?page=2")

    async def _links_upward(self, request: web.Request) -> web.Response:
        return _linking(f"{_origin(request)}/elsewhere?page=2")

    async def _links_loop(self, request: web.Request) -> web.Response:
        return _linking(f"{_origin(request)}{request.path}")

    async def _links_climbing(self, request: web.Request) -> web.Response:
        return _linking(f"{_origin(request)}/open/%2e%2e/%252e%252e/admin")


def _origin(request: web.Request) -> str:
    return str(request.url.origin())


def _linking(url: str) -> web.Response:
    return web.json_response([{"id": 1}], headers={"Link": f'<{url}>; rel="next"'})
