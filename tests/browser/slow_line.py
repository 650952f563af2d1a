"""A slow line between a browser and Hub, for its websocket too, which Chromium's own throttling leaves alone."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

LATENCY_SECONDS = 0.15
"""Each way, so that an answer takes twice as long at least."""
BYTES_PER_SECOND = 1_600_000 / 8
_CHUNK = 4096


class _Direction:
    """One way of the line. All its connections share what it carries."""

    def __init__(self) -> None:
        self._free_at = 0.0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._arrive(under_way, writer))
            while chunk := await reader.read(_CHUNK):
                now = asyncio.get_running_loop().time()
                self._free_at = max(now, self._free_at) + len(chunk) / BYTES_PER_SECOND
                under_way.put_nowait((self._free_at + LATENCY_SECONDS, chunk))
            under_way.put_nowait((0, b""))

    async def _arrive(
        self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while (item := await under_way.get())[1]:
            at, chunk = item
            await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


@contextmanager
def to(url: str) -> Generator[str]:
    """Another address of the Hub at `url`, at the other end of a slow line."""
    started: Future[tuple[str, Callable[[], object]]] = Future()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _serve(url, started))
        address, stop = started.result()
        try:
            yield address
        finally:
            stop()


async def _serve(url: str, started: "Future[tuple[str, Callable[[], object]]]") -> None:
    hub = urlsplit(url)
    there, back = _Direction(), _Direction()
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hubs_reader, hubs_writer = await asyncio.open_connection(hub.hostname, hub.port)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(there.carry(reader, hubs_writer))
                tasks.create_task(back.carry(hubs_reader, writer))
        except* OSError:  # Either end may hang up.
            pass
        finally:
            writer.close()
            hubs_writer.close()

    server = await asyncio.start_server(connect, "127.0.0.1")
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    started.set_result((address, lambda: loop.call_soon_threadsafe(stopped.set)))
    await stopped.wait()
    server.close()
