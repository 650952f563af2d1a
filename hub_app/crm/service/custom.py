"""CRMs that somebody has declared: what is checked of a declaration, and what its lists hold when they are tried."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from pydantic import JsonValue
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.client import Client
from hub_app.apiclient.errors import ApiError, advice
from hub_app.apiclient.quota import Rate, rates
from hub_app.connectors.service import clients, lookup
from hub_app.connectors.service.clients import Use
from hub_app.crm import providers
from hub_app.crm.fields import Feature
from hub_app.crm.provider import Account, AuthType, Provider, Source
from hub_app.crm.provider.declaration import SourceIn
from hub_app.crm.schemas.integrations import (
    IntegrationIn,
    IntegrationPatch,
    ResourceTried,
    SourceTried,
    SourceTryIn,
)
from hub_app.crm.service import WRITE
from hub_app.crm.tables import CrmAccount
from hub_app.kernel import db, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.sync.service import first_mappings

PROVIDER = "custom"
_KINDS: dict[str, AuthType] = {
    "api_key": "api_key",
    "none": "api_key",
    "basic": "basic_auth",
    "oauth": "oauth2",
}


def check_declared(provider: Provider, given: IntegrationIn | IntegrationPatch, *, is_new: bool) -> None:
    """Invalid for a declaration where none belongs, and for none where one does."""
    if given.source is not None and not provider.on_connector:
        raise Invalid.field("source", f"is for custom CRMs only: {provider.name} has lists of its own")
    if is_new and provider.on_connector and given.source is None:
        raise Invalid.field("source", "is required: declare at least one list of the API")


def check_kept(before: SourceIn, after: SourceIn) -> None:
    """Invalid when records of a kind could no longer be read that were."""
    missing = {one.name for one in before.resources} - {one.name for one in after.resources}
    if missing:
        names = ", ".join(sorted(missing))
        raise Invalid.field(
            "source.resources", f"must still have {names}: its records were read from this source"
        )


async def attach(session: AsyncSession, actor: Actor, account: CrmAccount) -> None:
    """Have the account use the connector that its settings name, in the open transaction. Invalid when the tenant has none of this
    id; Forbidden for whoever may not use connectors.
    """
    actor.require(Role.CUSTOMER_ADMIN, lookup.WRITE)
    field, text = "auth_config.connector_id", account.settings.get("connector_id", "")
    try:
        connector_id = UUID(text)
    except ValueError:
        raise Invalid.field(field, "must be an id (a UUID)") from None
    known = await clients.known(session, connector_id)
    if known is None:
        raise Invalid.field(field, "is none of your connectors")
    account.connector_id, account.auth_type = connector_id, _KINDS.get(known.auth_type, "api_key")


async def list_connectors(actor: Actor) -> Sequence[clients.Known]:
    """The connectors that a CRM can be reached through, by their names."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    actor.require(Role.CUSTOMER_ADMIN, lookup.READ)
    async with db.read(actor.tenant_id) as session:
        return await clients.every(session)


@underway.counted
async def try_source(actor: Actor, given: SourceTryIn) -> SourceTried:
    """Read one page of each list that is declared, and say what was found. Nothing is kept. No transaction may be open."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    actor.require(Role.CUSTOMER_ADMIN, lookup.WRITE)
    async with db.read(actor.tenant_id) as session:
        if await clients.known(session, given.connector_id) is None:
            raise Invalid([FieldError("connector_id", "is none of your connectors")])
    account = CrmAccount(
        tenant_id=actor.tenant_id,
        auth_type="",
        connector_id=given.connector_id,
        source=given.source.model_dump(mode="json"),
    )
    try:
        async with opened(actor, providers.every()[PROVIDER], account, Use()) as source:
            found = [page.tried for page in await read_first_pages(source)]
    except ApiError as error:
        found = [ResourceTried(resource=one.name, problem=told(error)) for one in given.source.resources]
    return SourceTried(resources=found)


@asynccontextmanager
async def opened(actor: Actor, provider: Provider, account: CrmAccount, use: Use) -> AsyncIterator[Source]:
    """The source behind an account's connector, for as long as the block lasts. ApiError when it cannot be used."""
    if account.connector_id is None or provider.source is None:
        raise ApiError("credential", clients.GONE)
    connector = await clients.opened(actor, account.connector_id, use)
    settings = {**account.settings, "base_url": connector.base_url, "host": connector.host}

    async def ready(refused: str) -> Client:
        return await connector.ready(refused)

    yield provider.source(Account(settings=settings, source=account.source), ready)


def limits_of(account: CrmAccount) -> tuple[Rate, ...]:
    """How often the tenant lets the CRM be called."""
    source = SourceIn.model_validate(account.source)
    return rates(per_minute=source.requests_per_minute, per_hour=source.requests_per_hour)


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The first page of a list: what is told of it, and its records."""

    tried: ResourceTried
    payloads: Sequence[Mapping[str, JsonValue]] = ()


async def read_first_pages(source: Source) -> list[FirstPage]:
    """What the first page of each list holds; where it cannot be read, why."""
    return [await _first_page(source, cast("Feature", name)) for name in source.resources]


async def _first_page(source: Source, name: Feature) -> FirstPage:
    try:
        page = await source.read(name)
    except ApiError as error:
        return FirstPage(ResourceTried(resource=name, problem=told(error)))
    first = page.items[0] if page.items else None
    rows = len(page.items) + len(page.unread)
    why = (
        f"{len(page.unread)} of {rows} rows cannot be read: the first of them {page.unread[0].why}."
        if page.unread
        else ""
    )
    tried = ResourceTried(
        resource=name,
        rows=rows,
        unreadable=len(page.unread),
        total=page.total,
        more=page.next is not None,
        first_id=first.external_id if first else "",
        first_modified=first.modified if first else None,
        first_version=first.version if first else "",
        first_row=dict(first.payload) if first else page.unread[0].raw if page.unread else None,
        problem=why,
    )
    return FirstPage(tried, [one.payload for one in page.items])


def told(error: ApiError) -> str:
    """What went wrong, and what to do about it."""
    return f"{str(error).rstrip('.')}. {advice(error.kind)}".strip()


async def map_first(session: AsyncSession, account: CrmAccount, pages: Sequence[FirstPage]) -> None:
    """Map lists that have no mapping yet by what their first pages hold, in the open transaction."""
    if not pages:
        return
    declared = {
        one.resource.name: one.resource.fields for one in SourceIn.model_validate(account.source).declared()
    }
    for page in pages:
        name = page.tried.resource
        await first_mappings.fill(session, account.id, name, page.payloads, declared.get(name, ()))


def without_row(tried: ResourceTried) -> ResourceTried:
    return tried.model_copy(update={"first_row": None})


def failure_of(pages: Sequence[FirstPage]) -> str:
    """Why a source cannot be used; "" when each list has a row that can be read, or none at all."""
    failed = [one.tried for one in pages if one.tried.problem and one.tried.unreadable == one.tried.rows]
    return " ".join(f"{one.resource.capitalize()}: {one.problem}" for one in failed)[:500]
