"""How an app is recognised: its initials in a tile. The name must stand beside it."""

import reflex as rx

from hub_app.ui.components import avatar
from hub_app.ui.elements import Text


def app_mark(initials: Text) -> rx.Component:
    return avatar(initials, tenant=True, large=True)
