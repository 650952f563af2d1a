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


def operators_only() -> rx.Component:
    """What others see of an operator's page, whether or not what its address names exists."""
    return card(
        empty(
            "lock",
            "Only operators can see this page",
            "Operators run this installation of Hub. Ask one of them for what you need.",
            button_link("Go to the start page", "/", "primary"),
        )
    )
