"""How much of Hub a tenant uses, and what the tiers allow, for the operator: numbers alone."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, func, select

from hub_app.identity.schemas.operator import CallsOfDay, TenantUsage, TierOut
from hub_app.identity.service import emptying, operated, report
from hub_app.identity.tables import ApiUsage, Tenant
from hub_app.kernel import counts, db
from hub_app.kernel.actor import Actor, system_actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import TIERS, get_settings

_DAYS = 30


async def of_tenant(actor: Actor, tenant_id: UUID) -> TenantUsage:
    """A tenant's members, what it has, and its calls of the last 30 days. NotFound when there is no such tenant."""
    actor.require_operator()
    async with db.system("the operator looks at a tenant's usage") as session:
        await operated.get(session, tenant_id)
        members = await operated.count_members(session, [tenant_id])
        accounts = len(await emptying.accounts_of(session, tenant_id))
    return TenantUsage(
        members=members.get(tenant_id, 0),
        accounts=accounts,
        counts=await counts.of_tenant(system_actor(tenant_id, "Operator")),
        calls=await _calls(tenant_id),
    )


async def _calls(tenant_id: UUID) -> list[CallsOfDay]:
    today = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [today - timedelta(days=ago) for ago in reversed(range(_DAYS))]
    async with db.read(tenant_id) as session:
        points = await report.points(session, [col(ApiUsage.minute) >= starts[0]], starts)
    return [
        CallsOfDay(
            day=point.start.date(),
            requests=point.succeeded + point.refused + point.failed,
            errors=point.refused + point.failed,
        )
        for point in points
    ]


async def list_tiers(actor: Actor) -> Sequence[TierOut]:
    """The tiers, the smallest first, with how many tenants have each."""
    actor.require_operator()
    async with db.system("the operator looks at the tiers") as session:
        statement = select(Tenant.tier, func.count()).group_by(Tenant.tier)
        tenants = dict((await session.exec(statement)).all())
    settings = get_settings()
    return [
        TierOut(
            tier=tier,
            requests=settings.requests_per_window(tier),
            window_seconds=settings.rate_limit_window_seconds,
            setting=setting.upper(),
            tenants=tenants.get(tier, 0),
            is_default=tier == settings.default_tier,
        )
        for tier, setting in TIERS.items()
    ]
