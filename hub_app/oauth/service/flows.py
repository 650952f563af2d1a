"""Authorisations: a member's browser is sent to a provider and comes back with a code."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import audit, db, rows
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import SealBroken, open_field, seal_field
from hub_app.oauth import exchange, protocol
from hub_app.oauth.provider import Account, Provider, Tokens, Unreadable
from hub_app.oauth.service import clients, connections, hosts, providers, records, unread
from hub_app.oauth.tables import OauthApp, OauthClient, OauthConnection, OauthFlow

CALLBACK = "/v1/integration/oauth/callback"
_PAGE = "/apps/connections"

Kind = Literal[
    "connected",
    "reconnected",
    "denied",
    "expired",
    "replayed",
    "foreign",
    "unknown",
    "wrong_issuer",
    "no_issuer",
    "moved",
    "other_account",
    "unread",
    "failed",
]
SENTENCES: dict[Kind, str] = {
    "connected": "The account is connected.",
    "reconnected": "The account is connected again.",
    "denied": "The access was refused at the provider. Nothing was connected.",
    "expired": "The authorisation took too long. Nothing was connected. Begin again.",
    "replayed": "This authorisation was used before; it serves once. Look at the list, or begin again.",
    "foreign": "This authorisation was begun by someone else, in another tenant or in another browser. Nothing was"
    " connected. Begin again here.",
    "unknown": "Hub did not begin this authorisation, began it long ago, or the app was deleted meanwhile. Nothing was"
    " connected. Begin again.",
    "wrong_issuer": "The answer came from another provider than the one that was asked. Nothing was connected.",
    "no_issuer": "The answer did not say which provider it came from (`iss`, RFC 9207), though this one should. Nothing was"
    " connected. If the provider never says so, the operator must leave the app's issuer empty.",
    "moved": "An address of the provider, or of the connector, was changed to another host meanwhile: what was allowed was"
    " not meant for that one. Nothing was connected. Look at the addresses and begin again.",
    "unread": "The access was allowed, but the provider's answer was not understood. It is kept; the connection says what to"
    " do.",
    "other_account": "This is another account than the one that was connected. Nothing was changed. Sign in at the"
    " provider with the former account, or make a new connection.",
    "failed": "The provider did not complete the authorisation. Nothing was connected. Begin again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider sent back with the browser."""

    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    iss: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an authorisation ended, and the page on which the browser goes on."""

    kind: Kind
    connection_id: UUID | None = None
    flow_id: UUID | None = None
    return_to: str = ""

    @property
    def location(self) -> str:
        """A path on Hub, with `outcome`, and `connection` and `flow` where there are any."""
        found = {"outcome": self.kind}
        for name, value in (("connection", self.connection_id), ("flow", self.flow_id)):
            if value is not None:
                found[name] = str(value)
        path = self.return_to or _PAGE
        return f"{path}{'&' if '?' in path else '?'}{urlencode(found)}"


async def start(
    actor: Actor,
    *,
    app: str | None = None,
    client: UUID | None = None,
    connection: UUID | None = None,
    scopes: list[str] | None = None,
    return_to: str = "",
    origin: str = "",
) -> str:
    """Begin an authorisation through an app (id or slug), a tenant's own client, or the one of a `connection` that shall
    be connected again, which keeps its id; the address to send the browser to.

    `origin` is the address of the page it was begun on, which counts where the settings name none; `return_to` a local path. Conflict when the
    app is not set up, Invalid for scopes that it does not have.
    """
    actor.require(Role.ENGINEER, connections.WRITE)
    user_id = connections.person(actor)
    async with db.begin(actor.tenant_id) as session:
        former = await _former(session, actor, connection, client)
        registration = await _registration(session, actor, app, client, former)
        provider = providers.provider_of(registration)
        if not provider.is_ready:
            raise Conflict(
                f"{provider.name} is not set up yet. The operator must enter its addresses and credentials."
            )
        wanted = _scopes(registration, former, scopes)
        state, verifier = protocol.new_secret(), protocol.new_secret()
        now = utcnow()
        flow = OauthFlow(
            tenant_id=actor.tenant_id,
            id=new_id(),
            state_hash=digest(state),
            app_id=registration.id if isinstance(registration, OauthApp) else None,
            client_id=registration.id if isinstance(registration, OauthClient) else None,
            connection_id=former.id if former else None,
            user_id=user_id,
            session_id=actor.session_id,
            scopes=wanted,
            redirect_uri=_redirect_uri(origin),
            return_to=return_to,
            hosts=hosts.of(registration),
            expires_at=now + timedelta(minutes=get_settings().oauth_authorization_code_expiry_minutes),
        )
        seal_field(flow, "verifier", verifier)
        session.add(flow)
        await session.flush()
        await _audit(session, actor, "started", flow, {"name": provider.name, "scopes": wanted})
    return protocol.authorize_url(
        provider, state=state, redirect_uri=flow.redirect_uri, scopes=wanted, verifier=verifier
    )


async def finish(actor: Actor, answer: Answer) -> Outcome:
    """Complete the authorisation that this answer belongs to, for the same user, tenant and browser session."""
    flow = await _find(answer.state)
    if flow is None:
        return Outcome("unknown")
    if not _is_of(flow, actor):
        return Outcome("foreign")
    actor.require(Role.ENGINEER, connections.WRITE)
    if flow.client_id is not None:
        actor.require(Role.CUSTOMER_ADMIN, clients.WRITE)
    if flow.used_at is None and flow.expires_at <= utcnow():
        return Outcome("expired", flow.connection_id, flow.id, flow.return_to)
    registration = await _use(flow)
    if registration is None:
        return Outcome("replayed", flow.connection_id, flow.id, flow.return_to)
    try:
        return await _complete(actor, flow, registration, answer)
    except (SealBroken, NotFound) as error:
        return await _broken_off(actor, flow, error)


async def _broken_off(actor: Actor, flow: OauthFlow, error: SealBroken | NotFound) -> Outcome:
    if isinstance(error, NotFound):  # The app was deleted, and the authorisation with it.
        return Outcome("unknown")
    return await _end(actor, flow, "failed", f"{error.detail} Nothing was connected.")


async def _complete(
    actor: Actor, flow: OauthFlow, registration: OauthApp | OauthClient, answer: Answer
) -> Outcome:
    refused = _refusal(flow, registration, answer)
    if refused is not None:
        return await _end(actor, flow, refused, SENTENCES[refused])
    provider = providers.provider_of(registration)
    if answer.error:
        kind: Kind = "denied" if answer.error == "access_denied" else "failed"
        return await _end(actor, flow, kind, protocol.denial(provider, answer.error))
    if not answer.code:
        return await _end(actor, flow, "failed", f"{provider.name} answered without a code. Begin again.")
    verifier = open_field(flow, "verifier")
    try:
        tokens = await exchange.by_code(
            provider, code=answer.code, redirect_uri=flow.redirect_uri, verifier=verifier
        )
    except Unreadable as error:
        return await _keep(actor, flow, provider, error)
    except ApiError as error:
        return await _end(actor, flow, "failed", f"{error} Nothing was connected. Begin again.")
    return await _connect(actor, flow, provider, tokens)


def _refusal(flow: OauthFlow, registration: OauthApp | OauthClient, answer: Answer) -> Kind | None:
    """Why the answer is not even looked at: a host that has changed, or who says to have answered (RFC 9207) where the
    issuer is known.
    """
    if flow.hosts != hosts.of(registration):
        return "moved"
    if not registration.issuer or answer.iss == registration.issuer:
        return None
    if answer.iss:
        return "wrong_issuer"
    # A refusal gives nothing away, and its own words help more.
    return None if answer.error else "no_issuer"


async def explain(actor: Actor, outcome: str, flow_id: UUID | None = None) -> str:
    """The sentence for an outcome, with what the provider said, for the page on which the browser ended."""
    actor.require(Role.CUSTOMER_VIEWER, connections.READ)
    if flow_id is not None:
        async with db.read(actor.tenant_id) as session:
            statement = select(OauthFlow.message).where(
                OauthFlow.id == flow_id, OauthFlow.user_id == actor.user_id
            )
            message = (await session.exec(statement)).one_or_none()
        if message:
            return message
    return next((text for kind, text in SENTENCES.items() if kind == outcome), "")


async def _former(
    session: AsyncSession, actor: Actor, connection: UUID | None, client: UUID | None
) -> OauthConnection | None:
    """The connection to connect again: the one named, or the one that the client has."""
    if connection is None and client is not None:
        connection = await connections.connection_of_client(session, client)
    if connection is None:
        return None
    found = await records.find(session, actor, connection)
    if found.user_id not in (None, actor.user_id):
        raise Forbidden("Only the member whose connection it is can connect it again")
    return found


async def _registration(
    session: AsyncSession,
    actor: Actor,
    app: str | None,
    client: UUID | None,
    former: OauthConnection | None,
) -> OauthApp | OauthClient:
    if former is not None:
        app = str(former.app_id) if former.app_id else None
        client = former.client_id
    if client is not None:
        actor.require(Role.CUSTOMER_ADMIN, clients.WRITE)
        return await rows.get(session, OauthClient, client)
    return await providers.find_app(session, app or "")


def _scopes(
    registration: OauthApp | OauthClient, former: OauthConnection | None, wanted: list[str] | None
) -> list[str]:
    if wanted is None:
        of_app = former.scopes_asked if former and isinstance(registration, OauthApp) else []
        kept = [scope for scope in of_app if scope in registration.scopes]
        return kept or list(registration.default_scopes)
    unknown = sorted(set(wanted) - registration.scopes.keys())
    if unknown:
        raise Invalid.field("scopes", f"must be among those of {registration.name}; {unknown[0]} is not")
    return list(dict.fromkeys(wanted))


def _redirect_uri(origin: str) -> str:
    settings = get_settings()
    return f"{settings.oauth_redirect_uri_base or settings.public_url or origin or settings.own_address()}{CALLBACK}"


async def _find(state: str) -> OauthFlow | None:
    if not state:
        return None
    async with db.system("whose authorisation is this?") as session:
        return (
            await session.exec(select(OauthFlow).where(OauthFlow.state_hash == digest(state)))
        ).one_or_none()


def _is_of(flow: OauthFlow, actor: Actor) -> bool:
    """Whether the same person comes back to the same tenant, in the same browser where it was begun in one."""
    same_browser = flow.session_id is None or flow.session_id == actor.session_id
    return flow.tenant_id == actor.tenant_id and flow.user_id == actor.user_id and same_browser


async def _use(flow: OauthFlow) -> OauthApp | OauthClient | None:
    """Take the authorisation, once, with the registration as it is now; None when somebody else was quicker."""
    async with db.begin(flow.tenant_id) as session:
        used = await session.exec(
            update(OauthFlow)
            .where(col(OauthFlow.id) == flow.id, col(OauthFlow.used_at).is_(None))
            .values(used_at=utcnow())
            .execution_options(synchronize_session=False)
        )
        if used.rowcount != 1:
            return None
        return await providers.registration_of(session, flow)


async def _connect(actor: Actor, flow: OauthFlow, provider: Provider, tokens: Tokens) -> Outcome:
    account = tokens.account or Account()
    async with db.begin(actor.tenant_id) as session:
        if await _has_moved(session, flow):
            return await _end(actor, flow, "moved", SENTENCES["moved"])
        connection = await _target(session, flow)
        if connection.account_id and connection.account_id != account.id:
            if account.id:
                return await _end(actor, flow, "other_account", _other_account(connection, account))
            message = f"{provider.name} did not say which account this is. Nothing was changed. Try again."
            return await _end(actor, flow, "failed", message)
        again = flow.connection_id is not None
        connection.scopes_asked, connection.hosts = flow.scopes, flow.hosts
        records.settle(connection, tokens)
        session.add(connection)
        await session.flush()
        await _remember(session, flow, connection.id, "")
        records.changed(session, connection)
        summary: dict[str, object] = {"name": provider.name, "scopes": connection.scopes_granted}
        await records.record(session, actor, "reconnected" if again else "connected", connection, summary)
    return Outcome("reconnected" if again else "connected", connection.id, flow.id, flow.return_to)


async def _has_moved(session: AsyncSession, flow: OauthFlow) -> bool:
    """Whether an address has another host than when the authorisation began. (A change that commits later finds the
    connection, or is found by what the connection remembers.)
    """
    return flow.hosts != hosts.of(await providers.registration_of(session, flow))


async def _keep(actor: Actor, flow: OauthFlow, provider: Provider, error: Unreadable) -> Outcome:
    """Keep an answer that was not understood in a connection, which may become one when it is."""
    async with db.begin(actor.tenant_id) as session:
        if await _has_moved(session, flow):
            return await _end(actor, flow, "moved", SENTENCES["moved"])
        connection = await _target(session, flow)
        connection.scopes_asked = flow.scopes
        if not connection.access_token or connection.status not in records.ALIVE:
            records.empty(connection, "error", "")
            connection.hosts, connection.expires_at = flow.hosts, utcnow()
        unread.keep(connection, error)
        session.add(connection)
        await session.flush()
        await _remember(session, flow, connection.id, connection.last_error)
        records.changed(session, connection)
        await records.record(session, actor, "not_understood", connection, {"name": provider.name})
    return Outcome("unread", connection.id, flow.id, flow.return_to)


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


async def _end(actor: Actor, flow: OauthFlow, kind: Kind, message: str) -> Outcome:
    """Keep why nothing was connected."""
    async with db.begin(actor.tenant_id) as session:
        await _remember(session, flow, flow.connection_id, message)
        # Not the message: it may name the account at the provider.
        await _audit(session, actor, kind, flow, {"authorization": str(flow.id)})
    return Outcome(kind, flow.connection_id, flow.id, flow.return_to)


async def _remember(session: AsyncSession, flow: OauthFlow, connection_id: UUID | None, message: str) -> None:
    await session.exec(
        update(OauthFlow)
        .where(col(OauthFlow.id) == flow.id)
        .values(connection_id=connection_id, message=message[:500], verifier=b"")
        .execution_options(synchronize_session=False)
    )


async def _audit(
    session: AsyncSession, actor: Actor, verb: str, flow: OauthFlow, summary: dict[str, object]
) -> None:
    await audit.record(
        session,
        actor,
        f"oauth.authorization.{verb}",
        target_type="oauth_connection" if flow.connection_id else "oauth_app",
        target_id=flow.connection_id or flow.app_id or flow.client_id or "",
        summary=summary,
    )
