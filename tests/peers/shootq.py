"""A ShootQ as the plug-ins of websites know it: leads go in, and nothing comes out.

Its oddities: the key stands in the document, dates are in the American order, a lead without an email address is refused, and the same
lead twice makes two. `loses`: a lead is taken, and the answer to it never arrives.
"""

import re
from typing import Any, Self

from aiohttp import web

BRAND, KEY = "bloom", "21ebf7b8-cdac-11df-9acf-001b24786824"
_DATE = re.compile(r"\d{2}/\d{2}/\d{4}")


class ShootQ:
    def __init__(self) -> None:
        self.leads: list[dict[str, Any]] = []
        self.loses = False
        self.port = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def entered(self) -> dict[str, str]:
        return {"brand": BRAND, "api_key": KEY, "base_url": self.base}

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/api/{brand}/leads", self._take)
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        given: dict[str, Any] = await request.json()
        if request.match_info["brand"] != BRAND or given.pop("api_key", "") != KEY:
            return web.json_response({"error": "Invalid API key"}, status=401)
        contact, event = given.get("contact", {}), given.get("event", {})
        if not contact.get("first_name") or not contact.get("emails") or not event.get("type"):
            return web.json_response({"error": "first_name, emails and type are required"}, status=400)
        if "date" in event and not _DATE.fullmatch(event["date"]):
            return web.json_response({"error": "date must be mm/dd/yyyy"}, status=400)
        self.leads.append(given)
        if self.loses:
            self.loses = False
            if request.transport is not None:
                request.transport.abort()
        return web.json_response({"status": "ok"})
