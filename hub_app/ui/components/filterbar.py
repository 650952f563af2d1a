from collections.abc import Sequence
from typing import Any

import reflex as rx

from hub_app.ui.components.fields.choice import option_tags
from hub_app.ui.elements import Action, Child, Text
from hub_app.ui.icons import icon


def filter_bar(*filters: Child) -> rx.Component:
    """The filters above a list. Each keeps its value in the URL.

    filter_bar(filter_select("Status", L.status, [("", "All"), …], on_change=L.set_status), filter_search(…))
    """
    return rx.el.div(
        *filters, role="search", class_name="hub-filters", custom_attrs={"aria-label": "Filters"}
    )


def filter_select(
    label: str, value: Text, options: Sequence[tuple[str, str]] | rx.Var[Any], *, on_change: Action
) -> rx.Component:
    """One choice; its first option has the value "" and means all. `on_change` takes the value and goes to the URL.

    filter_select("Status", L.status, [("", "All"), ("failed", "Failed")], on_change=L.filter_status)
    """
    return rx.el.label(
        rx.el.span(label),
        rx.el.select(*option_tags(options), value=value, on_change=on_change),
        class_name=rx.cond(value != "", "hub-filter hub-filter-on", "hub-filter"),
    )


def filter_search(label: str, value: Text, *, on_change: Action) -> rx.Component:
    """Text to search for. `on_change` takes it, a quarter of a second after the last key.

    filter_search("Payload contains", L.text, on_change=L.filter_text)
    """
    return rx.el.label(
        icon("search", size="small"),
        rx.el.input(
            type="search",
            default_value=value,
            placeholder=label,
            on_change=on_change.debounce(250),
            custom_attrs={"aria-label": label},
        ),
        class_name="hub-filter hub-filter-search",
    )


def filter_date(label: str, value: Text, *, on_change: Action) -> rx.Component:
    """A day, as `2026-01-31`, or "" for none. `on_change` takes it once one is whole.

    filter_date("From", L.since, on_change=L.filter("since"))
    """
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(type="date", default_value=value, on_change=on_change.debounce(600)),
        class_name=rx.cond(value != "", "hub-filter hub-filter-on", "hub-filter"),
    )
