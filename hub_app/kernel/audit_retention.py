"""Dropping the oldest stretch of every chain of the audit log, once it has had its time.

The last entry that goes becomes the chain's beginning (`AuditStart`), under a code of its own, so that what is left still
verifies. It is the one way to delete entries; the database's triggers let nothing else through. The last entry of a chain
always stays, and so does whoever acted in an entry that is left.
"""

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import delete
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit_mac, cleaning, db
from hub_app.kernel.audit_chain import Chain, End, Link
from hub_app.kernel.audit_mac import Verdict
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.tables import AuditEntry, AuditHead, AuditPerson, AuditStart
from hub_app.kernel.tenancy import INSTALLATION

_log = logging.getLogger(__name__)
_ROWS = 100
_REASON = "the audit log's oldest entries have had their time"


async def drop(before: datetime) -> None:
    """Drop what was recorded before this time, of every chain. It may be cut off and run again.

    A stretch that does not verify stays: Hub's code over its end would vouch for it.
    """
    async for tenant_id in _chains():
        if await _has_older(tenant_id, before):
            last = await _begin_anew(tenant_id, before)
            await cleaning.in_steps(partial(_delete_entries, tenant_id=tenant_id, last=last))
            await cleaning.in_steps(_Persons(tenant_id, before).step)


async def _chains() -> AsyncIterator[UUID]:
    """All tenants that have a chain, those that are gone too, one by one. The installation is last: it notes when the
    others were begun, which each one's own beginning tells by then.
    """
    tenant = col(AuditHead.tenant_id)
    last = INSTALLATION
    while True:
        async with db.system(_REASON) as session:
            found = (
                await session.exec(select(tenant).where(tenant > last).order_by(tenant).limit(1))
            ).first()
        if found is None:
            break
        yield found
        last = found
    yield INSTALLATION


async def _has_older(tenant_id: UUID, before: datetime) -> bool:
    oldest = select(AuditEntry.id).where(AuditEntry.tenant_id == tenant_id).order_by(col(AuditEntry.id))
    async with db.system(_REASON) as session:
        found = (await session.exec(oldest.limit(1))).first()
    return found is not None and found < lowest_at(before)


async def _begin_anew(tenant_id: UUID, before: datetime) -> int:
    """Move the chain's beginning behind what has had its time; the number of the last entry that goes."""
    async with db.system(_REASON) as session:
        start = await _start_of(session, tenant_id)
        last = await _last_to_go(session, tenant_id, before)
    known = End(start.sequence, start.entry) if start else None
    reached = start.sequence if start else 0
    if start is not None and audit_mac.of_start(start, start.mac) is not Verdict.RIGHT:
        return _stays(tenant_id, 0)
    if start is not None and last.sequence <= reached:
        return reached
    if last.sequence and not await _is_whole(tenant_id, known, last, before):
        return _stays(tenant_id, reached)
    async with db.system(_REASON, write=True) as session:
        await _lock_end(session, tenant_id)
        now = await _start_of(session, tenant_id)
        if now is not None and now.sequence != reached:
            return now.sequence  # Another process was quicker.
        row = now or AuditStart(tenant_id=tenant_id, sequence=0, entry="", kept_from=before, mac="")
        row.sequence, row.entry, row.kept_from = last.sequence, last.mac, before
        row.mac = audit_mac.start(row, audit_mac.newest())
        session.add(row)
    return last.sequence


def _stays(tenant_id: UUID, reached: int) -> int:
    _log.error("The oldest entries of the audit log of %s do not verify: they are kept.", tenant_id)
    return reached


async def _start_of(session: AsyncSession, tenant_id: UUID) -> AuditStart | None:
    return (await session.exec(select(AuditStart).where(AuditStart.tenant_id == tenant_id))).one_or_none()


async def _is_whole(tenant_id: UUID, start: End | None, last: End, before: datetime) -> bool:
    """Whether the stretch up to there is as Hub wrote it, and all of it has had its time."""
    chain = Chain(tenant_id, None, start)
    reached = start.sequence if start else 0
    while reached < last.sequence:
        page = (
            sa.select(*sa.inspect(AuditEntry).columns, sa.true().label("has_person"))
            .where(
                col(AuditEntry.tenant_id) == tenant_id,
                col(AuditEntry.sequence) > reached,
                col(AuditEntry.sequence) <= last.sequence,
            )
            .order_by(col(AuditEntry.sequence))
            .limit(_ROWS)
        )
        async with db.system(_REASON) as session:
            entries = [cast("Link", row) for row in (await session.execute(page)).all()]
        for entry in entries:
            verdict = audit_mac.of_entry(entry, entry.mac)
            if verdict is not Verdict.RIGHT or entry.created_at >= before:
                return False
            chain.add(entry, verdict)
        if not entries:
            return False
        reached = entries[-1].sequence
    return chain.last == last and not list(chain.problems())


async def _lock_end(session: AsyncSession, tenant_id: UUID) -> int:
    """The number of the chain's last entry, 0 when its end was removed by hand. Nobody adds to the chain until the
    transaction ends.
    """
    head = select(AuditHead.sequence).where(AuditHead.tenant_id == tenant_id).with_for_update()
    return (await session.exec(head)).one_or_none() or 0


async def _last_to_go(session: AsyncSession, tenant_id: UUID, before: datetime) -> End:
    """The newest entry that has had its time and is not the chain's last; number 0 when there is none."""
    end = (
        select(func.max(col(AuditEntry.sequence))).where(AuditEntry.tenant_id == tenant_id).scalar_subquery()
    )
    entries = select(AuditEntry.sequence, AuditEntry.mac).where(
        AuditEntry.tenant_id == tenant_id, AuditEntry.id < lowest_at(before), AuditEntry.sequence < end
    )
    found = (await session.exec(entries.order_by(col(AuditEntry.id).desc()).limit(1))).first()
    return End(*found) if found else End(0, "")


async def _delete_entries(session: AsyncSession, *, tenant_id: UUID, last: int) -> bool:
    number = col(AuditEntry.sequence)
    mine = col(AuditEntry.tenant_id) == tenant_id
    oldest = select(number).where(mine, number <= last).order_by(number).limit(_ROWS)
    found = (await session.exec(oldest)).all()
    if found:
        await session.exec(delete(AuditEntry).where(mine, number <= found[-1]))
    return len(found) == _ROWS


class _Persons:
    """A way through the persons of a tenant's log: those whom no entry names any more go."""

    def __init__(self, tenant_id: UUID, before: datetime) -> None:
        self._tenant_id = tenant_id
        self._before = before
        self._reached = ""

    async def step(self, session: AsyncSession) -> bool:
        """Look at the next ones; whether there may be more."""
        await _lock_end(session, self._tenant_id)
        person = col(AuditPerson.person)
        mine = col(AuditPerson.tenant_id) == self._tenant_id
        following = select(person).where(mine, person > self._reached).order_by(person).limit(_ROWS)
        found = (await session.exec(following)).all()
        if found:
            self._reached = found[-1]
            named = select(AuditEntry.id).where(
                col(AuditEntry.tenant_id) == self._tenant_id, col(AuditEntry.person) == AuditPerson.person
            )
            gone = delete(AuditPerson).where(
                mine, person.in_(found), col(AuditPerson.created_at) < self._before, ~named.exists()
            )
            await session.exec(gone)
        return len(found) == _ROWS
