"""A server that plays one script per connection, byte by byte: for what no well-behaved server does."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Self

Script = Callable[["Line"], Awaitable[None]]


class Line:
    """One connection, from the server's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def request(self) -> bytes:
        """The next request, whole; asyncio.IncompleteReadError when the client has gone."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        return head + await self._reader.readexactly(length)

    async def read(self, size: int) -> bytes:
        return await self._reader.readexactly(size)

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def until_left(self) -> None:
        """Wait until the client ends the connection."""
        with suppress(ConnectionError):
            while await self._reader.read(65_536):
                pass


def answering(*answers: bytes) -> Script:
    """A script that gives these answers, one per request, and then waits for the client to leave."""

    async def play(line: Line) -> None:
        for answer in answers:
            await line.request()
            await line.send(answer)
        await line.until_left()

    return play


class ScriptedPeer:
    """On a free port of `host`: the first connection gets the first script, and so on; the last one repeats."""

    def __init__(self, host: str, scripts: Sequence[Script]) -> None:
        self.host = host
        self.connections = 0
        self.left = 0
        self._scripts = scripts
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._play, self.host, 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{self.host}:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await self._server.wait_closed()

    async def wait_for(self, *, connections: int = 0, left: int = 0) -> None:
        """Wait until so many connections have come, and so many have ended; TimeoutError after 5 seconds."""
        async with asyncio.timeout(5):
            while self.connections < connections or self.left < left:
                self._changed.clear()
                await self._changed.wait()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = self._scripts[min(self.connections, len(self._scripts) - 1)]
        self.connections += 1
        self._changed.set()
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                await script(Line(reader, writer))
        finally:
            self.left += 1
            self._changed.set()
            writer.close()
