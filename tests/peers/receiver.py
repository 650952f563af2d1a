"""A webhook receiver: a small HTTP/1.1 server that keeps what it is sent and can misbehave in every way of its trade.

In a test: `async with Receiver() as receiver:` and `receiver.answers["/hook"] = [Answer(500), Answer(500), Answer()]`;
the last answer of a path repeats, an unknown path answers 200. As a program: `python -m tests.peers.receiver --port 9000`,
with the paths of `FAULTS`, and `GET /_received` for what arrived.
"""

import argparse
import asyncio
import json
import logging
import ssl
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self

_BARE = "/bare"
_RECEIVED = "/_received"
_TLS_HELLO = b"\x16\x03"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a path answers, and how badly."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    wait: float = 0
    """Seconds before the first byte."""
    drip_head: float = 0
    """Seconds after each byte of the status line and headers."""
    drip_body: float = 0
    """Seconds after each byte of the body."""
    cut_after: int | None = None
    """Close the connection after so many bytes of the answer."""
    raw: bytes = b""
    """Sent in place of status line and headers."""

    def head(self) -> bytes:
        if self.raw:
            return self.raw
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""]).encode()

    @property
    def at_once(self) -> bool:
        return not (self.wait or self.drip_head or self.drip_body or self.cut_after is not None)


OK = Answer()
FAULTS: Mapping[str, Sequence[Answer]] = {
    "/flaky": [Answer(500), Answer(503), OK],
    "/moody": [Answer(503) if number in {7, 23, 36, 38} else OK for number in range(40)],
    "/broken": [Answer(500, body=b"The receiver has a bad day.")],
    "/changing": [
        Answer(500, {"X-Attempt": "first"}, b"The first is refused."),
        Answer(200, {"X-Attempt": "second"}, b"The second is taken."),
    ],
    "/gone": [Answer(410)],
    "/busy": [Answer(429, {"Retry-After": "5"}), OK],
    "/moved": [Answer(302, {"Location": "/"})],
    "/slow": [Answer(wait=5)],
    "/silent": [Answer(wait=3600)],
    "/drip": [Answer(body=b"." * 3600, drip_body=1)],
    "/cut": [Answer(body=b"The connection ends before", cut_after=60)],
    "/huge": [Answer(body=b"x" * 20_000_000)],
    "/cookie": [Answer(headers={"Set-Cookie": "visit=1; Path=/"})],
}


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived. Header names are lower case; `at` is in seconds since the epoch."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    def verify(self, secret: str) -> object:
        """The payload, once the public `standardwebhooks` library has found the signature good; else it raises."""
        # Imported where it is used: `make demo` plays receivers without the tests' packages.
        from standardwebhooks import Webhook

        payload: object = Webhook(secret).verify(self.body, self.headers)
        return payload

    def verdict(self, secret: str) -> str:
        """What verifying says, in words."""
        from standardwebhooks import WebhookVerificationError  # as above

        try:
            self.verify(secret)
        except WebhookVerificationError as error:
            return f"signature refused: {error}"
        return "signature valid"


class Receiver:
    """The server, on a free port of `host` unless told otherwise. Keeps the last `keep` requests."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        secret: str = "",
        keep: int = 100_000,
    ) -> None:
        self.host = host
        self.port = port
        self.answers: dict[str, Sequence[Answer]] = {}
        self.requests: deque[Received] = deque(maxlen=keep)
        self.connections = 0
        self.count = 0
        self._tls = tls
        self._secret = secret
        self._turns: dict[str, int] = {}
        self._arrived = asyncio.Event()
        self.open: set[_Connection] = set()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), self.host, self.port, ssl=self._tls, backlog=1024, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in list(self.open):
            connection.abort()
        await self._server.wait_closed()

    async def wait_for(self, count: int, *, within: float = 10) -> list[Received]:
        """The first `count` requests, as soon as they are there; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while self.count < count:
                self._arrived.clear()
                await self._arrived.wait()
        return list(self.requests)[:count]

    def take(self, request: Received) -> Answer:
        """Keep a request; the answer it gets."""
        self.count += 1
        self.requests.append(request)
        self._arrived.set()
        planned = self.answers.get(request.path)
        if not planned:
            return OK
        turn = self._turns.get(request.path, 0)
        self._turns[request.path] = turn + 1
        return planned[min(turn, len(planned) - 1)]

    def tell(self, request: Received, answer: Answer) -> None:
        """Log a request on one line."""
        if not _log.isEnabledFor(logging.INFO):
            return
        verdict = f", {request.verdict(self._secret)}" if self._secret else ""
        _log.info(
            "%s %s, %d bytes%s: %d", request.method, request.path, len(request.body), verdict, answer.status
        )

    def report(self) -> Answer:
        """What arrived, oldest first: path, message id, time, and how its body begins."""
        rows = [
            {
                "path": one.path,
                "id": one.headers.get("webhook-id"),
                "at": one.at,
                "begins": one.body[:200].decode(errors="replace"),
            }
            for one in self.requests
        ]
        body = json.dumps({"count": self.count, "received": rows}).encode()
        return Answer(headers={"Content-Type": "application/json"}, body=body)


class _Connection(asyncio.Protocol):
    """One client connection: requests in, answers out, one at a time."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._buffer = bytearray()
        self._writing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._receiver.connections += 1
        self._receiver.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        self._receiver.open.discard(self)
        if self._writing is not None:
            self._writing.cancel()

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._next()

    def _next(self) -> None:
        while self._writing is None:
            if self._buffer.startswith(_TLS_HELLO):
                self._transport.write(Answer(400).head())
                self._transport.close()
                return
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:])}
            size = end + 4 + int(headers.get("content-length", "0"))
            if len(self._buffer) < size:
                return
            method, path, _ = head[0].split(" ", 2)
            body = bytes(self._buffer[end + 4 : size])
            del self._buffer[:size]
            self._answer(Received(method, path, headers, body, time.time()))

    def _answer(self, request: Received) -> None:
        if request.path == _BARE:
            self._receiver.count += 1
            self._transport.write(_BARE_ANSWER)
            return
        if request.path == _RECEIVED:
            answer = self._receiver.report()
        else:
            answer = self._receiver.take(request)
            self._receiver.tell(request, answer)
        if answer.at_once:
            self._transport.write(answer.head() + answer.body)
        else:
            self._writing = asyncio.get_running_loop().create_task(self._slowly(answer))

    async def _slowly(self, answer: Answer) -> None:
        await asyncio.sleep(answer.wait)
        head, body = answer.head(), answer.body
        if answer.cut_after is not None:
            self._transport.write((head + body)[: answer.cut_after])
            self._transport.close()
            return
        await self._drip(head, answer.drip_head)
        await self._drip(body, answer.drip_body)
        self._writing = None
        self._next()

    async def _drip(self, data: bytes, pause: float) -> None:
        if not pause:
            self._transport.write(data)
            return
        for byte in data:
            self._transport.write(bytes((byte,)))
            await asyncio.sleep(pause)


_BARE_ANSWER = OK.head()


async def _serve(receiver: Receiver) -> None:
    async with receiver:
        _log.info("Receiving on %s: %s", receiver.url, " ".join(["/", _BARE, *FAULTS, _RECEIVED]))
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A webhook receiver for trying Hub out.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument(
        "--secret", default="", help="whsec_…: say of each request whether its signature is valid"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing for a request")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING if given.quiet else logging.INFO, format="%(message)s")
    receiver = Receiver(host=given.host, port=given.port, secret=given.secret)
    receiver.answers.update(FAULTS)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(receiver))


if __name__ == "__main__":
    main()
