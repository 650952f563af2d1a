"""The OAuth connection behind an account: a token that is in force, and whose it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.errors import ApiError
from hub_app.crm.provider import Provider
from hub_app.crm.tables import CrmAccount
from hub_app.governance.service.consents import ConsentRevoked
from hub_app.kernel.errors import HubError, NotFound, Unavailable
from hub_app.oauth.service import members, providers, tokens


async def token(provider: Provider, account: CrmAccount, refused: str) -> str:
    """An access token that is in force; `refused` is one that the CRM no longer takes. ApiError when somebody must reconnect the
    account, nobody may use it, or the CRM gives no new token now. No transaction may be open.
    """
    if account.oauth_connection_id is None:
        raise ApiError(
            "credential", f"{provider.name} is not authorized. Connect it again.", reauthorize=True
        )
    try:
        return await tokens.access_token(account.tenant_id, account.oauth_connection_id, refused=refused)
    except ConsentRevoked as error:
        raise ApiError("consent", error.detail) from None
    except Unavailable as error:
        raise ApiError("credential", error.detail, retryable=True) from None
    except NotFound:
        gone = f"The OAuth connection to {provider.name} is gone. Connect it again."
        raise ApiError("credential", gone, reauthorize=True) from None
    except HubError as error:
        # It says itself that somebody must connect it again.
        raise ApiError("credential", error.detail, reauthorize=True) from None


@dataclass(frozen=True, slots=True)
class App:
    """An app of the catalogue through which accounts can be authorized, and what Hub asks for there."""

    authorize_url: str
    scopes: list[str]


async def apps_of(session: AsyncSession, slugs: Iterable[str]) -> dict[str, App]:
    """Those of these apps that the operator has set up, by their slugs; in the open transaction."""
    return {
        app.slug: App(app.authorize_url, list(app.default_scopes))
        for app in await providers.ready_apps(session, [slug for slug in slugs if slug])
    }


async def own(session: AsyncSession, account: CrmAccount, user_id: UUID) -> UUID | None:
    """The account's OAuth connection when it is this member's, who alone can connect it again; in the open transaction."""
    if account.oauth_connection_id is None:
        return None
    mine = await members.connections_of(session, account.tenant_id, user_id)
    return account.oauth_connection_id if account.oauth_connection_id in mine else None
