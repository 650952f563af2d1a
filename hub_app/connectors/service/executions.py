"""Executions: what became of each call, and of each that was refused before it was made."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import get_args
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from hub_app.apiclient.transcript import Transcript, storable
from hub_app.connectors.schemas.runs import ExecutionDetail, ExecutionFilter, ExecutionOut, RunError, Trigger
from hub_app.connectors.service.lookup import READ
from hub_app.connectors.tables import Connector, Execution
from hub_app.kernel import db, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.ids import lowest_at

DETAIL_LENGTH = 500
_SHOWN = ExecutionOut.model_fields.keys() & Execution.model_fields.keys()
_SHOWN_IN_DETAIL = ExecutionDetail.model_fields.keys() & Execution.model_fields.keys() - _SHOWN


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that is to be made: by whom, of what, and the id and time of its execution; for a plan, in which run, and the
    executions that this run had before.
    """

    id: UUID
    at: datetime
    actor: Actor
    connector: Connector
    action: str
    method: str
    trigger: Trigger
    plan_run_id: UUID | None = None
    earlier: Sequence[UUID] = ()


async def add(
    session: AsyncSession,
    attempt: Attempt,
    kept: Transcript,
    error: RunError | None,
    *,
    duration_ms: int = 0,
    pages: int = 0,
    cached: bool = False,
) -> None:
    """Record what became of an attempt, in the open transaction. Secrets are gone from what it is given."""
    actor, connector = attempt.actor, attempt.connector
    row = Execution(
        id=attempt.id,
        tenant_id=actor.tenant_id,
        created_at=attempt.at,
        connector_id=connector.id,
        action=attempt.action,
        plan_run_id=attempt.plan_run_id,
        trigger=attempt.trigger,
        actor_id=actor.user_id,
        actor_name=actor.name[:100],
        method=attempt.method,
        **asdict(kept),
        pages=pages,
        cached=cached,
        duration_ms=duration_ms,
        failed=error is not None,
        error_kind=error.kind if error else "",
        error_detail=storable(error.detail)[:DETAIL_LENGTH] if error else "",
    )
    session.add(row)
    await session.flush()
    db.notify(session, f"executions:{connector.id}")
    db.notify(session, f"executions:{actor.tenant_id}")


async def list_executions(
    actor: Actor, chosen: ExecutionFilter, page: paging.PageRequest, *, connector_id: UUID | None = None
) -> paging.Slice[ExecutionOut]:
    """The executions of a connector, or of all, newest first; without their bodies."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    # Only a page's rows are needed, and a body can have 64 KiB.
    statement = select(Execution).options(
        defer(Execution.request_body),  # type: ignore[arg-type]
        defer(Execution.response_body),  # type: ignore[arg-type]
    )
    async with db.read(actor.tenant_id) as session:
        if connector_id is not None:
            await rows.get(session, Connector, connector_id)
            statement = statement.where(Execution.connector_id == connector_id)
        newest_first = paging.newest_first(Execution.id)
        found = await paging.fetch(
            session, _filtered(statement, chosen), newest_first, page, each=_open_choices(chosen)
        )
    return found.holding([_out(one) for one in found.items])


async def get_execution(actor: Actor, execution_id: UUID) -> ExecutionDetail:
    """An execution whole; NotFound when the tenant has none of this id."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = await rows.get(session, Execution, execution_id)
    return ExecutionDetail(**_out(found).model_dump(), **found.model_dump(include=_SHOWN_IN_DETAIL))


def _out(row: Execution) -> ExecutionOut:
    shown = {name: getattr(row, name) for name in _SHOWN}
    return ExecutionOut(**shown, integration_id=row.connector_id, actor=row.actor_name, ok=not row.error_kind)


def _filtered(statement: SelectOfScalar[Execution], chosen: ExecutionFilter) -> SelectOfScalar[Execution]:
    if chosen.action is not None:
        statement = statement.where(Execution.action == chosen.action)
    if chosen.trigger is not None:
        statement = statement.where(Execution.trigger == chosen.trigger)
    if chosen.outcome is not None:
        statement = statement.where(col(Execution.failed).is_(chosen.outcome == "failed"))
    # Ids grow with time, and have the index.
    if chosen.since is not None:
        statement = statement.where(col(Execution.id) >= lowest_at(chosen.since))
    if chosen.until is not None:
        statement = statement.where(col(Execution.id) < lowest_at(chosen.until))
    return statement


def _open_choices(chosen: ExecutionFilter) -> list[sa.ColumnElement[bool]] | None:
    """Every outcome and trigger that is not chosen, where something is: the indexes have both before the id."""
    if chosen.action is None and chosen.outcome is None and chosen.trigger is None:
        return None
    failed = col(Execution.failed)
    outcomes = [failed.is_(False), failed.is_(True)] if chosen.outcome is None else [sa.true()]
    triggers = [col(Execution.trigger) == one for one in get_args(Trigger)]
    return [
        sa.and_(outcome, trigger)
        for outcome in outcomes
        for trigger in (triggers if chosen.trigger is None else [sa.true()])
    ]
