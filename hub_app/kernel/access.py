"""Who makes a REST call: the dependency every route takes, its rate limit, and the headers that tell of it.

The kernel knows no accounts: `app.state.authenticate`, which the wiring takes from the capability that has them, says
who holds a token or cookie; `app.state.count_call` hears of every call that was answered.
"""

import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_app.kernel import figures, forwarded, ratelimit
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import TenantSuspended, Unauthenticated
from hub_app.kernel.settings import get_settings

SESSION_COOKIE = "hub_session"
"""Its name for Reflex, and where Hub's address has no port; see `cookie_name`."""
LOOKS_PER_CALL = 10
"""Opening a page, a dialog or a filter asks several things at once, and changes nothing."""
_PORT = re.compile(r":([0-9]{1,5})$")
_NOT_FOR_REFLEX = {b"cookie", b"authorization", b"proxy-authorization", forwarded.HEADER}


class Authenticate(Protocol):
    """Says who calls. Unauthenticated when the token or the cookie is unknown, expired or revoked, TenantSuspended when it
    is good for nothing at present.
    """

    def __call__(self, *, bearer: str | None, cookie: str | None, ip: str) -> Awaitable[Actor]: ...


class _SessionCookie(APIKeyCookie):
    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.cookies.get(cookie_name(SESSION_COOKIE, request))


# actor, route template, status
CountCall = Callable[[Actor, str, int], None]

_bearer = HTTPBearer(
    scheme_name="api_token", description="A personal access token: `hub_pat_…`.", auto_error=False
)
_cookie = _SessionCookie(
    name=SESSION_COOKIE,
    scheme_name="login_session",
    description="Set by signing in with a browser. Where Hub's address has a port, the name ends with it, as in "
    f"`{SESSION_COOKIE}_3000`.",
    auto_error=False,
)
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
_Cookie = Annotated[str | None, Security(_cookie)]


async def current_actor(request: Request, bearer: _Bearer, cookie: _Cookie) -> Actor:
    """Who calls, within their rate limit. A token is counted by itself, a cookie by its user, others by address."""
    authenticate = cast("Authenticate", request.app.state.authenticate)
    if bearer is None and "authorization" in request.headers:
        cookie = None  # Another scheme was meant: the cookie must not stand in for it.
    try:
        actor = await authenticate(
            bearer=bearer and bearer.credentials, cookie=cookie, ip=address_of(request)
        )
    except (Unauthenticated, TenantSuspended):
        await count_address(request)
        raise
    request.state.actor = actor
    request.state.allowance = allowance = await spend_call(actor)
    allowance.check()
    return actor


async def optional_actor(request: Request, bearer: _Bearer, cookie: _Cookie) -> Actor | None:
    """Who calls a public route, if they say so. A bad token is refused all the same."""
    if bearer is None and cookie is None and "authorization" not in request.headers:
        await count_address(request)
        return None
    return await current_actor(request, bearer, cookie)


CurrentActor = Annotated[Actor, Depends(current_actor)]
OptionalActor = Annotated[Actor | None, Depends(optional_actor)]


async def count_address(request: Request) -> None:
    """Count a call by nobody known under its address, with the limit of a new tenant."""
    settings = get_settings()
    limit = settings.requests_per_window(settings.default_tier)
    caller = forwarded.counted_as(address_of(request))
    allowance = await ratelimit.hit(limit, settings.rate_limit_window_seconds, "api", caller)
    request.state.allowance = allowance
    allowance.check()


async def spend_call(actor: Actor) -> ratelimit.Allowance:
    """Count a call of a token by itself, one of a person under their name: of REST by cookie, or what a screen does."""
    settings = get_settings()
    limit = settings.requests_per_window(actor.tier)
    caller = str(actor.token_id or actor.user_id)
    return await ratelimit.hit(limit, settings.rate_limit_window_seconds, "api", caller)


async def spend_look(actor: Actor | None, address: str) -> ratelimit.Allowance:
    """Count an event of a screen that only looks: LOOKS_PER_CALL times as many as calls are allowed."""
    settings = get_settings()
    limit = settings.requests_per_window(actor.tier if actor else settings.default_tier)
    caller = str(actor.user_id) if actor else forwarded.counted_as(address)
    return await ratelimit.hit(limit * LOOKS_PER_CALL, settings.rate_limit_window_seconds, "looks", caller)


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def digest(secret: str) -> str:
    """SHA-256, hexadecimal: enough for a secret of 256 random bits, and quick to look up. Half characters, which an event
    of a browser can carry, have one too: it is simply nobody's.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def cookie_name(name: str, connection: HTTPConnection) -> str:
    """The name of Hub's cookie in this browser: with the port, if the address that people open has one.

    Browsers send a cookie to every port of its host. Under one name, two Hubs on a host would replace each other's.
    """
    port = _PORT.search(get_settings().public_url or connection.headers.get("host", ""))
    return f"{name}_{port[1]}" if port else name


def session_cookie(header: str, name: str = SESSION_COOKIE) -> str:
    """The session cookie in a Cookie header, or ""."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def without_credentials(scope: Scope) -> Scope:
    """The scope with nothing of its cookies and credentials but the session cookie's digest, in that cookie's place.

    For Reflex, which keeps a tab's headers with its state, in files or in Redis: who can read them there must not be
    able to sign in. And which would read X-Forwarded-For by rules of its own: the front door has done that.
    """
    cookies = (value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    cookie = session_cookie("; ".join(cookies), cookie_name(SESSION_COOKIE, HTTPConnection(scope)))
    headers = [(name, value) for name, value in scope["headers"] if name not in _NOT_FOR_REFLEX]
    if cookie:
        headers.append((b"cookie", f"{SESSION_COOKIE}={digest(cookie)}".encode()))
    return {**scope, "headers": headers}


class Accounting:
    """Around the REST application: puts the rate limit's headers on every answer, reports every call and measures it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _account(scope, message)
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            self._measure(scope, status, time.perf_counter() - began)

    @staticmethod
    def _measure(scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = route.path if isinstance(route, Route) else "none"
        figures.request(path, scope["method"], status or HTTPStatus.INTERNAL_SERVER_ERROR, seconds)


def _account(scope: Scope, message: Message) -> None:
    state = cast("dict[str, object]", scope.get("state", {}))
    allowance, actor = state.get("allowance"), state.get("actor")
    if isinstance(allowance, ratelimit.Allowance):
        headers = MutableHeaders(scope=message)
        for name, value in allowance.headers().items():
            headers[name] = value
    route = scope.get("route")
    if isinstance(actor, Actor) and isinstance(route, Route):
        count = cast("CountCall", scope["app"].state.count_call)
        count(actor, route.path, cast("int", message["status"]))
