"""A name server of a few lines: answers A and AAAA questions from a table, over UDP."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Self, cast

from aiohttp.resolver import AsyncResolver

_A, _AAAA = 1, 28
_NXDOMAIN = 3
_HEADER = 12


class NameServer:
    """`names["shop.test"] = [["127.0.0.2"], ["127.0.0.3"]]`: the addresses of the first question, of the second, …

    The last entry repeats; a name with no entries gets no answer at all; an unknown name does not exist. Each question
    for A and for AAAA takes its own turn, so that both see the same order. Nothing may be cached (TTL 0).
    """

    def __init__(self) -> None:
        self.names: dict[str, Sequence[Sequence[str]]] = {}
        self.asked: list[str] = []
        self.port = 0
        self._turns: dict[tuple[str, int], int] = {}

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Protocol(self), local_addr=("127.0.0.1", 0)
        )
        self.port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def resolver(self) -> AsyncResolver:
        """A resolver that asks this server and nobody else."""
        # With no choice of `lookups`: pycares 5.2.1 frees that text before c-ares has read it.
        return AsyncResolver(nameservers=[f"127.0.0.1:{self.port}"])

    def answer(self, question: bytes) -> bytes | None:
        """The datagram for a question, or None to stay silent."""
        name, end = _name(question)
        kind = int.from_bytes(question[end : end + 2], "big")
        self.asked.append(name)
        turns = self.names.get(name)
        if turns is None:
            return _reply(question, end, [], _NXDOMAIN)
        if not turns:
            return None
        turn = self._turns.get((name, kind), 0)
        self._turns[name, kind] = turn + 1
        wanted = {_A: 4, _AAAA: 6}.get(kind)
        found = [ip_address(text) for text in turns[min(turn, len(turns) - 1)]]
        records = [
            b"\xc0\x0c"
            + kind.to_bytes(2, "big")
            + b"\0\1\0\0\0\0"
            + len(a.packed).to_bytes(2, "big")
            + a.packed
            for a in found
            if a.version == wanted
        ]
        return _reply(question, end, records, 0)


def _name(question: bytes) -> tuple[str, int]:
    labels: list[str] = []
    at = _HEADER
    while size := question[at]:
        labels.append(question[at + 1 : at + 1 + size].decode().lower())
        at += 1 + size
    return ".".join(labels), at + 1


def _reply(question: bytes, end: int, records: Sequence[bytes], code: int) -> bytes:
    counts = (1).to_bytes(2, "big") + len(records).to_bytes(2, "big") + bytes(4)
    flags = (0x8180 | code).to_bytes(2, "big")
    return question[:2] + flags + counts + question[_HEADER : end + 4] + b"".join(records)


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own transport of this kind is, before Python 3.12, no subclass of it.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._server.answer(data)
        if reply is not None:
            self._transport.sendto(reply, addr)
