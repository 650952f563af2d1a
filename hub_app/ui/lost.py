"""What is shown at an address that has no page."""

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.shell import auth_page


def register(app: rx.App) -> None:
    app.add_page(_lost, route="404", title="Not found · Hub")


def _lost() -> rx.Component:
    return auth_page(
        "Page not found",
        ui.button_link("Go to the start page", "/", "primary"),
        text="The address may be mistyped, or the page was deleted.",
    )
