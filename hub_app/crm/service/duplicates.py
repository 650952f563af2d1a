"""Records that may be the same person or thing."""

from uuid import UUID

from hub_app.crm.schemas.conflicts import DuplicateOut, DuplicateSide, DuplicateStatus, MergeIn
from hub_app.crm.service import FAMILY
from hub_app.kernel import edits
from hub_app.kernel.actor import Actor
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.sync.service import duplicates
from hub_app.sync.service.duplicates import Pair, Side


async def list_duplicates(
    actor: Actor, page: PageRequest, *, status: DuplicateStatus = "open", resource: str = ""
) -> Slice[DuplicateOut]:
    """Newest first."""
    found = await duplicates.list_duplicates(actor, FAMILY, page, status=status, resource=resource)
    return found.holding([_out(one) for one in found.items])


async def get_duplicate(actor: Actor, duplicate_id: UUID) -> DuplicateOut:
    return _out(await duplicates.get_duplicate(actor, FAMILY, duplicate_id))


async def merge(
    actor: Actor, duplicate_id: UUID, given: MergeIn, *, expected: edits.Expected | None = None
) -> DuplicateOut:
    """Make one record of two. PreconditionFailed when they are not as they were seen."""
    await duplicates.merge(actor, FAMILY, duplicate_id, keep=given.keep, take=given.take, expected=expected)
    return await get_duplicate(actor, duplicate_id)


async def take_apart(actor: Actor, duplicate_id: UUID) -> DuplicateOut:
    """Make two records again of one that was merged."""
    await duplicates.take_apart(actor, FAMILY, duplicate_id)
    return await get_duplicate(actor, duplicate_id)


async def dismiss(actor: Actor, duplicate_id: UUID) -> DuplicateOut:
    """They are two: they are not offered again."""
    await duplicates.dismiss(actor, FAMILY, duplicate_id)
    return await get_duplicate(actor, duplicate_id)


def _out(pair: Pair) -> DuplicateOut:
    row = pair.row
    out = DuplicateOut(
        id=row.id,
        resource=pair.resource,
        why=row.why,  # type: ignore[arg-type]
        score=row.score,
        status=row.status,  # type: ignore[arg-type]
        first=_side(pair.first),
        second=_side(pair.second),
        decided_by=row.decided_by,
        kept=UUID(row.merged["kept"]) if row.merged else None,
        created_at=row.created_at,
    )
    return out.of(pair.version)


def _side(side: Side) -> DuplicateSide:
    record = side.record
    return DuplicateSide(
        id=record.id,
        name=record.name,
        email=record.email,
        phone=record.phone,
        date=record.date,
        status=record.status,
        values=dict(side.values),
        sources=list(side.sources),
        created_at=record.created_at,
    )
