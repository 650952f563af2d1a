"""The front door: one ASGI application for REST and the screens, with what holds for every answer.

Same-origin rule: `PUBLIC_URL` when it is set, else the scheme and host of the request itself. It guards the
websocket, unsafe requests that carry the session cookie, and every unsafe request below `/auth` (signing someone
in from a foreign page).
"""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_app.kernel import chain, forwarded
from hub_app.kernel.access import SESSION_COOKIE, Accounting, cookie_name, without_credentials
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import get_settings
from hub_app.problems import problem
from hub_app.rest import is_rest

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_FOREVER = "public, max-age=31536000, immutable"
# Reflex starts its pages from inline scripts and evaluates the scripts that handlers send; styles are set in place.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class _RestAnswer:
    """An answer of REST on its way out: gets its headers, and a problem document instead of plain text."""

    def __init__(self, request_id: str, headers: Mapping[str, str], scope: Scope, send: Send) -> None:
        self._request_id = request_id
        self._headers = headers
        self._scope = scope
        self._send = send
        self._replaced = False
        self.status = 0

    async def send(self, message: Message) -> None:
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            if (
                self.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                and "problem" not in headers["content-type"]
            ):
                await self._refuse_size()
                return
            headers.update(self._headers)
            headers["x-request-id"] = self._request_id
            headers.setdefault("cache-control", "no-store")
        await self._send(message)

    async def _refuse_size(self) -> None:
        """FastAPI's own refusal is plain text, sent where no exception handler sees it."""
        refusal = problem(self.status, "The request's body is too large.", request_id=self._request_id)
        await refusal(self._scope, _nothing, self.send)
        self._replaced = True


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


class Web:
    """Sends a request to REST or to the screens, refuses foreign origins, sets the security headers."""

    def __init__(self, *, rest: ASGIApp, screens: ASGIApp) -> None:
        self._rest = Accounting(chain.Chained(rest))
        self._screens = screens
        self._public_url = get_settings().public_url
        self._proxies = get_settings().trusted_proxies
        self._headers = {
            "content-security-policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }
        if self._public_url.startswith("https://"):
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._screens(scope, receive, send)
            return
        scope = self._seen_from_outside(scope)
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif is_rest(scope["path"]):
            await self._answer_rest(scope, receive, send)
        else:
            await self._answer_screens(scope, receive, send)

    def _seen_from_outside(self, scope: Scope) -> Scope:
        """The scope with the client's address, as far as trusted proxies tell it: the same for all that lies behind."""
        if not scope.get("client"):
            return scope
        peer, port = scope["client"]
        address = forwarded.client_address(peer, scope["headers"], self._proxies)
        return scope if address == peer else {**scope, "client": (address, port)}

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._same_origin(scope, Headers(scope=scope)):
            await self._screens(without_credentials(scope), receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "foreign origin"})

    async def _answer_rest(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = str(new_id())
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        answer = _RestAnswer(request_id, self._headers, scope, send)
        if self._is_forged(scope):
            refusal = problem(
                403,
                "This request needs an Origin header that equals Hub's own address. Behind a proxy, set PUBLIC_URL"
                " to the address people open.",
                title="Not allowed",
                request_id=request_id,
            )
            await refusal(scope, receive, answer.send)
            return
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            # Nothing is named so, and PostgreSQL refuses to look for it.
            detail = "An address must not hold NUL characters (%00)."
            await problem(400, detail, request_id=request_id)(scope, receive, answer.send)
            return
        try:
            await self._rest(scope, receive, answer.send)
        except Exception:
            # Starlette raises again what has been logged and answered; only a cut answer is the server's to handle.
            if answer.status != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise

    async def _answer_screens(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                hashed = scope["path"].startswith("/assets/") and message["status"] < 400  # noqa: PLR2004
                headers.setdefault("cache-control", _FOREVER if hashed else "no-cache")
            await send(message)

        await self._screens(scope, receive, send_with_headers)

    def _is_forged(self, scope: Scope) -> bool:
        if scope["method"] in _SAFE_METHODS:
            return False
        # Read as the routes read it: all of the Cookie headers that HTTP/2 may split one into.
        connection = HTTPConnection(scope)
        signed_in = cookie_name(SESSION_COOKIE, connection) in connection.cookies
        guarded = signed_in or scope["path"].startswith("/auth/")
        return guarded and not self._same_origin(scope, Headers(scope=scope))

    def _same_origin(self, scope: Scope, headers: Headers) -> bool:
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        own = self._public_url or f"{scheme}://{headers.get('host', '')}"
        return headers.getlist("origin") == [own]
