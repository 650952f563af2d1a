import reflex as rx

from hub_app.ui.components.button import button_link
from hub_app.ui.components.card import card
from hub_app.ui.elements import Child, Text
from hub_app.ui.icons import icon


def empty(mark: str, title: Text, text: Text, *steps: Child) -> rx.Component:
    """What this is, why it is empty, and the one next step.

    empty("webhook", "No endpoints yet", "Hub sends your events to …", button("Add endpoint", "primary"))
    """
    return rx.el.div(
        rx.el.div(icon(mark, size="large"), class_name="hub-empty-mark"),
        rx.el.h2(title, class_name="hub-h2"),
        rx.el.p(text),
        *([rx.el.div(*steps, class_name="hub-row")] if steps else []),
        class_name="hub-empty",
    )


def missing(mark: str, thing: str, all_of_them: str) -> rx.Component:
    """The page of something that is not there: deleted, another tenant's, or never there.

    missing("webhook", "endpoint", "/webhooks/endpoints")
    """
    return card(
        empty(
            mark,
            f"There is no such {thing}",
            f"The address may be mistyped, or someone deleted the {thing}.",
            button_link(f"All {thing}s", all_of_them, "primary"),
        )
    )


def nothing_here() -> rx.Component:
    """What people see who may not know of a page, as at an address without one."""
    return card(
        empty(
            "search_x",
            "Page not found",
            "The address may be mistyped, or the page was deleted.",
            button_link("Go to the start page", "/", "primary"),
        )
    )
