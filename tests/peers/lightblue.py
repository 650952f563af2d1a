"""A Light Blue that is pages alone: a sign-in form with a token against forgery, a cookie for the session, lists, details.

Its oddities: a session that ends in the middle of a list, pages whose classes change, an empty list that says so, Latin-1, pages of
many megabytes, links to other hosts. `python -m tests.peers.lightblue` plays it for the demo.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import secrets
import sys
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

from aiohttp import web
from pydantic import JsonValue

from tests.peers.counterpart import Answering, Key, ServerCounterpart

USER = "studio"
_KEYS: dict[Key, str] = {"right": "Blue-sky-7141", "read_only": "Read-only-2210", "wrong": "Not-this-one-1"}
ENQUIRY_KEY = "lb-form-90c2e1"
_PAGE = 8
Record = dict[str, str]


class Counterpart(ServerCounterpart):
    main = "clients"
    keys = _KEYS
    half = b"<!doctype html><html><body><table class='clients'><tbody><tr><td class='name'>"

    def __init__(self, records: int, *, shared: Sequence[Record] = (), page: int = _PAGE) -> None:
        super().__init__(records)
        self.values: dict[str, JsonValue] = {}
        self.changes: dict[str, JsonValue] = {}
        self._page = page
        self._numbers = itertools.count(1001)
        self._tokens: set[str] = set()
        self._sessions: set[str] = set()
        self.enquiries: list[Record] = []
        """What the contact form's API has taken."""
        self.loses = False
        """Whether the next enquiry is taken, and the answer to it never arrives."""
        self.signed_in = 0
        """How often somebody has signed in."""
        self.pages_left: int | None = None
        """How many pages the session of the moment still opens."""
        self.renamed: dict[str, str] = {}
        """Classes that are called otherwise by now."""
        self.charset = "utf-8"
        self.padding = 0
        """So many bytes stand in each list besides."""
        self.never = False
        """Whether no session holds any more."""
        self.raw = ""
        """What stands at the end of every page."""
        self.next_link = ""
        self.detail_link = ""
        self.rows: dict[str, dict[str, Record]] = {"clients": {}, "projects": {}}
        people = [*shared, *(self._client(number) for number in range(records - len(shared)))]
        for number, person in enumerate(people):
            one = self.put("clients", person)
            self.put("projects", self._project(number, person, one))

    def _client(self, number: int) -> Record:
        return {
            "name": f"Robin Example{number}",
            "first_name": "Robin",
            "last_name": f"Example{number}",
            "email": f"robin{number}@example.org",
            "phone": f"+44 7400 1{number:05}",
            "company": f"Studio {number}" if number % 3 == 0 else "",
            "address": "1 High Street\nYork",
            "source": "Wedding fair",
            "notes": "Likes daylight <b>& dogs",
        }

    def _project(self, number: int, person: Record, client: str) -> Record:
        return {
            "name": f"Wedding of {person['name']}",
            "client": client,
            "type": "Wedding",
            "status": ("Enquiry", "Booked", "Done")[number % 3],
            "date": "2027-06-24",
            "venue": "The Old Mill",
            "value": "2,450.00",
            "notes": "Two photographers",
        }

    # What the conformance suite does

    def entered(self, key: Key = "right") -> dict[str, str]:
        return {"base_url": self.base, "username": USER, "password": _KEYS[key]}

    def ids(self, resource: str) -> list[str]:
        return list(self.rows[resource])

    def add(self) -> str:
        return self.put("clients", {**self._client(99), "name": "Ines Costa"})

    def edit(self, external_id: str, **changes: str) -> None:
        row = self.rows["clients"][external_id]
        self.rows["clients"][external_id] = {**row, **(changes or {"notes": f"Changed {len(self._arrived)}"})}

    def delete(self, external_id: str) -> None:
        del self.rows["clients"][external_id]

    def same_second(self, count: int) -> list[str]:
        ids = self.ids("clients")[:count]
        for one in ids:
            self.edit(one, notes=f"Tied {one}")
        return ids

    def put(self, kind: str, row: Record) -> str:
        number = str(next(self._numbers))
        self.rows[kind][number] = row
        return number

    def end_sessions(self) -> None:
        self._sessions.clear()

    # The pages

    def routes(self) -> list[web.RouteDef]:
        kinds = "{kind:clients|projects}"
        return [
            web.get("/login", self._login),
            web.post("/login", self._sign_in),
            web.get("/account", self._account),
            web.get(f"/{kinds}", self._list),
            web.get(f"/{kinds}/{{id:[0-9]+}}", self._detail),
            web.post("/_people", self._do),
            web.post("/api.php", self._enquiry),
            web.post("/apiCheck.php", self._check_key),
        ]

    @web.middleware
    async def _entered(self, request: web.Request, handler: Answering) -> web.StreamResponse:
        if request.path == "/_people":
            return await handler(request)
        self._arrived.append(asyncio.get_running_loop().time())
        self.paths.append(request.path)
        if "unauthorized" in self._faults:
            return web.Response(status=401, text="<p>Go away.</p>", content_type="text/html")
        if self._faults:
            return await self._faulty(request)
        if request.path in {"/api.php", "/apiCheck.php"}:
            return await handler(request)
        if request.path != "/login" and not self._is_in(request):
            return web.Response(status=302, headers={"Location": "/login"})
        return await handler(request)

    def _is_in(self, request: web.Request) -> bool:
        if self.pages_left is not None:
            self.pages_left -= 1
            if self.pages_left < 0:
                self.pages_left = None
                self.end_sessions()
        return not self.never and request.cookies.get("session", "") in self._sessions

    async def _check_key(self, request: web.Request) -> web.Response:
        is_known = (await request.post()).get("Key") == ENQUIRY_KEY
        return web.Response(text="0\rOK" if is_known else "-3\rUnknown key", content_type="text/plain")

    async def _enquiry(self, request: web.Request) -> web.Response:
        """The contact form's API: an enquiry that it knows by its ID and source is refused."""
        given = {name: str(value) for name, value in (await request.post()).items()}
        if given.pop("key", "") != ENQUIRY_KEY or given.get("type") != "contact form":
            return web.Response(text="-3\rBad parameters", content_type="text/plain")
        if (given["ID"], given["Source"]) in {(one["ID"], one["Source"]) for one in self.enquiries}:
            return web.Response(text="-4\rDuplicate", content_type="text/plain")
        self.enquiries.append(given)
        if self.loses:
            self.loses = False
            if request.transport is not None:
                request.transport.abort()
        return web.Response(text="0\rOK", content_type="text/plain")

    async def _login(self, _: web.Request) -> web.Response:
        token = secrets.token_hex(8)
        self._tokens.add(token)
        return self._html(
            f'<form id="login" method="post" action="/login"><input type="hidden" name="csrf" value="{token}">'
            '<input name="username"><input type="password" name="password"><button>Sign in</button></form>'
        )

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        known = str(form.get("csrf", "")) in self._tokens
        self._tokens.discard(str(form.get("csrf", "")))
        right = form.get("username") == USER and form.get("password") in (_KEYS["right"], _KEYS["read_only"])
        if not known or not right:
            return await self._login(request)
        session = secrets.token_hex(16)
        self._sessions.add(session)
        self.signed_in += 1
        answer = web.Response(status=302, headers={"Location": "/clients"})
        answer.set_cookie("session", session, httponly=True)
        return answer

    async def _account(self, _: web.Request) -> web.Response:
        return self._html('<p class="studio-name">Blue Barn Photography</p>')

    async def _list(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        number = int(request.query.get("page", "1"))
        ids = list(self.rows[kind])
        begin = (number - 1) * self._page
        if self._moves and len(ids) > begin + self._page:
            self._moves = False
            self.edit(ids[begin + self._page])
        cell = "name" if kind == "clients" else "title"
        rows = "".join(
            f'<tr><td class="{cell}"><a href="{self.detail_link or f"/{kind}/{one}"}">{escape(self.rows[kind][one]["name"])}</a></td></tr>'
            for one in ids[begin : begin + self._page]
        )
        none = "" if ids else '<p class="no-records">Nothing here yet.</p>'
        more = len(ids) > begin + self._page
        link = self.next_link or (f"/{kind}?page={number + 1}" if more else "")
        following = f'<a rel="next" href="{link}">Next</a>' if link else ""
        padding = f"<!--{'x' * self.padding}-->" if self.padding else ""
        return self._html(
            f'<h1>Your {kind}</h1>{none}<table class="{kind}"><tbody>{rows}</tbody></table>{following}{padding}'
        )

    async def _detail(self, request: web.Request) -> web.Response:
        kind, row = (
            request.match_info["kind"],
            self.rows[request.match_info["kind"]].get(request.match_info["id"]),
        )
        if row is None:
            return web.Response(status=404, text="<p>No such page.</p>", content_type="text/html")

        def term(name: str, css: str = "") -> str:
            text = "<br>".join(escape(line) for line in row.get(name, "").split("\n"))
            return f'<dd class="{css or name}">{text}</dd>' if row.get(name) else ""

        notes = f'<section class="notes"><div class="text">{escape(row["notes"])}</div></section>'
        if kind == "clients":
            mail = (
                f'<dd class="email"><a href="mailto:{escape(row["email"])}">{escape(row["email"])}</a></dd>'
            )
            terms = "".join(
                (
                    term("first_name", "first-name"),
                    term("last_name", "last-name"),
                    mail,
                    *(term(name) for name in ("phone", "company", "address", "source")),
                )
            )
            return self._html(f'<h1 class="contact-name">{escape(row["name"])}</h1><dl>{terms}</dl>{notes}')
        client = f'<dd class="client"><a href="/clients/{row["client"]}">Client</a></dd>'
        terms = client + "".join(term(name) for name in ("type", "status", "date", "venue", "value"))
        return self._html(f'<h1 class="shoot-title">{escape(row["name"])}</h1><dl>{terms}</dl>{notes}')

    def _html(self, body: str) -> web.Response:
        for before, after in self.renamed.items():
            body = body.replace(f'"{before}"', f'"{after}"')
        page = (
            f"<!doctype html><html><head><title>Light Blue</title></head><body>{body}{self.raw}</body></html>"
        )
        return web.Response(
            body=page.encode(self.charset, "xmlcharrefreplace"),
            headers={"Content-Type": f"text/html; charset={self.charset}"},
        )

    async def _do(self, request: web.Request) -> web.Response:
        """`{"do": "edit", "id": …, "fields": {…}}`; also add, delete, ids, and expire."""
        given: dict[str, Any] = json.loads(await request.text())
        match given["do"]:
            case "edit":
                self.edit(str(given["id"]), **given["fields"])
            case "add":
                return web.json_response({"id": self.put("clients", {**self._client(0), **given["fields"]})})
            case "delete":
                self.delete(str(given["id"]))
            case "ids":
                return web.json_response({"ids": self.ids("clients")})
            case "expire":
                self.end_sessions()
            case _:
                raise web.HTTPBadRequest
        return web.json_response({"id": given.get("id")})


async def _play(port: int, contacts: int, shared: int) -> None:
    # Only where it is played: the other peer is large.
    from tests.peers.tave import store
    from tests.peers.tave.made import Maker

    rows = [row.document() for row in Maker(1).studio(300, 150)[store.ADDRESS_BOOK].rows.values()]
    mails = Counter(str(one.get("email")).lower() for one in rows)
    people: list[Record] = []
    for row in rows:
        one: dict[str, Any] = dict(row)
        # Two people of one address are nobody's exact match.
        is_alone = one.get("email") and mails[str(one["email"]).lower()] == 1
        if one["kind"] == "person" and is_alone and not one["hidden"] and len(people) < shared:
            name = str(one.get("name") or f"{one.get('firstName')} {one.get('lastName')}")
            people.append(
                {
                    "name": name,
                    "first_name": str(one.get("firstName") or ""),
                    "last_name": str(one.get("lastName") or ""),
                    "email": str(one["email"]),
                    "phone": f"+44 20 7946 {len(people):04}",
                    "notes": "Also in the other CRM",
                }
            )
    peer = Counterpart(contacts, shared=people, page=25)
    peer.fixed_port = port
    async with peer:
        sys.stdout.write(f"Light Blue plays at {peer.base}\n")
        sys.stdout.flush()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--contacts", type=int, default=120)
    parser.add_argument("--shared", type=int, default=30)
    options = parser.parse_args()
    asyncio.run(_play(options.port, options.contacts, options.shared))
