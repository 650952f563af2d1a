"""Authorizations: a member's browser is sent to a provider and comes back with a code."""

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError
from hub_app.governance.schemas.consents import Agreement
from hub_app.governance.service import consents
from hub_app.kernel import db, rows, underway
from hub_app.kernel.access import digest
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.authorizations import Purpose
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from hub_app.kernel.ids import new_id
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import SealBroken, open_field, seal_field
from hub_app.oauth import exchange, protocol
from hub_app.oauth.provider import Unreadable
from hub_app.oauth.service import clients, connections, consent, endings, hosts, providers, purposes, records
from hub_app.oauth.service.outcomes import Kind, Outcome
from hub_app.oauth.tables import OauthApp, OauthClient, OauthConnection, OauthFlow

CALLBACK = "/v1/integration/oauth/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider sent back with the browser."""

    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    iss: str = ""


async def start(
    actor: Actor,
    *,
    app: str | None = None,
    client: UUID | None = None,
    connection: UUID | None = None,
    scopes: list[str] | None = None,
    purpose: Purpose = Purpose(),  # noqa: B008 - it cannot be changed
    origin: str = "",
    agreement: Agreement | None = None,
) -> str:
    """Begin an authorization through an app (id or slug), a tenant's own client, or the one of a `connection` that shall
    be connected again, which keeps its id; the address to send the browser to.

    `origin` is the address of the page it was begun on, which counts where the settings name none; `purpose` what it is for. Conflict when the
    app is not set up, Invalid for scopes that it does not have, and, naming `consent`, when nobody consents to a new
    connection and the tenant wants it to be said. ConsentRevoked when the consent to the former connection, or to the connector
    whose client it is, was revoked.
    """
    actor.require(Role.ENGINEER, connections.WRITE)
    async with db.begin(actor.tenant_id) as session:
        former = await _former(session, actor, connection, client)
        registration = await _registration(session, actor, app, client, former)
        # What must not be used is not connected again either.
        refusal = await consent.refusal_in(session, former.id if former else None, registration)
        if refusal:
            raise consents.ConsentRevoked(refusal)
        if former is None and isinstance(registration, OauthApp):
            await consents.require_asked(session, agreement)
            agreement = agreement or Agreement()
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
            user_id=actor.person,
            session_id=actor.session_id,
            scopes=wanted,
            redirect_uri=_redirect_uri(origin),
            return_to=purpose.return_to,
            hosts=hosts.of(registration),
            consent=None if agreement is None else asdict(agreement),
            purpose=purpose.kind,
            purpose_id=purpose.id,
            expires_at=now + timedelta(minutes=get_settings().oauth_authorization_code_expiry_minutes),
        )
        seal_field(flow, "verifier", verifier)
        session.add(flow)
        await session.flush()
        await endings.record(session, actor, "started", flow, {"name": provider.name, "scopes": wanted})
    return protocol.authorize_url(
        provider, state=state, redirect_uri=flow.redirect_uri, scopes=wanted, verifier=verifier
    )


@underway.counted
async def finish(actor: Actor, answer: Answer) -> Outcome:
    """Complete the authorization that this answer belongs to, for the same user, tenant and browser session."""
    flow = await _find(answer.state)
    if flow is None or not _is_of(flow, actor):
        return Outcome("unknown" if flow is None else "foreign")
    actor.require(Role.ENGINEER, connections.WRITE)
    if flow.client_id is not None:
        actor.require(Role.CUSTOMER_ADMIN, clients.WRITE)
    purposes.require(actor, flow)
    if flow.used_at is None and flow.expires_at <= utcnow():
        return Outcome.of(flow, "expired")
    registration = await _use(flow)
    if registration is None:
        return Outcome.of(flow, "replayed")
    try:
        outcome = await _complete(actor, flow, registration, answer)
    except NotFound:  # The app was deleted, and the authorization with it.
        return Outcome("unknown")
    except SealBroken as error:
        return await endings.end(actor, flow, "failed", f"{error.detail} Nothing was connected.")
    if outcome.kind in {"connected", "reconnected"}:
        await purposes.settle(actor, flow)
    return outcome


async def _complete(
    actor: Actor, flow: OauthFlow, registration: OauthApp | OauthClient, answer: Answer
) -> Outcome:
    refused = _refusal(flow, registration, answer)
    if await consent.refusal_before(actor.tenant_id, flow.connection_id, registration):
        # Nobody needs the tokens: the code is left to run out.
        refused = "revoked"
    if refused is not None:
        return await endings.end(actor, flow, refused)
    provider = providers.provider_of(registration)
    if answer.error:
        kind: Kind = "denied" if answer.error == "access_denied" else "failed"
        return await endings.end(actor, flow, kind, protocol.denial(provider, answer.error))
    if not answer.code:
        return await endings.end(
            actor, flow, "failed", f"{provider.name} answered without a code. Start again."
        )
    verifier = open_field(flow, "verifier")
    try:
        tokens = await exchange.by_code(
            provider, code=answer.code, redirect_uri=flow.redirect_uri, verifier=verifier
        )
    except Unreadable as error:
        return await endings.keep(actor, flow, provider, error)
    except ApiError as error:
        return await endings.end(actor, flow, "failed", f"{error} Nothing was connected. Start again.")
    return await endings.connect(actor, flow, provider, tokens)


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
    async with db.system("whose authorization is this?") as session:
        return (
            await session.exec(select(OauthFlow).where(OauthFlow.state_hash == digest(state)))
        ).one_or_none()


def _is_of(flow: OauthFlow, actor: Actor) -> bool:
    """Whether the same person comes back to the same tenant, in the same browser where it was begun in one."""
    same_browser = flow.session_id is None or flow.session_id == actor.session_id
    return flow.tenant_id == actor.tenant_id and flow.user_id == actor.user_id and same_browser


async def _use(flow: OauthFlow) -> OauthApp | OauthClient | None:
    """Take the authorization, once, with the registration as it is now; None when somebody else was quicker."""
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
