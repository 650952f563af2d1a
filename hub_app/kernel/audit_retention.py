"""Dropping the oldest stretch of every chain of the audit log, once it has had its time.

The last entry that goes becomes the chain's beginning (`AuditStart`), under a code of its own, so that what is left still
verifies. It is the one way to delete entries; the database's triggers let nothing else through. The last entry of a chain
always stays, and so does whoever acted in an entry that is left.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit_mac, cleaning, db
from hub_app.kernel.audit_chain import End
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.tables import AuditEntry, AuditHead, AuditPerson, AuditStart
from hub_app.kernel.tenancy import INSTALLATION

_ROWS = 100
_REASON = "the audit log's oldest entries have had their time"


async def drop(before: datetime) -> None:
    """Drop what was recorded before this time, of every chain. It may be cut off and run again."""
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
    async with db.system(_REASON, write=True) as session:
        end = await _lock_end(session, tenant_id)
        last = await _last_to_go(session, tenant_id, end, before)
        mine = select(AuditStart).where(AuditStart.tenant_id == tenant_id)
        start = (await session.exec(mine)).one_or_none()
        if start is None or start.sequence < last.sequence:
            start = start or AuditStart(tenant_id=tenant_id, sequence=0, entry="", kept_from=before, mac="")
            start.sequence, start.entry, start.kept_from = last.sequence, last.mac, before
            start.mac = audit_mac.start(start, audit_mac.newest())
            session.add(start)
        return start.sequence


async def _lock_end(session: AsyncSession, tenant_id: UUID) -> int:
    """The number of the chain's last entry, 0 when its end was removed by hand. Nobody adds to the chain until the
    transaction ends.
    """
    head = select(AuditHead.sequence).where(AuditHead.tenant_id == tenant_id).with_for_update()
    return (await session.exec(head)).one_or_none() or 0


async def _last_to_go(session: AsyncSession, tenant_id: UUID, end: int, before: datetime) -> End:
    """The newest entry that has had its time and is not the chain's last; number 0 when there is none."""
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
