"""Conflicts between records here and at CRMs, and choosing between them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.crm.schemas.conflicts import (
    ConflictField,
    ConflictOut,
    ConflictStatus,
    ResolveAlikeIn,
    ResolveIn,
)
from hub_app.crm.schemas.integrations import DIRECTIONS
from hub_app.crm.service import FAMILY
from hub_app.kernel import db, edits
from hub_app.kernel.actor import Actor
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.sync.schemas import Choice
from hub_app.sync.service import conflicts
from hub_app.sync.service.conflicts import Beside

_DIRECTIONS = {inner: outer for outer, inner in DIRECTIONS.items()}
_SIDES = {"hub": "hub", "source": "crm", "value": "value"}


async def list_conflicts(
    actor: Actor, page: PageRequest, *, status: ConflictStatus = "open", integration_id: UUID | None = None
) -> Slice[ConflictOut]:
    """Newest first."""
    found = await conflicts.list_conflicts(actor, FAMILY, page, status=status, connection_id=integration_id)
    return found.holding(await _outs(actor, found.items))


async def get_conflict(actor: Actor, conflict_id: UUID) -> ConflictOut:
    return (await _outs(actor, [await conflicts.get_conflict(actor, FAMILY, conflict_id)]))[0]


async def resolve(
    actor: Actor, conflict_id: UUID, given: ResolveIn, *, expected: edits.Expected | None = None
) -> ConflictOut:
    """Choose for some fields, or all. Conflict when it is over; EditConflict or PreconditionFailed when it has changed."""
    choices = {name: one.choice for name, one in given.choices.items()}
    done = await conflicts.resolve(actor, FAMILY, conflict_id, choices, expected=expected)
    return (await _outs(actor, [done]))[0]


async def resolve_alike(actor: Actor, conflict_id: UUID, given: ResolveAlikeIn) -> int:
    """Take the same side for a field in every open conflict of the same connection; how many there were."""
    choice = Choice(take="source" if given.take == "crm" else "hub")
    return await conflicts.resolve_alike(actor, FAMILY, conflict_id, given.field, choice)


async def count_alike(actor: Actor, conflict_id: UUID, field: str) -> int:
    """In how many other open conflicts of the same connection nobody has chosen for this field."""
    return await conflicts.count_alike(actor, FAMILY, conflict_id, field)


async def count_open(actor: Actor) -> int:
    """How many conflicts wait for somebody to choose."""
    return await conflicts.count_open(actor, FAMILY)


async def _outs(actor: Actor, found: Sequence[conflicts.Row]) -> list[ConflictOut]:
    async with db.read(actor.tenant_id) as session:
        beside = await _beside(session, found)
    return [_out(one, beside[one.id]) for one in found]


async def _beside(session: AsyncSession, found: Sequence[conflicts.Row]) -> dict[UUID, Beside]:
    return await conflicts.beside(session, found)


def _out(one: conflicts.Row, beside: Beside) -> ConflictOut:
    sides: dict[str, dict[str, Any]] = one.fields
    known = beside.fields
    out = ConflictOut(
        id=one.id,
        record_id=one.record_id,
        record_name=beside.record_name,
        resource=beside.resource,
        integration_id=one.connection_id,
        integration_name=beside.connection_name,
        crm_provider=beside.provider,
        sync_direction=_DIRECTIONS[beside.direction],  # type: ignore[index]
        status=one.status,  # type: ignore[arg-type]
        fields=[
            ConflictField(
                field=name,
                label=known[name].label if name in known else name,
                type=known[name].type if name in known else "text",
                hub=side["hub"],
                crm=side["source"],
                base=side["base"],
                chosen=_SIDES.get(one.chosen.get(name, "")),  # type: ignore[arg-type]
            )
            for name, side in sides.items()
        ],
        resolved_by=one.resolved_by,
        resolved_at=one.resolved_at,
        created_at=one.created_at,
    )
    return out.of(lambda: conflicts.version_of(one))
