"""The hosts that a registration's secrets may go to.

They are remembered with every authorization under way and with every connection, so that a change of an address takes
neither a code nor a token elsewhere, whatever happens at the same time (docs/decisions/0018).
"""

from collections.abc import Mapping

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import pinned
from hub_app.oauth.service import records
from hub_app.oauth.tables import OauthApp, OauthClient, OauthConnection

Hosts = dict[str, str]
"""By field of the registration; `api` is where a client's tokens are used. "" where there is no address."""

_SENT_TO = ("token_url", "revoke_url", "userinfo_url")


def of(registration: OauthApp | OauthClient) -> Hosts:
    """Where its secrets go now, and who is trusted with its authorizations."""
    urls = {name: getattr(registration, name) for name in ("authorize_url", *_SENT_TO)}
    return {
        # Braces are the place of our client ID (GitHub's revocation), which stands in a path.
        **{name: pinned.host_of(url.replace("{client_id}", "client")) for name, url in urls.items()},
        "issuer": registration.issuer,
        "api": (registration.api_host or "") if isinstance(registration, OauthClient) else "",
    }


def provider_left(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether a secret that was given when it was `before` would go to another host of the provider's `now`.

    One that has no address any more is another one too: else two changes would do what one may not.
    """
    given_for, goes_to = ([one[name] for name in _SENT_TO] for one in (before, now))
    another_token_host = before["token_url"] != now["token_url"]
    return before["token_url"] != "" and (another_token_host or pinned.leaves(given_for, goes_to))


def left(before: Mapping[str, str] | None, now: Mapping[str, str]) -> bool:
    """Whether a token that was given when it was `before` would go to another host `now`, of the provider or the API."""
    return before is None or provider_left(before, now) or before["api"] != now["api"]


async def forget(session: AsyncSession, registration: OauthApp | OauthClient, reason: str) -> None:
    """Nobody gets hold of kept tokens by pointing a registration to another host: they stay behind. Of all tenants that
    the session reaches.
    """
    through = (
        OauthConnection.app_id == registration.id
        if isinstance(registration, OauthApp)
        else OauthConnection.client_id == registration.id
    )
    living = select(OauthConnection).where(through, col(OauthConnection.status) != "revoked")
    for connection in (await session.exec(living)).all():
        records.empty(connection, "expired", reason)
        records.changed(session, connection)
