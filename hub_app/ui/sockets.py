"""The websockets' front door, before Reflex: who holds a connection, how many there are, what and how fast it may send.

A session is looked up once, when a tab connects. The cookie of a session that is not valid goes no further, so that
what lies behind can tell a stranger by the missing cookie. Strangers have little: a login page needs one small event.
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import orjson
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_app.identity.service import sessions
from hub_app.kernel import forwarded
from hub_app.kernel.access import digest, session_cookie

TOO_LARGE, UNREADABLE = "too_large", "unreadable"
_NAMESPACE = "/_event"
_TRY_AGAIN_LATER = 1013
# What of a handshake anything behind here reads; Reflex keeps all it gets with the tab's state.
_HEADERS = {b"host", b"origin", b"cookie", b"upgrade", b"connection"}
_HANDSHAKE = b"sec-websocket-"
_HEADER_LENGTH = 1024
_CLOSE, _PING, _PONG, _MESSAGE = "1", "2", "3", "4"
_CONNECT, _DISCONNECT, _EVENT = "0", "1", "2"
# What a page sends, and with how many arguments. Others reach Reflex too: `connect` would name any headers it likes.
_SENT = {"event": 1, "client_error": 1, "ping": 0}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What a connection may do: bytes of a message, messages a second in the long run, and at once."""

    message_bytes: int
    per_second: float
    at_once: int
    connections: int
    """How many one address, or one session, may have open at a time."""


STRANGER = Limits(message_bytes=32 * 1024, per_second=10, at_once=30, connections=50)
PERSON = Limits(message_bytes=2 * 1024 * 1024, per_second=20, at_once=100, connections=50)
STRANGERS_AT_ONCE = 500


class Sockets:
    """Passes on what is within the limits. One connection too many ends the longest open one of the same holder."""

    def __init__(self, screens: ASGIApp) -> None:
        self._screens = screens
        self._open: dict[str, OrderedDict[Connection, None]] = {}
        self._strangers: OrderedDict[Connection, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._screens(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        try:
            session = await _session(scope, address)
        except SQLAlchemyError as error:
            _log.warning(
                "A tab is told to try again, since the database did not answer: %s", type(error).__name__
            )
            await receive()
            await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
            return
        connection = Connection(PERSON if session else STRANGER, receive, send)
        holder = session or forwarded.counted_as(address)
        self._enter(connection, holder, stranger=not session)
        try:
            await self._screens(_trimmed(scope, session), connection.receive, send)
        finally:
            self._leave(connection, holder)

    def _enter(self, connection: "Connection", holder: str, *, stranger: bool) -> None:
        own = self._open.setdefault(holder, OrderedDict())
        own[connection] = None
        if len(own) > connection.limits.connections:
            own.popitem(last=False)[0].end()
        if stranger:
            self._strangers[connection] = None
            if len(self._strangers) > STRANGERS_AT_ONCE:
                self._strangers.popitem(last=False)[0].end()

    def _leave(self, connection: "Connection", holder: str) -> None:
        self._strangers.pop(connection, None)
        own = self._open.get(holder, OrderedDict())
        own.pop(connection, None)
        if not own:
            self._open.pop(holder, None)


@dataclass(eq=False)
class Connection:
    """A websocket whose messages are looked at before Reflex gets them."""

    limits: Limits
    source: Receive
    send: Send
    _connected: bool = False
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _credit: float = 0
    _at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._credit = self.limits.at_once

    def end(self) -> None:
        """Close it, from this side."""
        self._over.set()

    async def receive(self) -> Message:
        """The next message; a pause before it, when the last ones came too fast. Nothing is lost by that."""
        message = await self._next()
        if message["type"] != "websocket.receive":
            return message
        await self._pace()
        text = message.get("text")
        if text is None:
            return await self._closed()  # Neither Hub nor Reflex ever sends bytes.
        return {**message, "text": self._looked_at(text)}

    async def _next(self) -> Message:
        arriving = asyncio.ensure_future(self.source())
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait((arriving, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            if not arriving.done():
                arriving.cancel()
        return await self._closed() if self._over.is_set() else arriving.result()

    async def _closed(self) -> Message:
        with suppress(RuntimeError, OSError):
            await self.send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
        return {"type": "websocket.disconnect", "code": _TRY_AGAIN_LATER}

    async def _pace(self) -> None:
        now = time.monotonic()
        self._credit = min(self.limits.at_once, self._credit + (now - self._at) * self.limits.per_second)
        self._at = now
        self._credit -= 1
        if self._credit < 0:
            await asyncio.sleep(-self._credit / self.limits.per_second)

    def _looked_at(self, text: str) -> str:
        """The message itself, or in its place one that makes Hub answer what is wrong with it."""
        if (
            len(text) > self.limits.message_bytes
            or len(text.encode(errors="replace")) > self.limits.message_bytes
        ):
            return _instead(TOO_LARGE)
        packet = _read(text)
        connects = packet == f"{_MESSAGE}{_CONNECT}"
        if packet is None or (connects and self._connected):
            return _instead(UNREADABLE)
        self._connected = self._connected or connects
        return text


def _instead(event: str) -> str:
    return f'{_MESSAGE}{_EVENT}{_NAMESPACE},["{event}"]'


def _read(text: str) -> str | None:
    """The kind of the packet, if it is one of Engine.IO's or Socket.IO's that pages send, with JSON that all agree on.

    None for others: attachments, numbers that are none, characters that are halves of others, nesting without an end.
    """
    if text in {_CLOSE, _PING, _PONG}:
        return text
    kind, (namespace, _, body) = text[1:2], text[2:].partition(",")
    if text[:1] != _MESSAGE or kind not in {_CONNECT, _DISCONNECT, _EVENT} or namespace != _NAMESPACE:
        return None
    try:
        data: object = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return None
    fits = _is_sent(data) if kind == _EVENT else isinstance(data, dict)
    return f"{_MESSAGE}{kind}" if fits else None


def _is_sent(data: object) -> bool:
    if not isinstance(data, list):
        return False
    name, *arguments = cast("list[object]", data) or [None]
    return isinstance(name, str) and _SENT.get(name) == len(arguments)


async def _session(scope: Scope, address: str) -> str:
    """The key of the valid session that this connection has; "" when it has none."""
    key = session_cookie(Headers(scope=scope).get("cookie", ""))
    return key if key and await sessions.holder_of(key, ip=address) is not None else ""


def _trimmed(scope: Scope, session: str) -> Scope:
    """The scope with those headers alone that are needed, and with a tab of this session."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if (name in _HEADERS or name.startswith(_HANDSHAKE))
        and (session or name != b"cookie")
        and len(value) <= _HEADER_LENGTH
    ]
    return {**scope, "headers": headers, "query_string": _bound(scope["query_string"], session)}


def _bound(query: bytes, session: str) -> bytes:
    """The query with another token for the tab, which only this session, or only strangers, can have.

    Whoever learns a tab's token, from the log of a proxy or from the browser's storage after somebody else signed in
    there, gets a new tab with it: neither its state nor what its handlers still have to say.
    """
    pairs = parse_qsl(query.decode("latin-1"))
    return urlencode(
        [(name, _tab_of(session, value) if name == "token" else value) for name, value in pairs]
    ).encode()


def _tab_of(session: str, token: str) -> str:
    return str(
        UUID(bytes=hashlib.blake2b(token.encode(), key=digest(session).encode(), digest_size=16).digest())
    )
