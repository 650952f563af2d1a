"""The PSA that a tenant has connected."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.consents import Agreement
from hub_app.governance.service import consents
from hub_app.kernel import audit, db, edits, rows, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid, NotFound
from hub_app.psa.provider import Provider
from hub_app.psa.provider.types import ConnectionTestResult
from hub_app.psa.schemas.connections import (
    ConnectionLosses,
    PsaConnectionIn,
    PsaConnectionOut,
    PsaConnectionPatch,
)
from hub_app.psa.service import READ, WRITE, accounts, addresses, calling, consent
from hub_app.psa.tables import NoteTemplate, PsaConnection, PsaMemberMapping, PsaPostLog, WorkSession

_TAKEN = "Account already has a PSA connection"
_GONE = "The PSA connection was deleted while this note was being posted. Look at the ticket before you post it again."


async def get_connection(actor: Actor) -> PsaConnectionOut | None:
    """The tenant's connection, without its secrets; None while there is none."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = await calling.connection_of(session)
    return _out(found) if found is not None else None


@underway.counted
async def create_connection(
    actor: Actor, given: PsaConnectionIn, agreement: Agreement | None = None
) -> PsaConnectionOut:
    """Connect a PSA. It is tested first: Invalid with the reason when it does not work. Conflict when there is one."""
    actor.require(Role.OWNER, WRITE)
    agreed = agreement or given.agreement
    provider = accounts.provider_of(given.provider)
    entered = given.entered()
    async with db.read(actor.tenant_id) as session:
        if await calling.connection_of(session) is not None:
            raise Conflict(_TAKEN)
        await consents.require_asked(session, agreed)
    accounts.check_entered(provider, entered)
    await addresses.check_site(provider, entered["site_url"])
    tested = await _tried(actor, provider, entered)
    row = PsaConnection(
        tenant_id=actor.tenant_id,
        provider=provider.id,
        display_name=given.display_name,
        site_url=entered["site_url"],
        server_version=(tested.server_version or "")[:100],
        last_validated_at=utcnow(),
    )
    accounts.put(row, provider, entered)
    try:
        async with db.begin(actor.tenant_id) as session:
            session.add(row)
            await session.flush()
            await consents.record(session, actor, consent.NAME, consent.connected(row), agreed)
            await audit.act(session, actor, "psa.connection.created", row, provider=provider.id)
            consent.told(session, actor.tenant_id)
    except IntegrityError:
        raise Conflict(_TAKEN) from None
    return _out(row)


@underway.counted
async def update_connection(
    actor: Actor, connection_id: UUID, given: PsaConnectionPatch, *, expected: edits.Expected | None = None
) -> PsaConnectionOut:
    """Change it. A changed account is tested first: Invalid with the reason when it does not work, and nothing is saved."""
    actor.require(Role.OWNER, WRITE)
    given.changes()
    entered = given.entered()
    async with db.read(actor.tenant_id) as session:
        before = await rows.get(session, PsaConnection, connection_id)
    provider = accounts.provider_of(before.provider)
    tested = await _tested_change(actor, provider, before, entered)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, PsaConnection, connection_id, lock=True)
        was = _out(row).version
        wanted = {**entered, **given.model_dump(exclude_unset=True, include={"display_name", "is_active"})}
        edits.check(expected, was, {key: text for key, text in wanted.items() if key not in provider.secrets})
        if row.updated_at != before.updated_at and tested is not None:
            raise Conflict("Someone else changed the connection while it was tested. Nothing was saved.")
        accounts.put(row, provider, entered)
        if given.display_name is not None:
            row.display_name = given.display_name
        if given.is_active is not None:
            row.is_active = given.is_active
        if tested is not None:
            row.server_version, row.last_validated_at = (tested.server_version or "")[:100], utcnow()
            row.error = ""
        session.add(row)
        await session.flush()
        await audit.act(session, actor, "psa.connection.updated", row, changed=sorted(wanted))
        consent.told(session, actor.tenant_id)
    return _out(row)


async def _tested_change(
    actor: Actor, provider: Provider, row: PsaConnection, entered: Mapping[str, str]
) -> ConnectionTestResult | None:
    """What a test of the changed account says; None when nothing that matters changes."""
    settings = accounts.settings_of(row, provider)
    # Secrets that are left empty stay.
    given = {key: text for key, text in entered.items() if text or key not in provider.secrets}
    changed = {
        key: text for key, text in given.items() if key in provider.secrets or settings.get(key) != text
    }
    accounts.check_entered(provider, given, known=settings | dict.fromkeys(row.hints, "x"))
    if not changed:
        return None
    accounts.check_secrets_stay(provider, row, given)
    if "site_url" in changed:
        await addresses.check_site(provider, changed["site_url"])
    whole = settings | accounts.secrets_of(row) | given
    return await _tried(actor, provider, whole)


async def _tried(actor: Actor, provider: Provider, entered: Mapping[str, str]) -> ConnectionTestResult:
    """The test of an account that is not saved; Invalid, with the reason, when it fails."""
    async with db.begin(actor.tenant_id) as session:
        await audit.record(
            session,
            actor,
            "psa.connection.tested",
            target_type="psa_connection",
            summary={"provider": provider.id},
        )
    defaults = {one.key: one.default for one in provider.fields}
    whole = defaults | dict(entered)
    account = accounts.account_of(
        provider,
        {key: text for key, text in whole.items() if key not in provider.secrets},
        {key: text for key, text in whole.items() if key in provider.secrets},
        memory={},
        patience=10,
    )
    tested = await calling.connect(provider, account, actor.tenant_id, None).test_connection()
    if not tested.success:
        raise Invalid([], f"Connection test failed: {tested.message}")
    return tested


@underway.counted
async def test_connection(actor: Actor, connection_id: UUID) -> ConnectionTestResult:
    """Ask the PSA whether the account works; the connection remembers what came of it."""
    actor.require(Role.OWNER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, PsaConnection, connection_id)
        await audit.act(session, actor, "psa.connection.tested", row)
    await consents.require(actor.tenant_id, consent.NAME, row.id)
    provider = accounts.provider_of(row.provider)
    account = accounts.account_of(
        provider, accounts.settings_of(row, provider), accounts.secrets_of(row), memory={}, patience=10
    )
    tested = await calling.connect(provider, account, actor.tenant_id, row.id).test_connection()
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, PsaConnection, connection_id, lock=True)
        row.error = "" if tested.success else tested.message[:500]
        if tested.success:
            row.last_validated_at, row.server_version = utcnow(), (tested.server_version or "")[:100]
        session.add(row)
        consent.told(session, actor.tenant_id)
    return tested


async def losses(actor: Actor, connection_id: UUID) -> ConnectionLosses:
    """What goes along when it is deleted, in numbers."""
    actor.require(Role.OWNER, READ)
    async with db.read(actor.tenant_id) as session:
        await rows.get(session, PsaConnection, connection_id)
        return await _losses(session, connection_id)


async def _losses(session: AsyncSession, connection_id: UUID) -> ConnectionLosses:
    async def count(model: type[NoteTemplate | PsaMemberMapping]) -> int:
        found = select(func.count()).select_from(model).where(col(model.connection_id) == connection_id)
        return (await session.exec(found)).one()

    linked = select(func.count()).select_from(WorkSession)
    sessions = (await session.exec(linked.where(WorkSession.psa_connection_id == connection_id))).one()
    return ConnectionLosses(
        sessions=sessions,
        member_mappings=await count(PsaMemberMapping),
        note_templates=await count(NoteTemplate),
    )


async def delete_connection(actor: Actor, connection_id: UUID) -> None:
    """Disconnect: sessions stay and are unlinked, the history of what was posted stays; mappings and templates of notes go."""
    actor.require(Role.OWNER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, PsaConnection, connection_id, lock=True)
        lost = await _losses(session, connection_id)
        await session.exec(
            sa.update(WorkSession)
            .where(col(WorkSession.psa_connection_id) == connection_id)
            .values(psa_connection_id=None, psa_ticket_id=None, linked_at=None)
            .execution_options(synchronize_session=False)
        )
        pending = select(PsaPostLog).where(
            PsaPostLog.status == "pending", PsaPostLog.connection_id == connection_id
        )
        for one in (await session.exec(pending.with_for_update())).all():
            one.stop(_GONE)
            session.add(one)
        await session.delete(row)
        await audit.act(session, actor, "psa.connection.deleted", row, **lost.model_dump())
        consent.told(session, actor.tenant_id)


async def require_connection(actor: Actor) -> PsaConnectionOut:
    """The tenant's connection; NotFound when there is none."""
    found = await get_connection(actor)
    if found is None:
        raise NotFound("Connection not found")
    return found


def _out(row: PsaConnection) -> PsaConnectionOut:
    return PsaConnectionOut(
        id=row.id,
        account_id=row.tenant_id,
        provider=row.provider,
        display_name=row.display_name,
        site_url=row.site_url,
        company_id=row.company_id,
        **{f"{name}_hint": row.hints.get(name, "") for name in accounts.NAMED_HINTS},
        credentials=row.settings
        | {key: text for key, text in row.hints.items() if key not in accounts.NAMED_HINTS},
        is_active=row.is_active,
        last_validated_at=row.last_validated_at,
        server_version=row.server_version or None,
        error=row.error or None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    ).of(lambda: edits.Version.of(_settings(row)))


def _settings(row: PsaConnection) -> dict[str, object]:
    """What a person may change, for telling versions apart."""
    return {
        "display_name": row.display_name,
        "site_url": row.site_url,
        "company_id": row.company_id,
        "is_active": row.is_active,
        "secrets": edits.sealed(row, "secrets"),
        **row.settings,
    }
