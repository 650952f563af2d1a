"""What is shown at an address that has no page."""

import reflex as rx

from hub_app.ui.components import button_link
from hub_app.ui.shell import auth_page


def register(app: rx.App) -> None:
    app.add_page(_lost, route="404", title="Not found · Hub")


def _lost() -> rx.Component:
    return auth_page(
        "There is nothing here",
        button_link("Go to the start", "/", "primary"),
        text="The address is mistyped, or what it led to has been deleted.",
    )
