"""What an authorization is for: things of other capabilities, told of it through what these bring."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor
from hub_app.kernel.authorizations import Authorizable
from hub_app.oauth.tables import OauthFlow


def require(actor: Actor, flow: OauthFlow) -> None:
    """Forbidden for who may not authorize an account for this thing (any more)."""
    kind = _kind_of(flow)
    if kind is not None:
        actor.require(kind.role, kind.scope)


async def grant(session: AsyncSession, flow: OauthFlow, connection_id: UUID) -> None:
    """Have the thing use the connection, in the open transaction."""
    kind = _kind_of(flow)
    if kind is not None and flow.purpose_id is not None:
        await kind.granted(session, flow.tenant_id, flow.purpose_id, connection_id)


async def settle(actor: Actor, flow: OauthFlow) -> None:
    """Let the thing do what it has to once it has an account. No transaction may be open."""
    kind = _kind_of(flow)
    if kind is not None and flow.purpose_id is not None:
        await kind.settled(actor, flow.purpose_id)


def _kind_of(flow: OauthFlow) -> Authorizable | None:
    """None for an authorization that is for nothing but itself."""
    if not flow.purpose:
        return None
    return next(
        one.authorizable[flow.purpose] for one in capabilities.every() if flow.purpose in one.authorizable
    )
