"""Pages of identity."""

from datetime import timedelta
from uuid import UUID

from hub_app.identity.schemas.operator import DeleteTenantIn, NewTenantIn
from hub_app.identity.service import operated, suspending
from hub_app.identity.tables import ApiUsage
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from tests.examples import Samples
from tests.people import People

FORM = {
    "name": "Taken over",
    "email": "evil@evil.example",
    "role": "owner",
    "owner_email": "evil@evil.example",
    "tier": "enterprise",
    "grace_hours": "0",
    "lifetime": "365",
    "read:*": "on",
    "confirmation": "",
}


async def make(people: People, _receiver: str) -> Samples:
    operator, tenants = people.alice.actor, dict[str, str]()
    for name, tier in (("Birch Records", "starter"), ("Cedar Studio", "free"), ("Dove Prints", "scale")):
        given = NewTenantIn.model_validate({"name": name, "tier": tier, "owner_email": "owner@birch.example"})
        made, _ = await operated.create_tenant(operator, given)
        tenants[name] = f"/operator/tenants/{made.id}"
        if name.startswith("Cedar"):
            await suspending.suspend(operator, made.id)
        if name.startswith("Dove"):
            await suspending.delete_tenant(operator, made.id, DeleteTenantIn(name=name))
    await _calls(UUID(tenants["Birch Records"].rpartition("/")[2]))
    return Samples(
        {
            "/invite/[invitation]": ["/invite/unknown"],
            "/operator/tenants": ["/operator/tenants", "/operator/tenants?state=emptying"],
            "/operator/tenants/[tenant]": [
                f"/operator/tenants/{people.vera.tenant_id}",
                *tenants.values(),
                "/operator/tenants/unknown",
            ],
        },
        [("/settings/members", "Search or jump to")],
    )


async def _calls(tenant_id: UUID) -> None:
    """Some calls on each of the last days."""
    now = utcnow().replace(second=0, microsecond=0)
    async with db.begin(tenant_id) as session:
        session.add_all(
            ApiUsage(
                tenant_id=tenant_id,
                minute=now - timedelta(days=ago),
                token_id=UUID(int=0),
                route="/v1/integration/status",
                status_class=status,
                requests=400 // status + ago * 7 % 90,
            )
            for ago in range(25)
            for status in (2, 4)
        )
