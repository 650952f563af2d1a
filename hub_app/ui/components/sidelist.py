from collections.abc import Callable
from typing import Any

import reflex as rx

from hub_app.ui.components.table import Pager, steps
from hub_app.ui.elements import Child, Flag, Rows, Text


def side_list(
    label: str,
    rows: Rows,
    *body: Child,
    entry: Callable[[Any], Child],
    href: Callable[[Any], Text],
    current: Callable[[Any], Flag],
    pager: Pager | None = None,
) -> rx.Component:
    """A list to choose from at the left, and what is chosen at the right; on a phone one above the other. With a `pager`, one
    that the server pages: its entries have two lines, and the list is wider.

    side_list("Actions", Console.links, form(…), entry=_action, href=lambda r: r.href, current=lambda r: r.id == …)
    """

    def one(row: Any) -> rx.Component:
        chosen: dict[str, Any] = {"aria-current": rx.cond(current(row), "page", "false")}
        return rx.el.li(rx.el.a(entry(row), href=href(row), prevent_scroll_reset=True, custom_attrs=chosen))

    names: dict[str, Any] = {"aria-label": label}
    paged = pager is not None
    return rx.el.div(
        rx.el.nav(
            rx.el.ul(rx.foreach(rows, one)),
            *([] if pager is None else [steps(label, pager)]),
            class_name="hub-side-list hub-side-list-paged" if paged else "hub-side-list",
            custom_attrs=names,
        ),
        rx.el.div(*body, class_name="hub-stack"),
        class_name="hub-grid-side hub-grid-side-paged" if paged else "hub-grid-side",
    )
