"""The processes of this installation: each says every few seconds that it is alive, for operators to see, and since when its
oldest work is under way, for whoever waits for that (kernel/barrier.py).
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from hub_app.kernel import db, signals, underway
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import HubProcess

ALIVE = timedelta(seconds=60)
"""A process that was not heard of for so long is gone."""
ASKED = "processes"
"""Signalled when somebody asks all processes what is under way."""
_BEAT_SECONDS = 15
# How soon it is noticed that what somebody waits for has ended.
_LOOK_SECONDS = 0.2
# After so much silence others may take this process for gone, or will before it is heard.
_SILENT_SECONDS = 45
_FORGOTTEN = timedelta(hours=1)
_log = logging.getLogger(__name__)

started_at: datetime = utcnow()
"""When this process began."""
_leaving = False
_id: UUID = new_id()
_heard_at: float | None = None


def leave() -> None:
    """Say that this process is about to end: it is sent no more requests then."""
    global _leaving  # noqa: PLW0603 - a process ends once
    _leaving = True


def is_leaving() -> bool:
    return _leaving


def own_id() -> UUID:
    """This process among the others."""
    return _id


def was_silent() -> bool:
    """Whether this process was held up for so long that others may have taken it for gone, and have not waited for its work.
    Never on SQLite, where there is no other.
    """
    return _heard_at is not None and time.monotonic() - _heard_at > _SILENT_SECONDS


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """Be known as alive for the time of the block."""
    global _id, _heard_at  # noqa: PLW0603 - one process
    own = HubProcess(
        role=get_settings().role, host=socket.gethostname()[:64], pid=os.getpid(), seen_at=utcnow()
    )
    former = delete(HubProcess)
    if db.current().dialect != "sqlite":
        former = former.where(col(HubProcess.seen_at) < utcnow() - _FORGOTTEN)
    async with db.system("a process begins", write=True) as session:
        # On SQLite no other one can be alive.
        await session.exec(former)
        session.add(own)
    _id, _heard_at = own.id, None if db.current().dialect == "sqlite" else time.monotonic()
    beating = asyncio.create_task(_beat(own), name="alive")
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        _heard_at = None
        with suppress(SQLAlchemyError, OSError):
            async with db.system("a process ends", write=True) as session:
                await session.exec(delete(HubProcess).where(col(HubProcess.id) == own.id))


async def alive() -> Sequence[HubProcess]:
    """Every process that was heard of in the last minute, the oldest first."""
    async with db.system("which processes are alive?") as session:
        lately = select(HubProcess).where(col(HubProcess.seen_at) > utcnow() - ALIVE)
        return (await session.exec(lately.order_by(col(HubProcess.id)))).all()


async def _beat(own: HubProcess) -> None:
    """Say so every few seconds, when asked, and as soon as what was under way then has ended."""
    answered: datetime | None = None
    with signals.watch(ASKED) as asked:
        while True:
            end = time.monotonic() + _BEAT_SECONDS
            while not await asked.wait(_LOOK_SECONDS if answered else _BEAT_SECONDS):
                if time.monotonic() >= end or (answered is not None and _has_ended(answered)):
                    break
            try:
                own = await _say(own)
                answered = None if _has_ended(own.seen_at) else own.seen_at
            except (SQLAlchemyError, OSError):
                _log.warning("That this process is alive could not be written; trying again.")


def _has_ended(moment: datetime) -> bool:
    since = underway.busy_since()
    return since is None or since > moment


async def _say(own: HubProcess) -> HubProcess:
    """Write that it is alive, and since when its oldest work is under way; the row then."""
    global _heard_at  # noqa: PLW0603 - one process
    began = time.monotonic()
    async with db.system("a process is alive", write=True) as session:
        row = (
            await session.exec(select(HubProcess).where(HubProcess.id == own.id).with_for_update())
        ).one_or_none()
        if row is None:
            # It was silent for so long that it was forgotten.
            row = HubProcess(**own.model_dump())
        if row.asked > row.answered:
            underway.recall()
        row.seen_at, row.busy_since, row.answered = utcnow(), underway.busy_since(), row.asked
        session.add(row)
    _heard_at = None if _heard_at is None else began
    return row
