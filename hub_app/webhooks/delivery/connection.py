"""One HTTP/1.1 connection to a receiver, a request at a time."""

import asyncio
from typing import cast

from hub_app.kernel import dialling
from hub_app.kernel.dialling import CallFailed
from hub_app.webhooks.delivery.answer import AnswerReader


class Connection(asyncio.Protocol):
    """`idle_since` is when (by the loop's clock) it last became free; None while it cannot take a request."""

    def __init__(self) -> None:
        self.idle_since: float | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._answered: asyncio.Future[AnswerReader] | None = None

    async def exchange(self, request: bytes, *, deadline: float, max_body: int) -> AnswerReader:
        """Send a request and read its answer until `deadline` (of the loop's clock). Raises CallFailed."""
        transport = self._transport
        if transport is None or transport.is_closing():
            raise CallFailed("connect", dialling.CUT)
        self.idle_since = None
        self._reader, self._answered = AnswerReader(max_body), self._loop.create_future()
        timer = self._loop.call_at(deadline, self._expire)
        transport.write(request)
        try:
            return await self._answered
        finally:
            timer.cancel()
            self._reader = self._answered = None
            if self.idle_since is None:
                transport.abort()

    @property
    def is_closing(self) -> bool:
        """Whether the receiver has ended it, so that nothing more can be sent."""
        return self._transport is None or self._transport.is_closing()

    def close(self) -> None:
        """End an idle connection."""
        self.idle_since = None
        if self._transport is not None:
            self._transport.close()

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.idle_since = self._loop.time()

    def data_received(self, data: bytes) -> None:
        reader, transport = self._reader, self._transport
        if transport is None or reader is None or reader.complete:
            # Nobody asked: what comes next could be taken for the next request's answer.
            self.close()
            return
        try:
            reader.feed(data)
        except CallFailed as error:
            self._fail(error)
            return
        if reader.complete:
            # An answer that came before the request had gone leaves the rest of it in the way.
            if reader.reusable and not transport.get_write_buffer_size():
                self.idle_since = self._loop.time()
            self._succeed(reader)

    def connection_lost(self, exc: Exception | None) -> None:
        self.idle_since = None
        reader, self._transport = self._reader, None
        if reader is None or reader.complete:
            return
        if exc is None and reader.may_end_here():
            self._succeed(reader)
        else:
            self._fail(CallFailed("connect", dialling.CUT))

    def _expire(self) -> None:
        self._fail(CallFailed("timeout", dialling.NOT_IN_TIME))

    def _succeed(self, reader: AnswerReader) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(reader)

    def _fail(self, error: CallFailed) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)
