"""How a tenant's REST calls fared: the written counts, as rows and as a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.identity.schemas import UsageFilter, UsageOut
from hub_app.identity.service.usage import NO_TOKEN
from hub_app.identity.tables import ApiToken, ApiUsage
from hub_app.kernel import db, paging
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow

READ = "read:*"
_TOP_ROUTES = 10
_REFUSED, _FAILED = 4, 5


class Span(Enum):
    """A stretch of time up to now, in equal steps."""

    HOUR = ("hour", timedelta(minutes=5), 12)
    DAY = ("day", timedelta(hours=1), 24)
    WEEK = ("week", timedelta(hours=6), 28)

    def __init__(self, key: str, step: timedelta, steps: int) -> None:
        self.key, self.step, self.steps = key, step, steps

    def starts(self, now: datetime) -> list[datetime]:
        """Where the steps begin, on round times; the last one holds `now`."""
        seconds = int(self.step.total_seconds())
        last = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)
        return [last - self.step * i for i in reversed(range(self.steps))]


@dataclass(frozen=True, slots=True)
class Point:
    """Calls within one step, by outcome: 2xx and 3xx, 4xx, 5xx."""

    start: datetime
    succeeded: int
    refused: int
    failed: int


@dataclass(frozen=True, slots=True)
class RouteCount:
    route: str
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class Report:
    points: list[Point]
    routes: list[RouteCount]

    @property
    def requests(self) -> int:
        return sum(p.succeeded + p.refused + p.failed for p in self.points)

    @property
    def errors(self) -> int:
        return sum(p.refused + p.failed for p in self.points)


_NEWEST_FIRST: Sequence[paging.Order] = [
    paging.Order(cast("InstrumentedAttribute[object]", column), descending=True)
    for column in (ApiUsage.minute, ApiUsage.token_id, ApiUsage.route, ApiUsage.status_class)
]


async def list_usage(actor: Actor, chosen: UsageFilter, page: paging.PageRequest) -> paging.Slice[UsageOut]:
    """The counts, newest first: of one's own tokens, or for customer admins of the whole tenant."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        statement = select(ApiUsage).where(*_matching(chosen.token_id, chosen.route))
        if chosen.since is not None:
            statement = statement.where(col(ApiUsage.minute) >= chosen.since)
        if chosen.until is not None:
            statement = statement.where(col(ApiUsage.minute) < chosen.until)
        own = await _own_tokens(session, actor)
        # One after the other: an index leads through the minutes of one token.
        each = None if own is None else [col(ApiUsage.token_id) == one for one in own]
        found = await paging.fetch(session, statement, _NEWEST_FIRST, page, each=each)
    return found.holding([_out(row) for row in found.items])


async def summarize(actor: Actor, span: Span, token_id: UUID | None = None) -> Report:
    """Calls over time and the busiest routes, in the stretch up to now."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    starts = span.starts(utcnow())
    async with db.read(actor.tenant_id) as session:
        own = await _own_tokens(session, actor)
        if own is not None and not own:
            return Report(points=[Point(start, 0, 0, 0) for start in starts], routes=[])
        visible = [] if own is None else [col(ApiUsage.token_id).in_(own)]
        conditions = [*visible, *_matching(token_id, None), col(ApiUsage.minute) >= starts[0]]
        return Report(
            points=await points(session, conditions, starts),
            routes=await _routes(session, conditions),
        )


async def _own_tokens(session: AsyncSession, actor: Actor) -> Sequence[UUID] | None:
    """The tokens whose calls the actor may see; None for all of the tenant."""
    if actor.role.includes(Role.CUSTOMER_ADMIN):
        return None
    return (await session.exec(select(ApiToken.id).where(ApiToken.user_id == actor.user_id))).all()


def _matching(token_id: UUID | None, route: str | None) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = []
    if token_id is not None:
        wanted.append(col(ApiUsage.token_id) == token_id)
    if route is not None:
        wanted.append(col(ApiUsage.route) == route)
    return wanted


async def points(
    session: AsyncSession, conditions: Sequence[sa.ColumnElement[bool]], starts: Sequence[datetime]
) -> list[Point]:
    """The tenant's calls for which `conditions` hold, by the steps that begin at `starts`; the last one has no end."""
    # Time is cut into steps by CASE: each database has another function for it.
    step = sa.case(
        *((col(ApiUsage.minute) < end, number) for number, end in enumerate(starts[1:])),
        else_=len(starts) - 1,
    ).label("step")
    statement = (
        select(step, ApiUsage.status_class, func.sum(ApiUsage.requests))
        .where(*conditions)
        .group_by("step", col(ApiUsage.status_class))
    )
    counts = {(number, kind): total for number, kind, total in (await session.exec(statement)).all()}
    return [
        Point(
            start=start,
            succeeded=sum(counts.get((number, kind), 0) for kind in (1, 2, 3)),
            refused=counts.get((number, _REFUSED), 0),
            failed=counts.get((number, _FAILED), 0),
        )
        for number, start in enumerate(starts)
    ]


async def _routes(session: AsyncSession, conditions: Sequence[sa.ColumnElement[bool]]) -> list[RouteCount]:
    total = func.sum(ApiUsage.requests)
    errors = func.sum(sa.case((col(ApiUsage.status_class) >= _REFUSED, col(ApiUsage.requests)), else_=0))
    statement = (
        select(ApiUsage.route, total, errors)
        .where(*conditions)
        .group_by(ApiUsage.route)
        .order_by(total.desc(), col(ApiUsage.route))
        .limit(_TOP_ROUTES)
    )
    return [RouteCount(*row) for row in (await session.exec(statement)).all()]


def _out(row: ApiUsage) -> UsageOut:
    token_id = None if row.token_id == NO_TOKEN else row.token_id
    return UsageOut(**row.model_dump(exclude={"token_id"}), token_id=token_id)
