"""What the page of connections shows, from its address; where Hub is, as providers see it; who runs it."""

from dataclasses import dataclass

import reflex as rx

from hub_app.kernel.actor import Actor
from hub_app.kernel.settings import get_settings
from hub_app.oauth.service.flows import CALLBACK
from hub_app.ui.guard import current_actor
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.urls import own_origin

CONNECTIONS = "/apps/connections"
CATALOGUE = "/operator/oauth-apps"
STATUSES = {
    "connected": "Connected",
    "expired": "Expired",
    "error": "Error",
    "revoked": "Disconnected",
}


@dataclass(frozen=True)
class ConnectionsAddress(PageAddress):
    """Whose connections, which of them, and the one in the drawer. `outcome` is how an authorization ended, `flow` which."""

    of: str = parameter(("everyone",))
    status: str = parameter(STATUSES)
    connection: str = parameter(stays=False)
    outcome: str = parameter(stays=False)
    flow: str = parameter(stays=False)

    @property
    def opened(self) -> str:
        """The connection in the drawer; "" for none. After an authorization the page names one without opening it."""
        return "" if self.outcome else self.connection


def callback(state: rx.State) -> str:
    """The address that is registered with every provider."""
    return f"{get_settings().oauth_redirect_uri_base or own_origin(state)}{CALLBACK}"


async def operator(state: rx.State) -> Actor:
    """Who is signed in, when they run this Hub. Raises Forbidden."""
    actor = await current_actor(state)
    actor.require_operator()
    return actor
