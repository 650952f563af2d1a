"""The shelf's screen."""

import reflex as rx

from hub_app.ui.shell import add_page, page


def page_of_shelf() -> rx.Component:
    return page("Shelf", "What there is to read.", rx.el.p("Books"))


def register(app: rx.App) -> None:
    add_page(app, page_of_shelf, "/shelf", "Shelf")
