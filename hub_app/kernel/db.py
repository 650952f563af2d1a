"""The database: one engine per process, and the unit of work that every use case runs in.

`begin` opens a tenant's write transaction, `read` a tenant's read-only one, `system` work without a tenant, by
name. Inside one task a nested call joins the outer unit; application code never commits. No transaction may be
open while a network call runs.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
from sqlalchemy.orm import SessionTransaction
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import engines, signals
from hub_app.kernel.direct import Direct, PostgresDirect, SqliteDirect
from hub_app.kernel.notifier import Notifier
from hub_app.kernel.settings import Settings
from hub_app.kernel.statements import Statement
from hub_app.kernel.tenancy import PASS, READ_ONLY, SNAPSHOT, SYSTEM, TENANT, HubSession, TenancyError
from hub_app.kernel.turns import Turns

JSON_TYPE = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

_APP_ROLE = "hub_app"
_SYSTEM_ROLE = "hub_system"


@dataclass(slots=True)
class Unit:
    """An open unit of work: its session, and what happens once it has committed."""

    session: AsyncSession
    scope: UUID | None
    writes: bool
    task: "asyncio.Task[Any] | None"
    topics: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Database:
    """One process's way to its database."""

    engine: AsyncEngine
    dialect: str
    readers: async_sessionmaker[AsyncSession]
    writers: async_sessionmaker[AsyncSession]
    # SQLite has one writer: waiting in order here beats its back-off, which starves some for seconds.
    write_lock: asyncio.Lock | None
    # Work in the background queues here first, so that only one of it competes with the people at the screens.
    gate: asyncio.Lock
    # One job computes at a time, so that a screen's request has the event loop after one turn of it, not after ten.
    turns: Turns
    direct: Direct
    notifier: Notifier

    @classmethod
    def open(cls, url: URL, *, pool_size: int = 10) -> "Database":
        engine = _kept_engine(url, pool_size)
        sqlite = url.get_backend_name() == "sqlite"
        write_engine = engine.execution_options(hub_write=True) if sqlite else engine
        direct = (
            SqliteDirect(str(url.database), engines.PRAGMAS)
            if sqlite
            else PostgresDirect(url, max(2, pool_size // 2))
        )
        return cls(
            engine=engine,
            dialect=url.get_backend_name(),
            readers=_session_maker(engine),
            writers=_session_maker(write_engine),
            write_lock=asyncio.Lock() if sqlite else None,
            gate=asyncio.Lock(),
            turns=Turns(1, per_partition=1),
            direct=direct,
            notifier=Notifier(direct),
        )


@lru_cache(maxsize=4)
def _kept_engine(url: URL, pool_size: int) -> AsyncEngine:
    """The engine of this database. It outlives `disconnect`, with the statements that it has compiled: whoever connects
    again, as tests do all the time, does not pay for them twice.
    """
    return engines.make_engine(url, pool_size=pool_size)


def _session_maker(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(
        engine, class_=AsyncSession, sync_session_class=HubSession, expire_on_commit=False, autoflush=True
    )


@event.listens_for(HubSession, "after_begin")
def _take_role(session: HubSession, transaction: SessionTransaction, connection: Connection) -> None:
    """On PostgreSQL each transaction runs as a role the policies hold for, with its tenant; both end with it."""
    if transaction.nested or connection.dialect.name != "postgresql":
        return
    if SNAPSHOT in session.info:
        connection.exec_driver_sql("set transaction isolation level repeatable read")
    tenant = None if SYSTEM in session.info else cast("UUID", session.info[TENANT])
    role = role_of(tenant, read_only=bool(session.info.get(READ_ONLY)))
    connection.exec_driver_sql(role.sql, role.given)


def role_of(tenant: UUID | None, *, read_only: bool = False) -> Statement:
    """What a transaction of a tenant, or of the system, begins with on PostgreSQL."""
    return Statement(
        "select set_config('role', %(role)s, true), set_config('hub.tenant_id', %(tenant)s, true),"
        " set_config('transaction_read_only', %(read_only)s, true)",
        {
            "role": _SYSTEM_ROLE if tenant is None else _APP_ROLE,
            "tenant": "" if tenant is None else str(tenant),
            "read_only": "on" if read_only else "off",
        },
    )


_database: Database | None = None
_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)
_in_background: ContextVar[bool] = ContextVar("in_background", default=False)


async def connect(settings: Settings) -> None:
    """Open this process's database and start hearing what other processes commit."""
    global _database  # noqa: PLW0603 - one database per process
    url = settings.sqlalchemy_url()
    _database = Database.open(url, pool_size=settings.database_pool_size)
    if _database.dialect == "postgresql":
        await signals.listen(url.set(drivername="postgresql").render_as_string(hide_password=False))


async def disconnect() -> None:
    global _database  # noqa: PLW0603 - one database per process
    await signals.stop_listening()
    if _database is not None:
        await _database.notifier.close()
        await _database.direct.close()
        await engines.let_cut_off_ones_close()
        await _database.engine.dispose()
        await engines.let_threads_end()
        _database = None


def connections() -> tuple[int, int]:
    """How many connections of this process's pool are in use, and how many are idle."""
    pool = cast("sa.QueuePool", current().engine.pool)
    return pool.checkedout(), pool.checkedin()


def current() -> Database:
    if _database is None:
        raise RuntimeError("The database is not connected: call db.connect(settings) first.")
    return _database


@asynccontextmanager
async def begin(tenant_id: UUID) -> AsyncIterator[AsyncSession]:
    """One write transaction of a tenant: commits at the end, or rolls everything back."""
    async with _work(tenant_id, {TENANT: tenant_id}, writes=True) as session:
        yield session


@asynccontextmanager
async def read(tenant_id: UUID, *, at_once: bool = False) -> AsyncIterator[AsyncSession]:
    """A read-only transaction of a tenant; it neither waits for a writer nor holds one up. `at_once`: all that it reads is as it was
    at one moment, however long that takes.
    """
    info: dict[str, object] = {TENANT: tenant_id, READ_ONLY: True}
    async with _work(tenant_id, info | ({SNAPSHOT: True} if at_once else {}), writes=False) as session:
        yield session


@asynccontextmanager
async def system(reason: str, *, write: bool = False) -> AsyncIterator[AsyncSession]:
    """Work without a tenant (who is this? what is due?). The reason is for whoever reads the call."""
    info: dict[str, object] = {SYSTEM: reason} if write else {SYSTEM: reason, READ_ONLY: True}
    async with _work(None, info, writes=write) as session:
        yield session


@asynccontextmanager
async def snapshot(reason: str) -> AsyncIterator[AsyncSession]:
    """System work that reads several times and must find everything as it was at one moment."""
    async with _work(None, {SYSTEM: reason, READ_ONLY: True, SNAPSHOT: True}, writes=False) as session:
        yield session


@asynccontextmanager
async def _work(scope: UUID | None, info: dict[str, object], *, writes: bool) -> AsyncIterator[AsyncSession]:
    outer = _unit.get()
    if outer is not None and outer.task is asyncio.current_task():
        if outer.scope != scope:
            raise TenancyError("A unit of work cannot change its tenant.")
        if writes and not outer.writes:
            raise TenancyError("A write cannot join a read-only unit of work.")
        yield outer.session
        return
    database, topics = current(), set[str]()
    try:
        if not writes or database.write_lock is None:
            async with _transaction(database, scope, info, topics, writes=writes) as unit:
                yield unit.session
        else:
            gate = database.gate if _in_background.get() else nullcontext()
            async with (
                gate,
                database.write_lock,
                _transaction(database, scope, info, topics, writes=writes) as unit,
            ):
                yield unit.session
    except BaseException:
        # It may have committed all the same, and what was read within it may be cached.
        signals.doubt(topics)
        raise
    # Outside the lock: whoever wakes may write.
    signals.wake(topics)


@asynccontextmanager
async def _transaction(
    database: Database, scope: UUID | None, info: dict[str, object], topics: set[str], *, writes: bool
) -> AsyncIterator[Unit]:
    maker = database.writers if writes else database.readers
    async with maker(info=info) as session:
        unit = Unit(session=session, scope=scope, writes=writes, task=asyncio.current_task(), topics=topics)
        session.info["unit"] = unit
        token = _unit.set(unit)
        try:
            async with session.begin():
                yield unit
                if unit.topics and database.dialect == "postgresql":
                    await session.flush()
                    await session.execute(
                        sa.select(sa.func.pg_notify(signals.CHANNEL, signals.encode(unit.topics))),
                        execution_options={"hub_pass": PASS},
                    )
        finally:
            _unit.reset(token)


@contextmanager
def background() -> Iterator[None]:
    """Work that nobody waits for: however much of it there is, only one write of it at a time stands in the others' way."""
    token = _in_background.set(True)
    try:
        yield
    finally:
        _in_background.reset(token)


def turn(tenant_id: UUID) -> AbstractAsyncContextManager[None]:
    """What a job that computes holds for a page's time: this process's jobs take turns, and so do their tenants."""
    return current().turns.turn(tenant_id)


def is_writing() -> bool:
    """Whether this process's only writer is at work; where there are many, nobody has to wait for it."""
    lock = current().write_lock
    return lock is not None and lock.locked()


async def empty_log() -> bool:
    """On SQLite, bring the write-ahead log into the file and empty it: it holds pages as they were before. False when others
    read for so long that it could not be. Nothing is to be done on PostgreSQL, whose VACUUM does it.
    """
    database = current()
    if database.write_lock is None:
        return True
    async with database.write_lock:
        return await asyncio.to_thread(engines.checkpoint, str(database.engine.url.database))


async def lock(session: AsyncSession, name: str) -> None:
    """Let nobody else go on who asks for this name until the unit has ended. On SQLite whoever writes is alone anyway."""
    if current().dialect == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        await session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(key)), execution_options={"hub_pass": PASS}
        )


def unit_of(session: AsyncSession) -> Unit:
    return cast("Unit", session.info["unit"])


def notify(session: AsyncSession, topic: str) -> None:
    """Wake those who wait for `topic`, in every process, once this unit has committed."""
    unit_of(session).topics.add(topic)
