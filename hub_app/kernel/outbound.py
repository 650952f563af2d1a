"""The way out for all but webhooks (`webhooks/delivery/sender.py`): an HTTP client that connects to public addresses only.

It connects by `kernel/dialling.py`. No redirects, no cookies, no proxies from the environment; bodies are read up to a limit
and never decoded; there is a deadline for the whole. Paths and queries of URLs appear in no log and no error.
"""

import asyncio
import io
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Self, cast

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from hub_app.kernel import addresses, dialling
from hub_app.kernel.addresses import Address
from hub_app.kernel.dialling import Dialler, ErrorKind, RefusedAddress
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.kernel.settings import Network, get_settings

MAX_URL = 2048
_MAX_NAME = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Many servers close idle connections after 5 s. To be first avoids sending into a connection that is being closed.
_KEEPALIVE_SECONDS = 4.0
# Reading a little more than is kept is cheaper than a new connection for the next request.
_DRAINED = 65_536
# aiohttp warns about sending more than this in one piece.
_ONE_PIECE = 2**20
# The first that fits.
_FAILURES: tuple[tuple[type[BaseException], ErrorKind, str], ...] = (
    (aiohttp.ConnectionTimeoutError, "timeout", dialling.NO_CONNECTION),
    (TimeoutError, "timeout", dialling.NOT_IN_TIME),
    (aiohttp.ClientConnectionError, "connect", dialling.CUT),
    (aiohttp.ClientPayloadError, "connect", dialling.CUT),
    (OSError, "connect", dialling.CUT),
)
# Before a connection is there, nothing of a request is sent.
_UNCONNECTED = (aiohttp.ClientConnectorError, aiohttp.ClientSSLError, aiohttp.ConnectionTimeoutError)


class InvalidUrl(ValueError):
    """Not a URL that Hub can call; the message says why, to be read after the field's name."""


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

    `answer` is the part that had come of an answer that broke off; None when not even its headers had. `sent` is False when
    there was no connection, so that the request cannot have arrived.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        duration_ms: int,
        answer: OutboundResponse | None = None,
        *,
        sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.duration_ms = duration_ms
        self.answer = answer
        self.sent = sent


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
        self._hooks: list[Callable[[], None]] = []
        self.dialler = Dialler(allowed, resolver=resolver, ssl_context=ssl_context)
        connector = aiohttp.TCPConnector(
            resolver=self.dialler.resolver,
            use_dns_cache=False,
            socket_factory=self.dialler.open_socket,
            ssl=self.dialler.tls,
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

    def on_close(self, hook: Callable[[], None]) -> None:
        """Have whoever dials through this client as well close along with it."""
        self._hooks.append(hook)

    async def aclose(self) -> None:
        for hook in self._hooks:
            hook()
        await self._session.close()
        await self.dialler.aclose()

    async def check_url(self, text: str) -> bool:
        """For a URL that someone enters: InvalidUrl or RefusedAddress when Hub would never call it.

        Whether its name resolves now. One that does not is no error: it may tomorrow, and is checked at every attempt.
        """
        target = Target.parse(text)
        if target.address is not None:
            self.dialler.check(target.address)
            return True
        try:
            await self.dialler.resolver.resolve(
                cast("str", target.url.raw_host), cast("int", target.url.port)
            )
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
        limits = aiohttp.ClientTimeout(total=timeout, sock_connect=dialling.CONNECT_SECONDS, sock_read=read)
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
            sent = not isinstance(error, _UNCONNECTED)
        # Outside the handler: aiohttp's errors hold the whole URL, and must not come along in a traceback.
        part = None if answer is None else _response(answer, kept, began, truncated=True)
        raise OutboundError(kind, message, _milliseconds(began), part, sent=sent)


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
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ClientSSLError)):
        return _not_connected(error)
    for what, kind, sentence in _FAILURES:
        if isinstance(error, what):
            return kind, sentence
    # aiohttp has no type of its own for this.
    if isinstance(error, aiohttp.ClientResponseError) and error.message.startswith(
        ("Got more than", "Too many")
    ):
        return "too_large", dialling.HEAD_TOO_LARGE
    return "protocol", dialling.NOT_HTTP


def _not_connected(error: aiohttp.ClientConnectorError) -> tuple[ErrorKind, str]:
    match error:
        case aiohttp.ClientConnectorError(os_error=RefusedAddress() as refused):
            return "refused_address", str(refused)
        case aiohttp.ClientConnectorDNSError():
            return "dns", dialling.no_name(error.host)
        case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.CertificateError() as why):
            return "tls", dialling.no_certificate(why)
        case aiohttp.ClientSSLError():
            return "tls", dialling.NO_TLS
        case _:
            return "connect", dialling.failed(error.os_error.errno)


@cache
def get_client() -> OutboundClient:
    """This process's client, opened on first use inside its event loop."""
    return OutboundClient(get_settings().outbound_allowed_networks)


async def close_client() -> None:
    if get_client.cache_info().currsize:
        await get_client().aclose()
        get_client.cache_clear()


async def check_urls(urls: Mapping[str, str], *, prefix: str = "", there: object = None) -> None:
    """Invalid, naming with `prefix` each field whose URL Hub would never call. Names are resolved: no transaction may be
    open. What is the same in the object `there` was checked when it was entered, and is at every call.
    """
    fresh = {name: url for name, url in urls.items() if url and url != getattr(there, name, None)}
    checks = (get_client().check_url(url) for url in fresh.values())
    found = await asyncio.gather(*checks, return_exceptions=True)
    errors = [
        FieldError(f"{prefix}{name}", str(why))
        for name, why in zip(fresh, found, strict=True)
        if isinstance(why, (InvalidUrl, RefusedAddress))
    ]
    if errors:
        raise Invalid(errors)
    for why in found:
        if isinstance(why, BaseException):
            raise why
