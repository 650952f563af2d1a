"""The audit log: who did what, in one chain of hashes per tenant.

What happens outside any tenant (failed logins of unknown accounts, the operator's acts) is in the installation's chain.

An entry is written in the transaction of what it reports. Refusals are the exception: their transaction rolled
back, so the boundary that answers them writes the entry in one of its own.
"""

import hashlib
import hmac
from collections.abc import Mapping
from uuid import UUID

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import bulk, db
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import AuditEntry, AuditHead, AuditPerson

_AUTHOR_FIELDS = ("actor_id", "person", "via")
_CHAINED = ("action", "target_type", "target_id", *_AUTHOR_FIELDS)


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

    `summary` says what changed, without secrets; values are JSON. Record last: the chain's end stays locked
    until the transaction ends.
    """
    head = await _lock_head(session, actor.tenant_id)
    entry = AuditEntry(
        tenant_id=actor.tenant_id,
        sequence=head.sequence + 1,
        actor_id=actor.user_id,
        person=await _remember_person(session, actor),
        via=actor.via,
        action=action,
        target_type=target_type,
        target_id=str(target_id),
        summary=dict(summary or {}),
        previous_hash=head.hash,
        hash="",
        created_at=utcnow(),
    )
    entry.hash = entry_hash(entry)
    head.sequence, head.hash = entry.sequence, entry.hash
    session.add(entry)
    await session.flush()


async def record_refusal(actor: Actor, error: Forbidden, *, target: str) -> None:
    """Audit a refused act, after its own transaction has rolled back."""
    async with db.begin(actor.tenant_id) as session:
        summary = {"reason": error.detail}
        await record(
            session, actor, "access.refused", target_type="request", target_id=target[:64], summary=summary
        )


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over the entry and the hash before it, hexadecimal."""
    fields = {name: str(getattr(entry, name)) for name in _CHAINED}
    fields["tenant_id"], fields["id"] = str(entry.tenant_id), str(entry.id)
    body = {
        **fields,
        "sequence": entry.sequence,
        "created_at": entry.created_at.isoformat(),
        "summary": entry.summary,
        "previous_hash": entry.previous_hash,
    }
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def broken_link(session: AsyncSession, tenant_id: UUID) -> int | None:
    """The sequence number of the first entry that does not verify, or None when the chain is whole."""
    previous, expected = "", 1
    entries = await session.stream_scalars(
        select(AuditEntry)
        .where(col(AuditEntry.tenant_id) == tenant_id)
        .order_by(col(AuditEntry.sequence))
        .execution_options(yield_per=500)
    )
    try:
        async for entry in entries:
            linked = entry.sequence == expected and entry.previous_hash == previous
            if not linked or entry.hash != entry_hash(entry):
                return entry.sequence
            previous, expected = entry.hash, expected + 1
        return None
    finally:
        await entries.close()


async def broken_chains() -> list[tuple[UUID, int]]:
    """Every tenant whose chain does not verify, with the number of the first entry that does not."""
    async with db.system("the audit log is verified") as session:
        tenants = (await session.exec(select(AuditHead.tenant_id))).all()
        found = [(tenant_id, await broken_link(session, tenant_id)) for tenant_id in tenants]
    return [(tenant_id, number) for tenant_id, number in found if number is not None]


async def _lock_head(session: AsyncSession, tenant_id: UUID) -> AuditHead:
    await bulk.insert_missing(session, AuditHead, [{"tenant_id": tenant_id, "sequence": 0, "hash": ""}])
    statement = select(AuditHead).where(col(AuditHead.tenant_id) == tenant_id).with_for_update()
    return (await session.exec(statement.execution_options(populate_existing=True))).one()


async def _remember_person(session: AsyncSession, actor: Actor) -> str:
    text = "\n".join((str(actor.user_id), actor.name, actor.email, actor.ip))
    key = get_settings().secret_key.get_secret_value().encode()
    person = hmac.digest(key, text.encode(), "sha256").hex()
    row = {
        "tenant_id": actor.tenant_id,
        "person": person,
        "actor_id": actor.user_id,
        "name": actor.name,
        "email": actor.email,
        "ip": actor.ip,
        "created_at": utcnow(),
    }
    await bulk.insert_missing(session, AuditPerson, [row])
    return person


def insert_only_triggers(dialect: str) -> tuple[str, ...]:
    """The statements with which a migration makes `audit_entry` append-only."""
    if dialect == "postgresql":
        return (
            (
                "create function audit_entry_is_append_only() returns trigger language plpgsql as "
                "$$ begin raise exception 'audit entries are never changed'; end $$"
            ),
            (
                "create trigger audit_entry_append_only before update or delete on audit_entry "
                "for each row execute function audit_entry_is_append_only()"
            ),
        )
    return tuple(
        f"create trigger audit_entry_no_{verb} before {verb} on audit_entry "
        "begin select raise(abort, 'audit entries are never changed'); end"
        for verb in ("update", "delete")
    )


def drop_triggers(dialect: str) -> tuple[str, ...]:
    if dialect == "postgresql":
        return ("drop function audit_entry_is_append_only() cascade",)
    return ("drop trigger audit_entry_no_update", "drop trigger audit_entry_no_delete")
