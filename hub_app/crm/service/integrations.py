"""CRMs that a tenant has connected."""

from collections.abc import Collection, Mapping, Sequence
from typing import cast
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.fields import Feature
from hub_app.crm.provider import Provider
from hub_app.crm.provider.declaration import SourceIn
from hub_app.crm.schemas.integrations import (
    DELETIONS,
    DIRECTIONS,
    RULES,
    ConnectionStatus,
    DeletedRecords,
    IntegrationCreated,
    IntegrationIn,
    IntegrationOut,
    IntegrationPatch,
    IntegrationTested,
    SyncConfig,
    SyncDirection,
)
from hub_app.crm.service import (
    FAMILY,
    READ,
    WRITE,
    accounts,
    authorizing,
    collections,
    consent,
    custom,
    events,
    limits,
    testing,
)
from hub_app.crm.tables import CrmAccount
from hub_app.governance.schemas.consents import Agreement
from hub_app.governance.service import consents
from hub_app.kernel import audit, db, edits, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.sync.schemas import FieldMapping
from hub_app.sync.service import access, connections, jobs
from hub_app.sync.service.connections import Connection, StreamSetup

_DIRECTIONS = {inner: outer for outer, inner in DIRECTIONS.items()}
_RULES = {inner: outer for outer, inner in RULES.items()}
_DELETIONS: Mapping[str, DeletedRecords] = {inner: outer for outer, inner in DELETIONS.items()}


async def create_integration(
    actor: Actor, given: IntegrationIn, agreement: Agreement | None = None, *, origin: str = ""
) -> IntegrationCreated:
    """Connect a CRM, and test it: the connection is kept either way, with the reason where it does not work. By OAuth it waits for the
    authorization that begins at `auth_url`, `origin` as of `authorizing.begin`. Invalid, IntegrationLimit, or Conflict when there is
    one of this name, or the operator has not set up the CRM's OAuth app.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    provider = accounts.provider_of(given.crm_provider)
    agreed = agreement or given.agreement
    auth_type = accounts.auth_type_of(provider, given.auth_type)
    accounts.check_entered(provider, auth_type, given.auth_config)
    custom.check_declared(provider, given, is_new=True)
    _check_direction(provider, given.sync_config.sync_direction, given.source)
    try:
        async with db.begin(actor.tenant_id) as session:
            await consents.require_asked(session, agreed)
            await limits.require_room(session, actor)
            if auth_type == "oauth2":
                await authorizing.require_ready(session, actor, provider)
            connection = await _create(session, actor, provider, given, auth_type)
            await consents.record(session, actor, consent.NAME, consent.connected(connection), agreed)
            told = {"provider": provider.id, "name": connection.name}
            await audit.act(session, actor, "crm.integration.created", connection, **told)
            await events.tell_created(session, connection)
    except IntegrityError:
        raise _taken(provider, given.connection_name) from None
    if auth_type == "oauth2":
        address = await authorizing.begin(actor, connection.id, origin=origin, agreement=agreed)
        return IntegrationCreated(integration=await get_integration(actor, connection.id), auth_url=address)
    tested = await test_integration(actor, connection.id)
    return IntegrationCreated(integration=tested.integration)


def _taken(provider: Provider, name: str) -> Conflict:
    return Conflict(f"An integration with {provider.name} named {name} already exists. Choose another name.")


async def _create(
    session: AsyncSession, actor: Actor, provider: Provider, given: IntegrationIn, auth_type: str
) -> Connection:
    config = given.sync_config
    connection = Connection(
        tenant_id=actor.tenant_id,
        family=FAMILY,
        provider=provider.id,
        name=given.connection_name,
        direction=DIRECTIONS[config.sync_direction],
        rule=RULES[config.conflict_resolution],
        deletions=DELETIONS[config.deleted_records],
        since=None if config.import_historical_data else utcnow(),
        auto_sync=config.auto_sync_enabled,
        interval_minutes=config.sync_interval_minutes,
    )
    features: Sequence[Feature] = provider.features
    if given.source is not None:
        features = [one.name for one in given.source.resources]
    setups = [await _setup(session, actor, provider, one) for one in features]
    await connections.create(session, connection, setups)
    account = CrmAccount(tenant_id=actor.tenant_id, id=connection.id, auth_type=auth_type)
    accounts.put(account, provider, given.auth_config)
    if given.source is not None:
        await custom.attach(session, actor, account)
        account.source = given.source.model_dump(mode="json")
    session.add(account)
    return connection


async def _setup(session: AsyncSession, actor: Actor, provider: Provider, feature: Feature) -> StreamSetup:
    collection = await collections.ensure(session, actor.tenant_id, feature)
    mapping = [
        FieldMapping.model_validate(
            {
                "source": one.source,
                "target": one.target,
                "transforms": list(one.transforms),
                "direction": one.direction,
            }
        )
        for one in provider.mappings.get(feature, ())
    ]
    return StreamSetup(feature, collection.id, mapping)


@underway.counted
async def test_integration(actor: Actor, connection_id: UUID) -> IntegrationTested:
    """Ask the CRM who this account is; the connection is `connected` or `error` by what it says, and an import that had stopped because
    the account did not work goes on. Nothing is asked of one that has no API. NotConnected while an OAuth account has not been
    authorized.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        account = await accounts.account_of(session, connection_id)
        if account.auth_type == "oauth2" and account.oauth_connection_id is None:
            jobs.require_connected(connection)
    tested = await testing.test(actor, connection_id)
    message = tested.why or (f"Connected to {tested.name}." if tested.name else "Connected.")
    return IntegrationTested(
        success=not tested.why,
        message=message,
        integration=await get_integration(actor, connection_id),
        resources=None if tested.pages is None else [custom.without_row(one.tried) for one in tested.pages],
    )


async def list_integrations(actor: Actor, page: PageRequest, *, text: str = "") -> Slice[IntegrationOut]:
    """Newest first; `text` is a part of the name."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = await connections.page_of(session, FAMILY, page, text=text)
        busy = await connections.busy(session, [one.id for one in found.items])
        outs = [
            _out(one, await accounts.account_of(session, one.id), is_busy=one.id in busy)
            for one in found.items
        ]
    return found.holding(outs)


async def count_records(actor: Actor, ids: Collection[UUID]) -> dict[UUID, int]:
    """How many records each of these has here. Those without any are left out."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return await connections.count_records(session, ids)


async def field_labels(actor: Actor, connection_id: UUID) -> dict[str, dict[str, str]]:
    """What the fields of each kind of record are called, by their keys."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        await access.connection(session, FAMILY, connection_id)
        return await connections.labels_of(session, connection_id)


async def get_integration(actor: Actor, connection_id: UUID) -> IntegrationOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        return await _out_of(session, connection)


async def update_integration(
    actor: Actor, connection_id: UUID, given: IntegrationPatch, *, expected: edits.Expected | None = None
) -> IntegrationOut:
    """Change the name, the account, or how it is kept in step. What was changed of the account is tested at once."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    given.changes()
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        account = await accounts.account_of(session, connection_id, lock=True)
        before = (await _out_of(session, connection)).version
        wanted = _wanted(given)
        edits.check(expected, before, wanted)
        provider = accounts.provider_of(connection.provider)
        custom.check_declared(provider, given, is_new=False)
        if given.connection_name is not None:
            connection.name = given.connection_name
        if given.auth_config is not None:
            known = account.settings | accounts.secrets_of(account)
            accounts.check_entered(provider, account.auth_type, given.auth_config, known=known)
            before_it = dict(account.settings)
            accounts.put(account, provider, given.auth_config)
            if account.auth_type == "oauth2" and account.settings != before_it:
                # Nobody's token goes to an address that they did not see when they authorized it.
                account.oauth_connection_id = None
            session.add(account)
        try:
            if provider.on_connector and given.auth_config is not None:
                await custom.attach(session, actor, account)
            if given.source is not None:
                await _redeclare(session, actor, connection, account, given.source)
            rules = _apply(connection, provider, given, account)
            await connections.settings_changed(session, connection, rules=rules)
            await session.flush()
        except IntegrityError:
            raise _taken(provider, str(given.connection_name)) from None
        await audit.act(session, actor, "crm.integration.updated", connection, changed=sorted(wanted))
    if given.auth_config is not None or given.source is not None:
        await test_integration(actor, connection_id)
    return await get_integration(actor, connection_id)


async def _redeclare(
    session: AsyncSession, actor: Actor, connection: Connection, account: CrmAccount, source: SourceIn
) -> None:
    """Put another declaration in the place of the one that there is. Lists that are read in another way are read in full next time."""
    before = {one.name: one for one in SourceIn.model_validate(account.source).resources}
    custom.check_kept(SourceIn.model_validate(account.source), source)
    provider = accounts.provider_of(connection.provider)
    added: list[Feature] = [one.name for one in source.resources if one.name not in before]
    setups = [await _setup(session, actor, provider, one) for one in added]
    changed = [one.name for one in source.resources if one.name in before and one != before[one.name]]
    await connections.add_streams(session, connection, setups)
    await connections.read_anew(session, connection, changed)
    account.source = source.model_dump(mode="json")
    session.add(account)


def _apply(connection: Connection, provider: Provider, given: IntegrationPatch, account: CrmAccount) -> bool:
    """Whether how records are merged has changed."""
    config = given.sync_config
    if config is None:
        return False
    before = (connection.direction, connection.rule)
    if config.auto_sync_enabled is not None:
        connection.auto_sync = config.auto_sync_enabled
    if config.sync_interval_minutes is not None:
        connection.interval_minutes = config.sync_interval_minutes
    if config.sync_direction is not None:
        source = SourceIn.model_validate(account.source) if account.source else None
        _check_direction(provider, config.sync_direction, source)
        connection.direction = DIRECTIONS[config.sync_direction]
    if config.conflict_resolution is not None:
        connection.rule = RULES[config.conflict_resolution]
    if config.deleted_records is not None:
        connection.deletions = DELETIONS[config.deleted_records]
    if config.import_historical_data is not None:
        connection.since = None if config.import_historical_data else connection.since or utcnow()
    return before != (connection.direction, connection.rule)


def _wanted(given: IntegrationPatch) -> dict[str, object]:
    """The settings to change, by the names that a version has."""
    wanted: dict[str, object] = {}
    if given.connection_name is not None:
        wanted["connection_name"] = given.connection_name
    if given.sync_config is not None:
        wanted |= given.sync_config.model_dump(exclude_unset=True)
    if given.source is not None:
        wanted["source"] = given.source.model_dump(mode="json")
    return wanted | (given.auth_config or {})


async def delete_integration(actor: Actor, connection_id: UUID) -> None:
    """Disconnect a CRM: its jobs, mappings, links and logs go; records and their history stay. A job that runs is cancelled
    first, and what OAuth granted is given back.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        await connections.cancel_jobs(session, connection)
        connection.status, connection.next_sync_at = "disconnected", None
        session.add(connection)
    await connections.delete_history(connection)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        await audit.act(session, actor, "crm.integration.deleted", connection, name=connection.name)
        connections.changed(session, connection)
        grant = (await accounts.account_of(session, connection_id)).oauth_connection_id
        await session.delete(connection)
    if grant is not None:
        await authorizing.give_back(actor, grant)


async def pause_integration(actor: Actor, connection_id: UUID) -> IntegrationOut:
    """Let a connection rest: nothing is synced until somebody resumes it."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        jobs.require_connected(connection)
        await connections.pause(session, connection, f"{actor.name} paused it.")
        await audit.act(session, actor, "crm.integration.paused", connection)
    return await get_integration(actor, connection_id)


async def resume_integration(actor: Actor, connection_id: UUID) -> IntegrationOut:
    """Let a paused connection be synced again. Conflict when it is not paused."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        if connection.status != "paused":
            raise Conflict("This integration is not paused.")
        await connections.connected(session, connection, connection.account)
        await audit.act(session, actor, "crm.integration.resumed", connection)
    return await get_integration(actor, connection_id)


def _check_direction(provider: Provider, direction: SyncDirection, source: SourceIn | None = None) -> None:
    if direction != "import_only" and source is not None and not source.writes:
        raise Invalid.field(
            "sync_config.sync_direction", "must be import_only: no list that is declared has writing"
        )
    if direction != "import_only" and not provider.capabilities.write:
        raise Invalid.field(
            "sync_config.sync_direction", f"must be import_only: {provider.name} cannot be written to"
        )


async def _out_of(session: AsyncSession, connection: Connection) -> IntegrationOut:
    busy = await connections.busy(session, [connection.id])
    account = await accounts.account_of(session, connection.id)
    return _out(connection, account, is_busy=bool(busy))


def _out(connection: Connection, account: CrmAccount, *, is_busy: bool) -> IntegrationOut:
    is_syncing = is_busy and connection.status == "connected"
    out = IntegrationOut(
        id=connection.id,
        crm_provider=connection.provider,
        connection_name=connection.name,
        connection_status=cast("ConnectionStatus", "sync_in_progress" if is_syncing else connection.status),
        account_name=account.name,
        auth_type=account.auth_type,
        auth_config=account.settings,
        auth_hints=account.hints,
        inbound_key_hint=account.inbound_hint,
        sync_config=SyncConfig(
            auto_sync_enabled=connection.auto_sync,
            sync_interval_minutes=connection.interval_minutes,
            sync_direction=_DIRECTIONS[connection.direction],  # type: ignore[index]
            import_historical_data=connection.since is None,
            conflict_resolution=_RULES[connection.rule],  # type: ignore[index]
            deleted_records=_DELETIONS[connection.deletions],
        ),
        source=SourceIn.model_validate(account.source) if account.source else None,
        last_sync_at=connection.last_sync_at,
        last_sync_status=connection.last_sync_status or None,  # type: ignore[arg-type]
        sync_error_details=connection.reason or None,
        next_sync_at=connection.next_sync_at,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )
    return out.of(lambda: edits.Version.of(out.settings()))
