"""The audit log: who did what, in one chain of entries per tenant.

What happens outside any tenant (failed logins of unknown accounts, the operator's acts) is in the installation's chain,
which also notes each tenant's beginning. The codes of `audit_mac.py` prove the chains, `audit_check.py` verifies them.

An entry is written in the transaction of what it reports. Refusals are the exception: their transaction rolled
back, so the boundary that answers them writes the entry in one of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit_mac, bulk, db, refusals
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.tables import AuditEntry, AuditHead, AuditPerson
from hub_app.kernel.tenancy import INSTALLATION


class Target(Protocol):
    """A row that something is done to."""

    __tablename__: Any
    id: UUID


def of_installation(actor: Actor) -> Actor:
    """The actor as the installation's own log knows them, for entries of what they do outside of any tenant."""
    return replace(actor, tenant_id=INSTALLATION)


BEGUN = "audit.begun"
"""The installation's note that a tenant's chain was begun; the target is the tenant."""


async def begin(session: AsyncSession, actor: Actor, action: str) -> None:
    """Begin the chain of the actor's tenant with its first entry, in the system unit that makes the tenant.

    Only here does a tenant's chain get an end that verifies without entries: one that was deleted cannot grow anew.
    """
    mac = audit_mac.head(actor.tenant_id, 0, "", audit_mac.newest())
    session.add(AuditHead(tenant_id=actor.tenant_id, mac=mac))
    await session.flush()
    for who, what in ((of_installation(actor), BEGUN), (actor, action)):
        await record(session, who, what, target_type="tenant", target_id=actor.tenant_id)


async def record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    *,
    target_type: str = "",
    target_id: UUID | str = "",
    summary: Mapping[str, object] | None = None,
) -> None:
    """Add an entry to the chain of the actor's tenant, in the open transaction.

    `summary` says what changed by ids and names of fields; values are JSON, never secrets, and never people's data
    (names, addresses), which could not be erased from a chain. Record last: the chain's end stays locked until the
    transaction ends.
    """
    head = await _lock_head(session, actor.tenant_id)
    key = audit_mac.newest()
    entry = AuditEntry(
        tenant_id=actor.tenant_id,
        sequence=head.sequence + 1,
        actor_id=actor.user_id,
        person=await _remember_person(session, actor, key),
        via=actor.via,
        action=action,
        target_type=target_type,
        target_id=str(target_id),
        summary=dict(summary or {}),
        # Whatever the end holds: one that was rewritten without the key shows for ever in the entry that followed it.
        previous=audit_mac.link(head.mac),
        mac="",
        created_at=utcnow(),
    )
    entry.mac = audit_mac.entry(entry, key)
    head.sequence = entry.sequence
    head.mac = audit_mac.head(entry.tenant_id, entry.sequence, entry.mac, key)
    session.add(entry)
    await session.flush()


async def act(session: AsyncSession, actor: Actor, action: str, row: Target, **summary: object) -> None:
    """Add the entry of an act on this row."""
    kind = str(row.__tablename__)
    await record(session, actor, action, target_type=kind, target_id=row.id, summary=summary)


async def change(
    session: AsyncSession,
    actor: Actor,
    action: str,
    row: Target,
    before: Mapping[str, object],
    after: Mapping[str, object],
    **summary: object,
) -> None:
    """Add the entry of a change: by `changed`, the names of the settings that are not as they were, and never a value.

    Both are settings by name; secrets among them by their fingerprints (`edits.Version.fields`).
    """
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    await act(session, actor, action, row, **summary, changed=changed)


async def record_refusal(actor: Actor, error: Forbidden, *, target: str) -> None:
    """Audit a refused act, after its own transaction has rolled back; repetitions become one entry with a count."""
    await refusals.note(actor, error.detail, target[:64], write=_write_refusal)


async def _write_refusal(actor: Actor, reason: str, target: str, again: int) -> None:
    summary: dict[str, object] = {"reason": reason, "count": again} if again else {"reason": reason}
    async with db.begin(actor.tenant_id) as session:
        await record(
            session, actor, "access.refused", target_type="request", target_id=target, summary=summary
        )


async def _lock_head(session: AsyncSession, tenant_id: UUID) -> AuditHead:
    statement = (
        select(AuditHead)
        .where(col(AuditHead.tenant_id) == tenant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    head = (await session.exec(statement)).one_or_none()
    if head is None:
        await _replace_head(session, tenant_id)
        head = (await session.exec(statement)).one()
    return head


async def _replace_head(session: AsyncSession, tenant_id: UUID) -> None:
    """A chain without an end was never begun, or its end was deleted. Work goes on, but the next entry will not verify.

    The installation's own chain begins by itself. One that grew anew is found out: it lacks the notes of its tenants.
    """
    last = func.max(col(AuditEntry.sequence))
    sequence = (await session.exec(select(last).where(AuditEntry.tenant_id == tenant_id))).one() or 0
    fresh = tenant_id == INSTALLATION and sequence == 0
    mac = audit_mac.head(tenant_id, 0, "", audit_mac.newest()) if fresh else ""
    row = {"tenant_id": tenant_id, "sequence": sequence, "mac": mac}
    await bulk.insert_missing(session, AuditHead, [row])


async def _remember_person(session: AsyncSession, actor: Actor, key: audit_mac.Key) -> str:
    tenant_id, user_id = actor.tenant_id, actor.user_id
    person = audit_mac.person_id(tenant_id, user_id, actor.name, actor.email, actor.ip, key)
    known = select(AuditPerson.person).where(AuditPerson.tenant_id == tenant_id, AuditPerson.person == person)
    if (await session.exec(known)).first() is None:
        row = AuditPerson(
            tenant_id=tenant_id,
            person=person,
            actor_id=user_id,
            name=actor.name,
            email=actor.email,
            ip=actor.ip,
            created_at=utcnow(),
            mac="",
        )
        row.mac = audit_mac.person(row, key)
        await bulk.insert_missing(session, AuditPerson, [row.model_dump()])
    return person
