"""Connectors and their actions, declared in one document."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.schemas.connectors import ConnectorIn, ConnectorOut, ConnectorSummary
from hub_app.connectors.service import consent, credentials, documents
from hub_app.connectors.service.actions import put_actions, rows_of
from hub_app.connectors.service.lookup import READ, WRITE, action_out, changed
from hub_app.connectors.tables import Connector, ConnectorAction, Execution
from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel import audit, cleaning, db, edits, paging, pinned, rows, uses
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict

COUNTED_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Losses:
    """What a connector takes along: `executions` counted up to COUNTED_AT_MOST; `users` counts what calls it, by what it is."""

    actions: int
    executions: int
    users: dict[str, int]


async def create_connector(
    actor: Actor, given: ConnectorIn, agreement: Agreement | None = None
) -> ConnectorOut:
    """Save a connector with its actions, and that somebody consents to its being called. Conflict when the tenant has one of
    this name; Invalid, naming `consent`, when nobody said so and the tenant wants it.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    await documents.check_addresses(given)
    connector = Connector(tenant_id=actor.tenant_id, **documents.columns(given))
    async with _saving(actor, given.name) as session:
        await documents.save_access(session, actor, connector, given)
        session.add(connector)
        await session.flush()
        await put_actions(session, connector, given.actions)
        changed(session, connector.id)
        await consent.record(session, actor, connector, agreement)
        await _audit(session, actor, "created", connector, actions=[one.id for one in given.actions])
    return await get_connector(actor, connector.id)


async def replace_connector(
    actor: Actor,
    connector_id: UUID,
    given: ConnectorIn,
    *,
    expected: edits.Expected | None = None,
    agreement: Agreement | None = None,
) -> ConnectorOut:
    """Make the connector what `given` says: actions are told apart by their ids; executions and credentials stay.

    Credentials that the new kind of authentication has no use for are deleted; all of them when the base URL's host
    changes, so that no secret goes to a server that it was not given for. Another host takes another consent, as a new
    connector does.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    there = await get_connector(actor, connector_id)  # An unknown id answers 404 whatever its URLs would say.
    await documents.check_addresses(given, there.oauth_config)
    async with _saving(actor, given.name) as session:
        connector = await rows.get(session, Connector, connector_id, lock=True)
        await _check(session, actor, connector, expected)
        dropped = await _save(session, actor, connector, given, agreement)
        removed = await put_actions(session, connector, given.actions)
        await _audit(
            session, actor, "updated", connector, credentials_removed=dropped, actions_removed=removed
        )
    return await get_connector(actor, connector_id)


async def edit_connector(
    actor: Actor,
    connector_id: UUID,
    changes: Mapping[str, object],
    *,
    expected: edits.Expected | None = None,
    agreement: Agreement | None = None,
) -> ConnectorOut:
    """Change settings, named as in the document (`oauth_config.base_url`); the others and the actions stay.

    Credentials are deleted as they are by `replace_connector`, and consent is recorded as there.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    there = await get_connector(actor, connector_id)
    await documents.check_addresses(documents.merged(there, changes), there.oauth_config)
    async with _saving(actor, str(changes.get("name"))) as session:
        connector = await rows.get(session, Connector, connector_id, lock=True)
        now = await _out(session, actor, connector)
        edits.check(expected, now.version, changes)
        dropped = await _save(session, actor, connector, documents.merged(now, changes), agreement)
        after = (await _out(session, actor, connector)).version.fields
        told = {"credentials_removed": dropped, "name": connector.name, "base_url": connector.base_url}
        await audit.change(session, actor, "connector.updated", connector, now.version.fields, after, **told)
    return await get_connector(actor, connector_id)


async def switch_connector(actor: Actor, connector_id: UUID, *, on: bool) -> ConnectorOut:
    """Turn a connector on or off. Nothing else of it is looked at: off works, wherever its host leads today."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connector = await rows.get(session, Connector, connector_id, lock=True)
        connector.is_active = on
        session.add(connector)
        changed(session, connector_id)
        await _audit(session, actor, "updated", connector, is_active=on)
    return await get_connector(actor, connector_id)


async def delete_connector(
    actor: Actor, connector_id: UUID, *, expected: edits.Expected | None = None
) -> None:
    """Delete a connector with its actions, credentials and executions. These go first, in small steps: cut off, some are
    left.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.read(actor.tenant_id) as session:
        await _check(session, actor, await rows.get(session, Connector, connector_id), expected)
    await cleaning.delete_history(col(Execution.connector_id), actor.tenant_id, connector_id)
    async with db.begin(actor.tenant_id) as session:
        connector = await rows.get(session, Connector, connector_id, lock=True)
        await uses.lose(session, "connector", actor.tenant_id, connector_id)
        await documents.remove_client(session, actor, connector)
        await session.delete(connector)
        changed(session, connector_id)
        await _audit(session, actor, "deleted", connector)


async def list_connectors(
    actor: Actor, page: paging.PageRequest, *, text: str = ""
) -> paging.Slice[Connector]:
    """Newest first; `text` is a part of the name."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = select(Connector)
    if text:
        statement = statement.where(col(Connector.display_name).icontains(text, autoescape=True))
    async with db.read(actor.tenant_id) as session:
        return await paging.fetch(session, statement, paging.newest_first(Connector.id), page)


async def get_connector(actor: Actor, connector_id: UUID) -> ConnectorOut:
    """The connector as it was given, without secrets, and the state of its credentials."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return await _out(session, actor, await rows.get(session, Connector, connector_id))


async def count_losses(actor: Actor, connector_id: UUID) -> Losses:
    """What goes along when the connector is deleted."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    executions = (
        select(Execution.id).where(Execution.connector_id == connector_id).limit(COUNTED_AT_MOST).subquery()
    )
    actions = select(func.count()).where(ConnectorAction.connector_id == connector_id)
    async with db.read(actor.tenant_id) as session:
        await rows.get(session, Connector, connector_id)
        return Losses(
            actions=(await session.exec(actions.select_from(ConnectorAction))).one(),
            executions=(await session.exec(select(func.count()).select_from(executions))).one(),
            users=await uses.count_users(session, "connector", connector_id),
        )


def summary_out(connector: Connector) -> ConnectorSummary:
    return ConnectorSummary.model_validate(connector, from_attributes=True)


async def _check(
    session: AsyncSession, actor: Actor, connector: Connector, expected: edits.Expected | None
) -> None:
    if expected is not None:
        edits.check(expected, (await _out(session, actor, connector)).version)


async def _out(session: AsyncSession, actor: Actor, connector: Connector) -> ConnectorOut:
    out = ConnectorOut(
        **connector.model_dump(include=documents.COLUMNS | {"id", "created_at", "updated_at"}),
        oauth_config=await documents.access_out(session, actor, connector),
        actions=[action_out(row) for row in await rows_of(session, connector.id)],
        credentials=await credentials.of_connector(session, connector),
    )
    return out.of(partial(documents.version_of, out))


@asynccontextmanager
async def _saving(actor: Actor, name: str) -> AsyncIterator[AsyncSession]:
    """A transaction that keeps a connector of this name; Conflict when the tenant has another one."""
    try:
        async with db.begin(actor.tenant_id) as session:
            yield session
    except IntegrityError:
        raise Conflict(f"A connector named {name} already exists. Choose another name.") from None


async def _save(
    session: AsyncSession,
    actor: Actor,
    connector: Connector,
    given: ConnectorIn,
    agreement: Agreement | None,
) -> list[str]:
    """Make the connector's own row what is given, in the open transaction; the types of credentials that went."""
    moves = pinned.leaves([connector.base_url], [given.oauth_config.base_url])
    dropped = await credentials.drop_unfit(session, connector, given)
    await documents.save_access(session, actor, connector, given)
    session.add(connector.sqlmodel_update(documents.columns(given)))
    await session.flush()
    if moves:
        await consent.record_move(session, actor, connector, agreement)
    changed(session, connector.id)
    return dropped


async def _audit(
    session: AsyncSession, actor: Actor, verb: str, connector: Connector, **summary: object
) -> None:
    told = {"name": connector.name, "base_url": connector.base_url, **summary}
    await audit.act(session, actor, f"connector.{verb}", connector, **told)
