"""What comes of an authorization: tokens in a connection, a kept answer, or why there is none."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.oauth.provider import Account, Provider, Tokens, Unreadable
from hub_app.oauth.service import connections, consent, hosts, providers, purposes, records, unread
from hub_app.oauth.service.outcomes import SENTENCES, Kind, Outcome
from hub_app.oauth.tables import OauthConnection, OauthFlow


async def connect(actor: Actor, flow: OauthFlow, provider: Provider, tokens: Tokens) -> Outcome:
    """Put the tokens into the connection, unless they are for another account or another host."""
    account = tokens.account or Account()
    async with db.begin(actor.tenant_id) as session:
        if await _has_moved(session, flow):
            return await end(actor, flow, "moved")
        connection = await _target(session, flow)
        if await _is_revoked(session, flow, connection):
            return await end(actor, flow, "revoked")
        if connection.account_id and connection.account_id != account.id:
            if account.id:
                return await end(actor, flow, "other_account", _other_account(connection, account))
            message = f"{provider.name} did not say which account this is. Nothing was changed. Try again."
            return await end(actor, flow, "failed", message)
        connection.scopes_asked, connection.hosts = flow.scopes, flow.hosts
        records.settle(connection, tokens)
        records.changed(session, connection)
        await session.flush()
        await _remember(session, flow, connection.id, "")
        await _record_consent(session, actor, flow, connection, provider.name)
        await purposes.grant(session, flow, connection.id)
        kind: Kind = "connected" if flow.connection_id is None else "reconnected"
        summary: dict[str, object] = {"name": provider.name, "scopes": connection.scopes_granted}
        await records.record(session, actor, kind, connection, summary)
    return Outcome.of(flow, kind, connection.id)


async def keep(actor: Actor, flow: OauthFlow, provider: Provider, error: Unreadable) -> Outcome:
    """Keep an answer that was not understood in a connection, which may become one when it is."""
    async with db.begin(actor.tenant_id) as session:
        if await _has_moved(session, flow):
            return await end(actor, flow, "moved")
        connection = await _target(session, flow)
        if await _is_revoked(session, flow, connection):
            return await end(actor, flow, "revoked")
        connection.scopes_asked = flow.scopes
        if not connection.access_token or connection.status not in records.ALIVE:
            records.empty(connection, "error", "")
            connection.hosts, connection.expires_at = flow.hosts, utcnow()
        unread.keep(connection, error)
        records.changed(session, connection)
        await session.flush()
        await _remember(session, flow, connection.id, connection.last_error)
        await _record_consent(session, actor, flow, connection, provider.name)
        await purposes.grant(session, flow, connection.id)
        await records.record(session, actor, "not_understood", connection, {"name": provider.name})
    return Outcome.of(flow, "unread", connection.id)


async def _record_consent(
    session: AsyncSession, actor: Actor, flow: OauthFlow, connection: OauthConnection, app: str
) -> None:
    """What was agreed to when a connection was begun; one that is connected again has its consent."""
    if flow.consent is not None:
        await consent.record(session, actor, connection, app, Agreement(**flow.consent))  # type: ignore[arg-type] - as it was stored


async def end(actor: Actor, flow: OauthFlow, kind: Kind, message: str = "") -> Outcome:
    """Keep why nothing was connected."""
    async with db.begin(actor.tenant_id) as session:
        await _remember(session, flow, flow.connection_id, message or SENTENCES[kind])
        # Not the message: it may name the account at the provider.
        await record(session, actor, kind, flow, {"authorization": str(flow.id)})
    return Outcome.of(flow, kind)


async def record(
    session: AsyncSession, actor: Actor, verb: str, flow: OauthFlow, summary: dict[str, object]
) -> None:
    """Audit what happened to an authorization."""
    await audit.record(
        session,
        actor,
        f"oauth.authorization.{verb}",
        target_type="oauth_connection" if flow.connection_id else "oauth_app",
        target_id=flow.connection_id or flow.app_id or flow.client_id or "",
        summary=summary,
    )


async def _has_moved(session: AsyncSession, flow: OauthFlow) -> bool:
    """Whether an address has another host than when the authorization began. (A change that commits later finds the
    connection, or is found by what the connection remembers.)
    """
    return flow.hosts != hosts.of(await providers.registration_of(session, flow))


async def _is_revoked(session: AsyncSession, flow: OauthFlow, connection: OauthConnection) -> bool:
    """Whether the consent was revoked while the browser was at the provider, so that nothing is connected again."""
    registration = await providers.registration_of(session, flow)
    return bool(await consent.refusal_in(session, connection.id, registration))


async def _target(session: AsyncSession, flow: OauthFlow) -> OauthConnection:
    """The connection that the tokens go to: the former one, or a new one."""
    if flow.connection_id is not None:
        return await records.find_any(session, flow.connection_id)
    if flow.client_id is not None:
        # Begun twice before either came back.
        former = await connections.connection_of_client(session, flow.client_id)
        if former is not None:
            return await records.find_any(session, former)
    return OauthConnection(
        tenant_id=flow.tenant_id,
        id=new_id(),
        app_id=flow.app_id,
        client_id=flow.client_id,
        user_id=flow.user_id if flow.app_id else None,
    )


def _other_account(connection: OauthConnection, account: Account) -> str:
    return (
        f"This is another account ({account.name or account.id}) than the one that was connected"
        f" ({connection.account_name or connection.account_id}). Nothing was changed. Sign in at the provider with the"
        " former account, or make a new connection."
    )


async def _remember(session: AsyncSession, flow: OauthFlow, connection_id: UUID | None, message: str) -> None:
    await session.exec(
        update(OauthFlow)
        .where(col(OauthFlow.id) == flow.id)
        .values(connection_id=connection_id, message=message[:500], verifier=b"")
        .execution_options(synchronize_session=False)
    )
