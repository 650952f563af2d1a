"""The actions of a connector, each changed by itself: whoever changes another one at the same time loses nothing.

All of them happen under the connector's lock.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.schemas.actions import MAX_ACTIONS, Action
from hub_app.connectors.service.lookup import ACTION_COLUMNS, WRITE, action_out, changed
from hub_app.connectors.tables import Connector, ConnectorAction
from hub_app.kernel import audit, db, edits, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, Invalid, NotFound
from hub_app.kernel.validation import validated


@dataclass(slots=True)
class _Open:
    """A connector's actions while its lock is held, in their order."""

    session: AsyncSession
    actor: Actor
    connector: Connector
    rows: list[ConnectorAction]

    def at(self, slug: str) -> int:
        for at, row in enumerate(self.rows):
            if row.slug == slug:
                return at
        raise NotFound("This action has already been deleted. Reload the page.")

    async def settle(self, verb: str, slugs: Sequence[str], **more: object) -> list[Action]:
        """Write the order, tell of it, and give back what is there now."""
        for position, row in enumerate(self.rows):
            row.position = position
            self.session.add(row)
        await self.session.flush()
        changed(self.session, self.connector.id)
        told = {"name": self.connector.name, "actions": list(slugs), **more}
        await audit.act(self.session, self.actor, f"connector.action_{verb}", self.connector, **told)
        return [action_out(row) for row in self.rows]


@asynccontextmanager
async def _open(actor: Actor, connector_id: UUID) -> AsyncIterator[_Open]:
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        connector = await rows.get(session, Connector, connector_id, lock=True)
        yield _Open(session, actor, connector, await rows_of(session, connector_id))


async def add_actions(
    actor: Actor, connector_id: UUID, given: Sequence[Action], *, replace: bool = False
) -> list[Action]:
    """Add actions as the last ones. One whose id is there is Invalid, or takes its place when `replace` says so."""
    async with _open(actor, connector_id) as there:
        for action in given:
            row = next((one for one in there.rows if one.slug == action.id), None)
            if row is not None and not replace:
                raise _taken(action.id)
            if row is None:
                there.rows.append(_row(there.connector, action))
            else:
                row.sqlmodel_update(_columns(action))
        if len(there.rows) > MAX_ACTIONS:
            raise Conflict(f"A connector has at most {MAX_ACTIONS} actions. Make another connector for more.")
        return await there.settle("added", [one.id for one in given])


async def change_action(
    actor: Actor,
    connector_id: UUID,
    slug: str,
    changes: Mapping[str, object],
    *,
    expected: edits.Expected | None = None,
) -> list[Action]:
    """Change fields of an action, named as in its document; the others stay as they are. Its id may be one of them."""
    async with _open(actor, connector_id) as there:
        row = there.rows[there.at(slug)]
        before = action_out(row)
        edits.check(expected, version_of(before), changes)
        action = validated(Action, {**document_of(before), **changes})
        if action.id != slug and any(one.slug == action.id for one in there.rows):
            raise _taken(action.id)
        row.sqlmodel_update(_columns(action))
        return await there.settle("changed", [action.id], changed=sorted(changes))


async def move_action(actor: Actor, connector_id: UUID, slug: str, by: int) -> list[Action]:
    """Move an action by so many places, up when negative, and no further than to an end."""
    async with _open(actor, connector_id) as there:
        at = there.at(slug)
        there.rows.insert(min(max(at + by, 0), len(there.rows) - 1), there.rows.pop(at))
        return await there.settle("moved", [slug])


async def delete_action(actor: Actor, connector_id: UUID, slug: str) -> list[Action]:
    """Delete an action. Its executions stay."""
    async with _open(actor, connector_id) as there:
        await there.session.delete(there.rows.pop(there.at(slug)))
        return await there.settle("deleted", [slug])


def version_of(action: Action) -> edits.Version:
    return edits.Version.of(document_of(action))


def document_of(action: Action) -> dict[str, JsonValue]:
    """An action as it can be given again."""
    return action.model_dump(mode="json", by_alias=True)


async def rows_of(session: AsyncSession, connector_id: UUID) -> list[ConnectorAction]:
    """A connector's actions, in their order."""
    statement = select(ConnectorAction).where(ConnectorAction.connector_id == connector_id)
    return list((await session.exec(statement.order_by(col(ConnectorAction.position)))).all())


async def put_actions(session: AsyncSession, connector: Connector, wanted: Sequence[Action]) -> list[str]:
    """Make the connector's actions what is wanted, in this order; the ids of those that went."""
    there = {row.slug: row for row in await rows_of(session, connector.id)}
    for position, action in enumerate(wanted):
        row = there.pop(action.id, None) or _row(connector, action)
        row.sqlmodel_update({**_columns(action), "position": position})
        session.add(row)
    for row in there.values():
        await session.delete(row)
    return sorted(there)


def _row(connector: Connector, action: Action) -> ConnectorAction:
    return ConnectorAction(tenant_id=connector.tenant_id, connector_id=connector.id, **_columns(action))


def _columns(action: Action) -> dict[str, Any]:
    given = document_of(action)
    return {"slug": action.id, "selection": action.response, **{name: given[name] for name in ACTION_COLUMNS}}


def _taken(slug: str) -> Invalid:
    return Invalid.field("id", f"is that of another action already: {slug}")
