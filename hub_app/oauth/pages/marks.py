"""How apps and the states of connections are recognised."""

import reflex as rx

from hub_app.ui.components import avatar
from hub_app.ui.components.badge import Tone
from hub_app.ui.elements import Text

STATES: dict[str, tuple[str, Tone]] = {
    "connected": ("Connected", "success"),
    "expired": ("Expired: reconnect", "danger"),
    "error": ("Error", "warning"),
    "revoked": ("Disconnected", "neutral"),
}


def app_mark(initials: Text) -> rx.Component:
    """An app's initials in a tile; its name must stand beside it."""
    return avatar(initials, tenant=True, large=True)
