"""The CRMs that can be connected, and what each allows."""

from dataclasses import asdict

from hub_app.crm import providers
from hub_app.crm.provider import Provider
from hub_app.crm.schemas.integrations import AskedOut, ProviderOut, Providers, RateLimits
from hub_app.crm.service import FAMILY, READ, oauth
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.sync.service import figures


async def list_providers(actor: Actor) -> Providers:
    """The most popular first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        apps = await oauth.apps_of(session, [one.oauth_app for one in providers.every().values()])
    return Providers(providers=[_out(one, apps.get(one.oauth_app)) for one in providers.every().values()])


def get_provider(provider_id: str) -> ProviderOut | None:
    """None for one that this version does not know. Where accounts are authorized is told by `list_providers` alone."""
    found = providers.every().get(provider_id)
    return _out(found, None) if found is not None else None


def names() -> dict[str, str]:
    """What each is called, by its id."""
    return {one.id: one.name for one in providers.every().values()}


async def status(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    async with db.read(actor.tenant_id) as session:
        found = await figures.counts(session, FAMILY)
    return {
        "connections": found["all"],
        "connections_connected": found["connected"],
        "connections_failing": found["error"],
        "open_conflicts": found["conflicts"],
    }


def _out(one: Provider, app: oauth.App | None) -> ProviderOut:
    return ProviderOut(
        id=one.id,
        name=one.name,
        description=one.description,
        logo_url=f"/logos/crm/{one.id}.svg",
        auth_type=one.auth_type,
        auth_types=list(one.auth_types),
        supported_features=list(one.features),
        rate_limits=RateLimits(
            requests_per_minute=one.requests_per_minute, requests_per_hour=one.requests_per_hour
        ),
        popularity_rank=one.popularity_rank,
        capabilities=asdict(one.capabilities),
        limits=list(one.limits),
        fields=[
            AskedOut(**asdict(asked), auth_types=[way for way in one.auth_types if asked in one.asked(way)])
            for asked in one.fields
        ],
        requires_scraping=one.requires_scraping or None,
        auth_url=app.authorize_url if app else None,
        scopes=app.scopes if app else None,
    )
