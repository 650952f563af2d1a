"""Where Hub is, as providers see it, and who runs it."""

import reflex as rx

from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.settings import get_settings
from hub_app.ui.guard import current_actor

CONNECTIONS = "/apps/connections"
CATALOGUE = "/operator/oauth-apps"
_CALLBACK = "/v1/integration/oauth/callback"


def origin(state: rx.State) -> str:
    """The scheme and host that providers send browsers back to: the settings', else the page's own."""
    settings = get_settings()
    return settings.oauth_redirect_uri_base or settings.public_url or str(state.router.url.origin)


def callback(state: rx.State) -> str:
    """The address that is registered with every provider."""
    return f"{origin(state)}{_CALLBACK}"


async def operator(state: rx.State) -> Actor:
    """Who is signed in, when they run this Hub; Forbidden."""
    actor = await current_actor(state)
    if not actor.is_operator:
        raise Forbidden("Operator required")
    return actor
