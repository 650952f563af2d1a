"""What the page says after an authorization: what happened, what it means, what to do."""

from dataclasses import dataclass

from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import NotFound
from hub_app.oauth.schemas import ConnectionOut
from hub_app.oauth.service import connections, outcomes
from hub_app.oauth.state.address import ConnectionsAddress
from hub_app.ui.inputs import read_id, read_optional_id

_TITLES = {
    "connected": "Connected",
    "reconnected": "Connected again",
    "replayed": "Already used",
    "foreign": "Started elsewhere",
    "other_account": "Different account",
    "unread": "Allowed, but the response could not be read",
}
_NOT_CONNECTED = {"denied", "expired", "unknown", "wrong_issuer", "no_issuer", "moved", "revoked", "failed"}
_DONE = {"connected", "reconnected"}
# Nothing is broken, somebody just begins again.
_HARMLESS = {"denied", "expired", "replayed", "moved", "revoked", "other_account", "unread"}


@dataclass(frozen=True)
class Banner:
    """A line above the list; without a title there is none. `href` opens the connection it is about."""

    tone: str = ""
    title: str = ""
    text: str = ""
    href: str = ""


async def banner_of(actor: Actor, address: ConnectionsAddress) -> Banner:
    """The banner for the outcome in the address."""
    title = _TITLES.get(address.outcome, "Not connected" if address.outcome in _NOT_CONNECTED else "")
    if not title:
        return Banner()
    connection = await _connection(actor, address.connection)
    href = "" if connection is None else address.url(connection=str(connection.id))
    if address.outcome in _DONE and connection is not None:
        return _done(title, connection, href)
    text = await outcomes.explain(actor, address.outcome, read_optional_id(address.flow))
    if address.outcome in _DONE:
        return Banner("success", title, text)
    return Banner("warning" if address.outcome in _HARMLESS else "danger", title, text, href)


async def _connection(actor: Actor, connection_id: str) -> ConnectionOut | None:
    if not connection_id:
        return None
    try:
        return await connections.get_connection(actor, read_id(connection_id))
    except NotFound:
        return None


def _done(title: str, connection: ConnectionOut, href: str) -> Banner:
    account = connection.account_name or connection.account_id
    whom = f" as {account}" if account else ""
    text = f"Hub has access to {connection.app_name}{whom}."
    if not connection.scopes_missing:
        return Banner("success", title, text, href)
    missing = ", ".join(connection.scopes_missing)
    return Banner(
        "warning",
        f"{title}, with fewer scopes than requested",
        f"{text} {connection.app_name} did not grant {missing}. Calls that need it will fail. Connect again and allow it.",
        href,
    )
