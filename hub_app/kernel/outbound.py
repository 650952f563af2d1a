"""The one way out: an HTTP client that connects to public addresses only.

Names are resolved once per connection and every answer is checked: one bad answer refuses the name. The connector's
`socket_factory` then sees the address that is really dialled, for names and literals alike, and is the last line. No
redirects, no cookies, no proxies from the environment; bodies are read up to a limit and never decoded; there is a
deadline for the whole. Paths and queries of URLs are never logged.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Literal, Self, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from hub_app.kernel import addresses
from hub_app.kernel.settings import Network, get_settings

ErrorKind = Literal["dns", "connect", "tls", "timeout", "refused_address", "protocol"]

MAX_URL = 2048
_CONNECT_SECONDS = 10.0
_DNS_SECONDS = 5.0
_KEEPALIVE_SECONDS = 30.0
_AddrInfo = tuple[int, int, int, str, tuple[str | int, ...]]


class InvalidUrl(ValueError):
    """Not a URL that Hub can call; the message says why."""


class RefusedAddress(OSError):
    """An address Hub does not connect to; the message names it and why."""


class OutboundError(Exception):
    """A request that got no complete answer: what kind of failure, a sentence, and after how many milliseconds."""

    def __init__(self, kind: ErrorKind, message: str, duration_ms: int) -> None:
        super().__init__(message)
        self.kind = kind
        self.duration_ms = duration_ms


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """An answer. Header names are lower case; `body` holds at most the limit asked for, as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Target:
    """A checked, parsed URL; parse once where many requests go to it."""

    url: URL

    @classmethod
    def parse(cls, text: str) -> "Target":
        """InvalidUrl, with a sentence, unless it is an http(s) URL of host, port, path and query."""
        if len(text) > MAX_URL:
            raise InvalidUrl(f"must have at most {MAX_URL} characters")
        if not text.isprintable() or any(c.isspace() or c == "\\" for c in text):
            raise InvalidUrl("must not contain spaces, control characters or backslashes")
        if not text.lower().startswith(("http://", "https://")):
            raise InvalidUrl("must begin with https:// or http://")
        try:
            url = URL(text)
            port, host = url.port, url.host
        except ValueError:
            raise InvalidUrl("is not a complete URL such as https://example.com/hook") from None
        if not host or not port or not _plausible(host):
            raise InvalidUrl("is not a complete URL such as https://example.com/hook")
        if url.user is not None or url.password is not None:
            raise InvalidUrl("must not contain a user name or password. Send credentials in a header")
        if "#" in text:
            raise InvalidUrl("must not contain a fragment (#…)")
        return cls(url)

    @property
    def scheme_host(self) -> str:
        """`https://example.com`, with the port where it is not the scheme's own."""
        return str(self.url.origin())


def _plausible(host: str) -> bool:
    """Whether a host is an address or a name; numbers in disguise (`0x7f.1`, `2130706433`) are neither."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return bool(last) and not last[0].isdigit() and ".." not in host
    return True


def scheme_host(url: str) -> str:
    """What is shown of a URL whose path is secret."""
    return Target.parse(url).scheme_host


class _Guard:
    """The rule, applied to text addresses."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed

    def check(self, text: str) -> None:
        address = addresses.parse(text)
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
        async with asyncio.timeout(_DNS_SECONDS):
            answers = await self._inner.resolve(host, port, family)
        for answer in answers:
            self._guard.check(answer["host"])
        return answers

    async def close(self) -> None:
        await self._inner.close()


class OutboundClient:
    """One per process and event loop. Keeps connections alive per host."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        resolver: AbstractResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._guard = _Guard(allowed)
        self._resolver = _CheckedResolver(resolver or aiohttp.ThreadedResolver(), self._guard)
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

    async def check_url(self, text: str) -> Target:
        """For a URL that someone enters: InvalidUrl or RefusedAddress when Hub would never call it.

        A name that does not resolve now is accepted: it may tomorrow, and is checked again at every connection.
        """
        target = Target.parse(text)
        host = cast("str", target.url.host)
        try:
            try:
                self._guard.check(host)
            except ValueError:
                await self._resolver.resolve(host, target.url.port or 0)
        except RefusedAddress:
            raise
        except (OSError, TimeoutError):
            pass
        return target

    async def send(
        self,
        target: Target,
        *,
        method: str,
        headers: Mapping[str, str],
        content: bytes,
        timeout: float,
        max_body: int,
    ) -> OutboundResponse:
        """Send one request and read at most `max_body` bytes of the answer within `timeout` seconds in all."""
        began = time.perf_counter()
        limits = aiohttp.ClientTimeout(total=timeout, sock_connect=min(_CONNECT_SECONDS, timeout))
        try:
            self._check_literal(target)
            async with self._session.request(
                method, target.url, headers=headers, data=content, allow_redirects=False, timeout=limits
            ) as response:
                body, truncated = await _read(response, max_body)
                return OutboundResponse(
                    response.status,
                    {name.lower(): value for name, value in response.headers.items()},
                    body,
                    truncated,
                    _since(began),
                )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise _classified(error, timeout, _since(began)) from error

    def _check_literal(self, target: Target) -> None:
        """Literal addresses never meet the resolver; refused here they cost no socket."""
        host = cast("str", target.url.host)
        if host[-1].isdigit() or ":" in host:
            self._guard.check(host)

    def _socket(self, info: _AddrInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        self._guard.check(str(address[0]))
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _read(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes, and whether there was more. An answer cut short closes its connection."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            response.close()
            return b"".join(chunks)[:limit], True
    return b"".join(chunks), False


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


def _classified(error: BaseException, timeout: float, duration_ms: int) -> OutboundError:
    refused = _refusal(error)
    if refused is not None:
        return OutboundError("refused_address", str(refused), duration_ms)
    kind: ErrorKind
    match error:
        case aiohttp.ClientConnectorDNSError():
            kind, message = "dns", f"The name {error.host} could not be resolved."
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            kind, message = "tls", "The receiver's certificate is not valid for this address, or not trusted."
        case TimeoutError():
            kind, message = "timeout", f"The receiver did not answer within {timeout:g} s."
        case aiohttp.ClientConnectorError():
            kind, message = (
                "connect",
                f"The connection was not accepted ({error.os_error.strerror or 'failed'}).",
            )
        case (
            aiohttp.ServerDisconnectedError()
            | aiohttp.ClientOSError()
            | aiohttp.ClientPayloadError()
            | OSError()
        ):
            kind, message = "connect", "The receiver closed the connection before its answer was complete."
        case _:
            kind, message = (
                "protocol",
                "The receiver's answer was not valid HTTP, or its headers were too large.",
            )
    return OutboundError(kind, message, duration_ms)


def _refusal(error: BaseException | None) -> RefusedAddress | None:
    """The guard's refusal among the causes of `error`, however the client has wrapped it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, RefusedAddress):
            return error
        seen.add(id(error))
        inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None
        error = inner if inner is not None and inner is not error else (error.__cause__ or error.__context__)
    return None


@cache
def get_client() -> OutboundClient:
    """This process's client, opened on first use inside its event loop."""
    return OutboundClient(get_settings().outbound_allowed_networks)


async def close_client() -> None:
    if get_client.cache_info().currsize:
        await get_client().aclose()
        get_client.cache_clear()
