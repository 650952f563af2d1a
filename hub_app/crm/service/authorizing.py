"""Authorizing an account of a CRM by OAuth: the browser goes to the CRM and comes back, and the connection is tested."""

from contextlib import suppress
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.service import clients
from hub_app.crm.provider import Provider
from hub_app.crm.service import FAMILY, WRITE, accounts, oauth, testing
from hub_app.crm.tables import CrmAccount
from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel import db, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.authorizations import Authorizable, Purpose
from hub_app.kernel.errors import Conflict, NotFound
from hub_app.oauth.service import connections as oauth_connections
from hub_app.oauth.service import flows
from hub_app.sync.service import access

KIND = "crm_connection"


async def begin(
    actor: Actor, connection_id: UUID, *, origin: str = "", agreement: Agreement | None = None
) -> str:
    """Where to send the browser of the person who authorizes the account, for the first time or again; it comes back to the wizard.

    The OAuth connection that the CRM has keeps its id when it is this person's; else another one takes its place. Conflict for an
    account that has a key, and while the operator has not set up the CRM's app; Invalid, naming `consent`, as of `flows.start`.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        account = await accounts.account_of(session, connection_id)
        provider = accounts.provider_of(connection.provider)
        if account.auth_type != "oauth2":
            raise Conflict(
                f"{connection.name} is not connected by OAuth. Change its account in its settings."
            )
        await require_ready(session, actor, provider)
        former = await oauth.own(session, account, actor.person)
    return await flows.start(
        actor,
        app=provider.oauth_app,
        connection=former,
        origin=origin,
        agreement=agreement,
        purpose=Purpose(f"/crm/connections/new?connection={connection_id}", KIND, connection_id),
    )


async def require_ready(session: AsyncSession, actor: Actor, provider: Provider) -> None:
    """Conflict while nobody can be authorized at this CRM, in the open transaction; Forbidden for who may not authorize an account."""
    actor.require(Role.CUSTOMER_ADMIN, oauth_connections.WRITE)
    if provider.oauth_app not in await oauth.apps_of(session, [provider.oauth_app]):
        raise Conflict(
            f"{provider.name} is not set up yet. The operator must enter its addresses and credentials under OAuth apps."
        )


async def give_back(actor: Actor, oauth_id: UUID) -> None:
    """Give the grant of a connection that is deleted back to the CRM, unless a connector or another connection uses it. No
    transaction may be open.
    """
    async with db.read(actor.tenant_id) as session:
        others = select(CrmAccount.id).where(CrmAccount.oauth_connection_id == oauth_id)
        is_used = await clients.uses(session, oauth_id) or (await session.exec(others.limit(1))).first()
    if not is_used:
        with suppress(NotFound):
            await oauth_connections.disconnect(actor, oauth_id)


async def _granted(session: AsyncSession, tenant_id: UUID, connection_id: UUID, oauth_id: UUID) -> None:
    with suppress(NotFound):
        account = await rows.get(session, CrmAccount, connection_id, lock=True)
        if account.tenant_id == tenant_id and account.auth_type == "oauth2":
            account.oauth_connection_id = oauth_id
            session.add(account)


async def _settled(actor: Actor, connection_id: UUID) -> None:
    # It may have been deleted while the browser was away.
    with suppress(NotFound):
        await testing.test(actor, connection_id)


AUTHORIZABLE = Authorizable(role=Role.CUSTOMER_ADMIN, scope=WRITE, granted=_granted, settled=_settled)
