"""Connecting to public addresses only: names checked when they resolve, addresses when they are dialled.

Names are resolved for each new connection and every answer is checked: one bad answer refuses the name, so that nobody
chooses by the order of answers. `open_socket` then sees
the address that is really dialled, for names and literals alike, and is the last line.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from functools import cache
from typing import Literal

import aiohappyeyeballs
import aiohttp
import certifi
from aiohttp.abc import AbstractResolver, ResolveResult

from hub_app.kernel import addresses
from hub_app.kernel.addresses import Address
from hub_app.kernel.settings import Network

ErrorKind = Literal["dns", "connect", "tls", "timeout", "refused_address", "too_large", "protocol"]
AddrInfo = tuple[int, int, int, str, tuple[str | int, ...]]

CONNECT_SECONDS = 10.0
CUT = "The server closed the connection before its response was complete."
NO_CONNECTION = f"No connection was established within {CONNECT_SECONDS:g} s."
NO_TLS = "No TLS connection was established. Check that the server supports https on this port."
NOT_IN_TIME = "The server's response was not complete in time."
NOT_HTTP = "The server's response was not valid HTTP."
HEAD_TOO_LARGE = "The headers of the server's response were too large."
_DNS_SECONDS = 5.0
# Tries the next address of a name after so long, as aiohttp does (RFC 8305).
_NEXT_ADDRESS_SECONDS = 0.25


class RefusedAddress(OSError):
    """An address Hub does not connect to; the message names it and why."""


class CallFailed(Exception):
    """No connection, or no whole answer: what kind of failure, and a sentence."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind


def no_name(host: str) -> str:
    return f"The name {host} could not be resolved."


def no_certificate(error: ssl.CertificateError) -> str:
    why = error.verify_message.rstrip(".") if isinstance(error, ssl.SSLCertVerificationError) else str(error)
    return f"The server's certificate was not accepted: {why}."


def failed(number: int | None) -> str:
    return f"The connection failed: {os.strerror(number) if number else 'no reason given'}."


class Dialler:
    """What connecting takes: the rule for addresses with the operator's exceptions, a resolver, trusted authorities."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        resolver: AbstractResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = tuple(allowed)
        self.resolver = _CheckedResolver(resolver or aiohttp.AsyncResolver(), self)
        self.tls = ssl_context or _tls()

    async def aclose(self) -> None:
        await self.resolver.close()

    def check(self, address: Address) -> None:
        """RefusedAddress for one that Hub does not connect to."""
        what = addresses.why_refused(address, self._allowed)
        if what is not None:
            opened = "the operator can open others with OUTBOUND_ALLOWED_NETWORKS"
            raise RefusedAddress(f"{address} is {what}. Hub connects to public addresses only; {opened}.")

    def open_socket(self, info: AddrInfo) -> socket.socket:
        """A socket for the address that is about to be dialled."""
        family, kind, protocol, _, address = info
        self.check(addresses.parse(str(address[0])))
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    async def dial(self, host: str, port: int, address: Address | None) -> socket.socket:
        """A connected socket to `address`, or to what the name `host` stands for. Raises CallFailed."""
        try:
            hosts = [str(address)] if address else [one["host"] for one in await self._resolved(host, port)]
            infos: list[AddrInfo] = [
                (
                    socket.AF_INET6 if ":" in one else socket.AF_INET,
                    socket.SOCK_STREAM,
                    socket.IPPROTO_TCP,
                    "",
                    (one, port),
                )
                for one in hosts
            ]
            async with asyncio.timeout(CONNECT_SECONDS):
                return await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType] - its own types
                    infos,
                    happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS,
                    interleave=1,
                    socket_factory=self.open_socket,
                )
        except RefusedAddress as error:
            raise CallFailed("refused_address", str(error)) from None
        except TimeoutError:
            raise CallFailed("timeout", NO_CONNECTION) from None
        except OSError as error:
            raise CallFailed("connect", failed(error.errno)) from None

    async def _resolved(self, host: str, port: int) -> list[ResolveResult]:
        try:
            return await self.resolver.resolve(host, port)
        except RefusedAddress:
            raise
        except OSError:
            raise CallFailed("dns", no_name(host)) from None


class _CheckedResolver(AbstractResolver):
    """Another resolver, with a deadline and with every answer checked."""

    def __init__(self, inner: AbstractResolver, guard: Dialler) -> None:
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
            raise OSError(0, f"no response within {_DNS_SECONDS:g} s") from None
        return self._allowed(answers)

    def _allowed(self, answers: Sequence[ResolveResult]) -> list[ResolveResult]:
        """The answers, if all may be dialled. `localhost` is an address of each family, of which the operator may have opened
        one: loopback of the other family is left out beside it.
        """
        found, refused = list[ResolveResult](), list[tuple[Address, RefusedAddress]]()
        for answer in answers:
            address = addresses.parse(answer["host"])
            try:
                self._guard.check(address)
            except RefusedAddress as error:
                refused.append((address, error))
            else:
                found.append(answer)
        allowed = [addresses.parse(one["host"]) for one in found]
        local = {one.version for one in allowed if one.is_loopback}
        for address, error in refused:
            if not (address.is_loopback and local and address.version not in local):
                raise error
        return found

    async def close(self) -> None:
        await self._inner.close()


@cache
def _tls() -> ssl.SSLContext:
    """One for all: reading the authorities takes 35 ms."""
    context = ssl.create_default_context()
    system = ssl.get_default_verify_paths()
    if not (system.cafile or system.capath):
        context.load_verify_locations(certifi.where())
    return context
