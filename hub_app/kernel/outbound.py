"""The one way out: an HTTP client that connects to public addresses only.

Names are resolved for each new connection and every answer is checked: one bad answer refuses the name. The connector's
`socket_factory` then sees the address that is really dialled, for names and literals alike, and is the last line. No
redirects, no cookies, no proxies from the environment; bodies are read up to a limit and never decoded; there is a
deadline for the whole. Paths and queries of URLs appear in no log and no error.
"""

import asyncio
import io
import os
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, Self, cast

import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from hub_app.kernel import addresses
from hub_app.kernel.addresses import Address
from hub_app.kernel.settings import Network, get_settings

ErrorKind = Literal["dns", "connect", "tls", "timeout", "refused_address", "too_large", "protocol"]

MAX_URL = 2048
_MAX_NAME = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_CONNECT_SECONDS = 10.0
_DNS_SECONDS = 5.0
# Many servers close idle connections after 5 s. To be first avoids sending into a connection that is being closed.
_KEEPALIVE_SECONDS = 4.0
# Reading a little more than is kept is cheaper than a new connection for the next request.
_DRAINED = 65_536
# aiohttp warns about sending more than this in one piece.
_ONE_PIECE = 2**20
_CUT = "The server closed the connection before its answer was complete."
# The first that fits; the sentence takes the reason that the error gives.
_FAILURES: tuple[tuple[type[BaseException], ErrorKind, str], ...] = (
    (aiohttp.ClientConnectorDNSError, "dns", "The name {} could not be resolved."),
    (aiohttp.ClientConnectorCertificateError, "tls", "The server's certificate was not accepted: {}."),
    (
        aiohttp.ClientSSLError,
        "tls",
        "No TLS connection came about. Does the server speak https on this port?",
    ),
    (aiohttp.ConnectionTimeoutError, "timeout", f"No connection came about within {_CONNECT_SECONDS:g} s."),
    (TimeoutError, "timeout", "The server's answer was not complete in time."),
    (aiohttp.ClientConnectorError, "connect", "The connection failed: {}."),
    (aiohttp.ClientConnectionError, "connect", _CUT),
    (aiohttp.ClientPayloadError, "connect", _CUT),
    (OSError, "connect", _CUT),
)
_AddrInfo = tuple[int, int, int, str, tuple[str | int, ...]]


class InvalidUrl(ValueError):
    """Not a URL that Hub can call; the message says why, to be read after the field's name."""


class RefusedAddress(OSError):
    """An address Hub does not connect to; the message names it and why."""


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """An answer. Header names are lower case; `body` holds at most the limit asked for, as it came over the wire; `cookies`
    are the `Set-Cookie` headers one by one, since in `headers` nobody could tell where one ends.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool
    duration_ms: int
    cookies: tuple[str, ...] = field(default=(), repr=False)


class OutboundError(Exception):
    """A request that got no complete answer: what kind of failure, a sentence, and after how many milliseconds.

    `answer` is the part that had come of an answer that broke off; None when not even its headers had.
    """

    def __init__(
        self, kind: ErrorKind, message: str, duration_ms: int, answer: OutboundResponse | None = None
    ) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.duration_ms = duration_ms
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Target:
    """A well-formed URL, parsed; parse once where many requests go to it. `address` is set when it names no host."""

    url: URL
    address: Address | None

    @classmethod
    def parse(cls, text: str) -> "Target":
        """InvalidUrl, with the rule, unless it is an http(s) URL of host, port, path and query."""
        if len(text) > MAX_URL:
            raise InvalidUrl(f"must have at most {MAX_URL} characters")
        if not text.isprintable() or any(c.isspace() or c == "\\" for c in text):
            raise InvalidUrl("must not contain spaces, control characters or backslashes")
        if not text.lower().startswith(("http://", "https://")):
            raise InvalidUrl("must begin with https:// or http://")
        if "#" in text:
            raise InvalidUrl("must not contain a fragment (#…)")
        if "@" in re.split(r"[/?]", text, maxsplit=3)[2]:
            raise InvalidUrl("must not contain a user name or password. Send credentials in a header")
        try:
            url = URL(text)
            # `host` decodes, and so finds what is no name; port 0 cannot be dialled.
            host = url.raw_host if url.host and url.port else None
        except ValueError:
            url, host = URL(), None
        if host is None:
            raise InvalidUrl("is not a complete URL such as https://example.com/hook")
        return cls(url, _address_of(host))

    @property
    def scheme_host(self) -> str:
        """`https://example.com`, with the port where it is not the scheme's own."""
        return str(self.url.origin())


def _address_of(host: str) -> Address | None:
    """The address that a host is, None for a name; InvalidUrl for everything else.

    Addresses in disguise (`0x7f.1`, `2130706433`, percent signs, zones) are judged differently by every library, so
    only the two usual spellings are taken.
    """
    if "%" not in host:
        with suppress(ValueError):
            return addresses.parse(host)
    labels = host.removesuffix(".").split(".")
    plain = len(host) <= _MAX_NAME and all(_LABEL.fullmatch(label) for label in labels)
    if not plain or labels[-1][0].isdigit():
        raise InvalidUrl("must have a host name, or an IP address in its usual form")
    return None


def scheme_host(url: str) -> str:
    """What is shown of a URL whose path is secret: `https://example.com`."""
    return Target.parse(url).scheme_host


class _Guard:
    """The rule for addresses, with the operator's exceptions."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)

    def check(self, address: Address) -> None:
        what = addresses.why_refused(address, self._allowed)
        if what is not None:
            raise RefusedAddress(f"{address} is {what}. Hub connects to public addresses only.")


class _CheckedResolver(AbstractResolver):
    """Another resolver, with a deadline and with every answer checked."""

    def __init__(self, inner: AbstractResolver, guard: _Guard) -> None:
        self._inner = inner
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        try:
            async with asyncio.timeout(_DNS_SECONDS):
                answers = await self._inner.resolve(host, port, family)
        except TimeoutError:
            # With a message, so that aiohttp takes it for a failed look-up and not for its own deadline.
            raise OSError(0, f"no answer within {_DNS_SECONDS:g} s") from None
        for answer in answers:
            self._guard.check(addresses.parse(answer["host"]))
        return answers

    async def close(self) -> None:
        await self._inner.close()


class OutboundClient:
    """One per process and event loop, made while the loop runs.

    It keeps connections alive per host, for whoever calls that host next. Nobody's cookies or credentials stay with a
    connection: each request brings its own (`apiclient/client.py`).
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        resolver: AbstractResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = _Guard(allowed)
        self._resolver = _CheckedResolver(resolver or aiohttp.AsyncResolver(), self._guard)
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            use_dns_cache=False,
            socket_factory=self._socket,
            ssl=ssl_context or _tls(),
            limit=0,
            keepalive_timeout=_KEEPALIVE_SECONDS,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._session.close()
        await self._resolver.close()

    async def check_url(self, text: str) -> bool:
        """For a URL that someone enters: InvalidUrl or RefusedAddress when Hub would never call it.

        Whether its name resolves now. One that does not is no error: it may tomorrow, and is checked at every attempt.
        """
        target = Target.parse(text)
        if target.address is not None:
            self._guard.check(target.address)
            return True
        try:
            await self._resolver.resolve(cast("str", target.url.raw_host), cast("int", target.url.port))
        except RefusedAddress:
            raise
        except OSError:
            return False
        return True

    async def send(
        self,
        target: Target,
        *,
        method: str,
        headers: Mapping[str, str],
        content: bytes,
        timeout: float,
        max_body: int,
        read: float | None = None,
    ) -> OutboundResponse:
        """Send one request and read at most `max_body` bytes of the answer; OutboundError when that fails.

        All of it takes at most `timeout` seconds, connecting at most 10 of them; with `read`, no wait for a part of the
        answer may be longer than that.
        """
        began = time.perf_counter()
        limits = aiohttp.ClientTimeout(total=timeout, sock_connect=_CONNECT_SECONDS, sock_read=read)
        data = content if len(content) <= _ONE_PIECE else io.BytesIO(content)
        kept, answer = bytearray(), None
        try:
            async with self._session.request(
                method, target.url, headers=headers, data=data or None, allow_redirects=False, timeout=limits
            ) as response:
                answer = response
                truncated = await _read(response, kept, max_body)
                return _response(response, kept, began, truncated=truncated)
        except (aiohttp.ClientError, OSError) as error:
            kind, message = _classified(error)
        # Outside the handler: aiohttp's errors hold the whole URL, and must not come along in a traceback.
        part = None if answer is None else _response(answer, kept, began, truncated=True)
        raise OutboundError(kind, message, _milliseconds(began), part)

    def _socket(self, info: _AddrInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        self._guard.check(addresses.parse(str(address[0])))
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    system = ssl.get_default_verify_paths()
    if not (system.cafile or system.capath):
        context.load_verify_locations(certifi.where())
    return context


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The answer's headers; those that come several times are one list. aiohttp keeps bytes that are no UTF-8 as
    surrogates, which no database takes.
    """
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        key = name.lower()
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _response(
    answer: aiohttp.ClientResponse, body: bytearray, began: float, *, truncated: bool
) -> OutboundResponse:
    cookies = tuple(answer.headers.getall("Set-Cookie", ()))
    return OutboundResponse(
        answer.status, _headers(answer), bytes(body), truncated, _milliseconds(began), cookies
    )


async def _read(response: aiohttp.ClientResponse, kept: bytearray, limit: int) -> bool:
    """Keep at most `limit` bytes; whether there was more. A long answer is cut off with its connection."""
    size = 0
    async for chunk in response.content.iter_any():
        kept += chunk[: limit - len(kept)]
        size += len(chunk)
        if size > limit and size > _DRAINED:
            response.close()
            break
    return size > limit


def _milliseconds(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _classified(error: BaseException) -> tuple[ErrorKind, str]:
    """What kind of failure this is, and a sentence about it."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, RefusedAddress):
        return "refused_address", str(error.os_error)
    for what, kind, sentence in _FAILURES:
        if isinstance(error, what):
            return kind, sentence.format(_reason(error))
    # aiohttp has no type of its own for this.
    if isinstance(error, aiohttp.ClientResponseError) and error.message.startswith(
        ("Got more than", "Too many")
    ):
        return "too_large", "The headers of the server's answer were too large."
    return "protocol", "The server's answer was not valid HTTP."


def _reason(error: BaseException) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return error.host
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as why):
            return why.verify_message.rstrip(".")
        case aiohttp.ClientConnectorError(os_error=OSError(errno=int() as number)):
            return os.strerror(number)
        case _:
            return "no reason given"


@cache
def get_client() -> OutboundClient:
    """This process's client, opened on first use inside its event loop."""
    return OutboundClient(get_settings().outbound_allowed_networks)


async def close_client() -> None:
    if get_client.cache_info().currsize:
        await get_client().aclose()
        get_client.cache_clear()
