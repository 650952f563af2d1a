"""/styleguide: every component in all its states. In development only; importing this package makes the page's state."""

import reflex as rx

from hub_app.ui.shell import add_page, page
from hub_app.ui.styleguide import controls, lists, overlays, words
from hub_app.ui.styleguide.state import GuideState, SharedGuideState


def guide() -> rx.Component:
    return page(
        "Style guide",
        "Every component that pages are built from, in all its states.",
        *words.sections(),
        *controls.sections(),
        *lists.sections(),
        *overlays.sections(),
        actions=overlays.actions(),
        breadcrumb=[("Developers", "")],
        mark="swatch_book",
    )


def register(app: rx.App) -> None:
    add_page(app, guide, "/styleguide", "Style guide", GuideState.load, SharedGuideState.load)
