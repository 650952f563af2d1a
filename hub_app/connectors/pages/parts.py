"""What several of the connectors' screens show."""

import reflex as rx

from hub_app.connectors.state.importing import ProposedRow
from hub_app.ui.components import badge, card, disclosure
from hub_app.ui.components.badge import Tone
from hub_app.ui.elements import Rows, Text

_METHODS: dict[str, Tone] = {
    "GET": "info",
    "POST": "success",
    "PUT": "warning",
    "PATCH": "warning",
    "DELETE": "danger",
}


def method_badge(method: Text) -> rx.Component:
    """An HTTP method, coloured by what it does."""
    chosen = rx.match(
        method, *((name, badge(name, tone, dot=False)) for name, tone in _METHODS.items()), badge(method)
    )
    return rx.fragment(chosen)


def proposed_entry(row: rx.vars.ObjectVar[ProposedRow]) -> rx.Component:
    """An action in a list to choose from."""
    return rx.el.span(
        method_badge(row.method),
        rx.el.span(row.endpoint, class_name="hub-mono hub-break"),
        rx.el.span(row.name, class_name="hub-text-2 hub-small"),
        rx.cond(row.there, badge("Replaces yours", "warning", dot=False)),
        class_name="hub-row",
    )


def findings(rows: Rows) -> rx.Component:
    """What was left out of a document, or guessed, and where."""
    return rx.cond(
        rows.length() > 0,
        card(
            disclosure(
                f"{rows.length()} things to know",
                rx.el.ul(
                    rx.foreach(
                        rows,
                        lambda row: rx.el.li(
                            row.message, rx.el.span(row.where, class_name="hub-sub hub-mono hub-break")
                        ),
                    ),
                    class_name="hub-stack-tight hub-plain",
                ),
                note="What Hub left out of the document, or guessed.",
            )
        ),
    )
