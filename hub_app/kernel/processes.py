"""The processes of this installation: each says every few seconds that it is alive, for operators to see."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import HubProcess

ALIVE = timedelta(seconds=60)
"""A process that was not heard of for so long is gone."""
_BEAT_SECONDS = 15
_FORGOTTEN = timedelta(hours=1)
_log = logging.getLogger(__name__)

started_at: datetime = utcnow()
"""When this process began."""
_leaving = False


def leave() -> None:
    """Say that this process is about to end: it is sent no more requests then."""
    global _leaving  # noqa: PLW0603 - a process ends once
    _leaving = True


def is_leaving() -> bool:
    return _leaving


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """Be known as alive for the time of the block."""
    own = HubProcess(
        role=get_settings().role, host=socket.gethostname()[:64], pid=os.getpid(), seen_at=utcnow()
    )
    async with db.system("a process begins", write=True) as session:
        session.add(own)
        await session.exec(delete(HubProcess).where(col(HubProcess.seen_at) < utcnow() - _FORGOTTEN))
    beating = asyncio.create_task(_beat(own), name="alive")
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        with suppress(SQLAlchemyError, OSError):
            async with db.system("a process ends", write=True) as session:
                await session.exec(delete(HubProcess).where(col(HubProcess.id) == own.id))


async def alive() -> Sequence[HubProcess]:
    """Every process that was heard of in the last minute, the oldest first."""
    async with db.system("which processes are alive?") as session:
        lately = select(HubProcess).where(col(HubProcess.seen_at) > utcnow() - ALIVE)
        return (await session.exec(lately.order_by(col(HubProcess.id)))).all()


async def _beat(own: HubProcess) -> None:
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        try:
            await _say_alive(own)
        except (SQLAlchemyError, OSError):
            _log.warning("That this process is alive could not be written; trying again.")


async def _say_alive(own: HubProcess) -> None:
    now = utcnow()
    async with db.system("a process is alive", write=True) as session:
        mine = update(HubProcess).where(col(HubProcess.id) == own.id).values(seen_at=now)
        if (await session.exec(mine)).rowcount == 0:
            # Cut off from the database for so long that others took it for gone.
            session.add(HubProcess(**own.model_dump(exclude={"seen_at"}), seen_at=now))
