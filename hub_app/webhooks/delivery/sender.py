"""Posting to receivers: what Hub exists for, so it has a client of its own, four times as fast as one for everything.

It dials by the guarded `kernel/dialling.py` and nothing else. Connections are kept for a few seconds per scheme, host and
port; no redirects, no cookies, no proxies, nothing decoded, one deadline for the whole.
"""

import asyncio
import ssl
from collections import defaultdict, deque
from collections.abc import Mapping
from functools import cache
from typing import cast

from hub_app.kernel import dialling, outbound
from hub_app.kernel.dialling import CallFailed, Dialler
from hub_app.kernel.outbound import OutboundError, OutboundResponse, Target
from hub_app.webhooks.delivery.answer import AnswerReader
from hub_app.webhooks.delivery.connection import Connection

# Many servers close idle connections after 5 s. To be first avoids sending into a connection that is being closed.
_KEEPALIVE_SECONDS = 4.0
_FAREWELL_SECONDS = 1.0

_Peer = tuple[str, str, int]


def request_head(target: Target, headers: Mapping[str, str]) -> bytes:
    """The part of a post that is the same each time: request line, Host, `headers`. ValueError for a control character."""
    url = target.url
    lines = [f"POST {url.raw_path_qs} HTTP/1.1", f"host: {url.host_port_subcomponent}"]
    return _encoded([*lines, *(f"{name}: {value}" for name, value in headers.items())])


def _encoded(lines: list[str]) -> bytes:
    """Lines of a head. Whoever builds them has checked what is in them; here is where it would do harm."""
    if not all(line.isprintable() for line in lines):
        raise ValueError("A header must not contain control characters.")
    return "".join(f"{line}\r\n" for line in lines).encode()


class Sender:
    """One per process and event loop, made while the loop runs."""

    def __init__(self, dialler: Dialler, *, keepalive_seconds: float = _KEEPALIVE_SECONDS) -> None:
        self._dialler = dialler
        self._keepalive = keepalive_seconds
        self._loop = asyncio.get_running_loop()
        # The newest last, which is taken first: the others may then grow old.
        self._idle: defaultdict[_Peer, deque[Connection]] = defaultdict(deque)
        self._sweeping: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """End the connections that are kept. Those at work end with their tasks."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for connections in self._idle.values():
            for one in connections:
                one.close()
        self._idle.clear()

    async def post(
        self,
        target: Target,
        head: bytes,
        headers: Mapping[str, str],
        content: bytes,
        *,
        timeout: float,
        max_body: int,
    ) -> OutboundResponse:
        """Post `content` with a `request_head` and this request's own `headers`, and read at most `max_body` bytes of the
        answer, all within `timeout` seconds. Raises OutboundError.
        """
        began = self._loop.time()
        lines = [f"{name}: {value}" for name, value in headers.items()]
        request = b"".join((head, _encoded([*lines, f"content-length: {len(content)}"]), b"\r\n", content))
        peer = _peer(target)
        try:
            connection = self._kept(peer) or await self._connect(target, began + timeout)
            answer = await connection.exchange(request, deadline=began + timeout, max_body=max_body)
        except CallFailed as error:
            raise OutboundError(error.kind, str(error), self._milliseconds(began)) from None
        self._keep(peer, connection)
        return self._response(answer, began)

    async def _connect(self, target: Target, deadline: float) -> Connection:
        try:
            async with asyncio.timeout_at(min(deadline, self._loop.time() + dialling.CONNECT_SECONDS)):
                return await self._connected(target)
        except TimeoutError:
            late = self._loop.time() >= deadline
            raise CallFailed("timeout", dialling.NOT_IN_TIME if late else dialling.NO_CONNECTION) from None
        except ssl.CertificateError as error:
            raise CallFailed("tls", dialling.no_certificate(error)) from None
        except ssl.SSLError:
            raise CallFailed("tls", dialling.NO_TLS) from None
        except OSError as error:
            raise CallFailed("connect", dialling.failed(error.errno)) from None

    async def _connected(self, target: Target) -> Connection:
        scheme, host, port = _peer(target)
        sock = await self._dialler.dial(host, port, target.address)
        if scheme == "http":
            _, connection = await self._loop.create_connection(Connection, sock=sock)
        else:
            _, connection = await self._loop.create_connection(
                Connection,
                sock=sock,
                ssl=self._dialler.tls,
                server_hostname=host.removesuffix("."),
                ssl_shutdown_timeout=_FAREWELL_SECONDS,
            )
        return connection

    def _kept(self, peer: _Peer) -> Connection | None:
        oldest = self._loop.time() - self._keepalive
        connections = self._idle.get(peer)
        while connections:
            connection = connections.pop()
            idle_since = None if connection.is_closing else connection.idle_since
            if idle_since is not None and idle_since >= oldest:
                return connection
            connection.close()
        return None

    def _keep(self, peer: _Peer, connection: Connection) -> None:
        if connection.idle_since is not None:
            self._idle[peer].append(connection)
            if self._sweeping is None:
                self._sweeping = self._loop.call_later(self._keepalive / 4, self._sweep)

    def _sweep(self) -> None:
        """Close what has been idle for too long."""
        oldest = self._loop.time() - self._keepalive
        for peer, connections in list(self._idle.items()):
            while connections and (connections[0].idle_since or 0.0) < oldest:
                connections.popleft().close()
            if not connections:
                del self._idle[peer]
        self._sweeping = self._loop.call_later(self._keepalive / 4, self._sweep) if self._idle else None

    def _response(self, answer: AnswerReader, began: float) -> OutboundResponse:
        return OutboundResponse(
            answer.status, answer.headers, bytes(answer.body), answer.truncated, self._milliseconds(began)
        )

    def _milliseconds(self, began: float) -> int:
        return round((self._loop.time() - began) * 1000)


def _peer(target: Target) -> _Peer:
    url = target.url
    return url.scheme, cast("str", url.raw_host), cast("int", url.port)


@cache
def get_sender() -> Sender:
    """This process's sender, opened on first use inside its event loop; it dials as the outbound client does, and closes
    with it.
    """
    client = outbound.get_client()
    sender = Sender(client.dialler)
    client.on_close(sender.close)
    client.on_close(get_sender.cache_clear)
    return sender
