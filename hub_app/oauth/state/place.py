"""Where Hub is, as providers see it; who runs it; and where on the connections a page is."""

from dataclasses import dataclass

import reflex as rx

from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.settings import get_settings
from hub_app.oauth.service.flows import CALLBACK
from hub_app.ui.guard import current_actor
from hub_app.ui.urls import own_origin, query, url_with

CONNECTIONS = "/apps/connections"
CATALOGUE = "/operator/oauth-apps"
STATUSES = {
    "connected": "Connected",
    "expired": "Expired",
    "error": "Error",
    "revoked": "Disconnected",
}


def callback(state: rx.State) -> str:
    """The address that is registered with every provider."""
    return f"{get_settings().oauth_redirect_uri_base or own_origin(state)}{CALLBACK}"


async def operator(state: rx.State) -> Actor:
    """Who is signed in, when they run this Hub; Forbidden."""
    actor = await current_actor(state)
    if not actor.is_operator:
        raise Forbidden("Operator required")
    return actor


@dataclass(frozen=True)
class Place:
    """What the address of the connections asks for. `outcome` is how an authorisation ended, `flow` which one."""

    of: str
    status: str
    cursor: str
    connection: str
    outcome: str
    flow: str

    @classmethod
    def at(cls, state: rx.State) -> "Place":
        return cls(
            query(state, "of", {"everyone"}),
            query(state, "status", STATUSES),
            query(state, "cursor"),
            query(state, "connection"),
            query(state, "outcome"),
            query(state, "flow"),
        )

    def address(self, **changes: str | None) -> str:
        """The page's address with these changes, without drawer and outcome."""
        kept: dict[str, str | None] = {"of": self.of, "status": self.status, "cursor": self.cursor}
        return url_with(CONNECTIONS, **{**kept, **changes})
