from typing import Any

import reflex as rx
from reflex_components_radix.primitives.dialog import DialogTitle

from hub_app.ui.components.button import icon_button
from hub_app.ui.components.dialog import frame
from hub_app.ui.components.ident import ident
from hub_app.ui.elements import Child, Text
from hub_app.ui.icons import icon
from hub_app.ui.lists import DrawerState


def drawer(
    state: type[DrawerState],
    *body: Child,
    title: Text,
    sub: Child = "",
    badge: Child = "",
    previous: Text | None = None,
    next: Text | None = None,  # noqa: A002 - the word in the pager
) -> rx.Component:
    """A panel at the right over the list, whose URL names what it shows, with that one's id. Previous and next are addresses, "" for none.

    drawer(Delivery, code(...), title=Delivery.type, next=Deliveries.below)
    """
    return frame(
        rx.el.div(
            rx.el.div(
                rx.el.div(
                    DialogTitle.create(title, class_name="hub-dialog-title"), badge, class_name="hub-row"
                ),
                rx.el.div(sub, class_name="hub-mono hub-text-2"),
            ),
            *_step("chevron_up", "Previous", previous),
            *_step("chevron_down", "Next", next),
            icon_button("x", "Close", on_click=state.close_drawer, small=True),
            class_name="hub-drawer-head",
        ),
        rx.el.div(ident(state.id), *body, class_name="hub-drawer-body"),
        open=state.id != "",
        on_open_change=state.toggle_drawer,
        class_name="hub-drawer",
        scrim="hub-scrim hub-scrim-clear",
    )


def _step(mark: str, label: str, href: Text | None) -> list[rx.Component]:
    if href is None:
        return []
    look = "hub-button hub-button-ghost hub-button-small hub-button-icon"
    attributes: dict[str, Any] = {"aria-label": label}
    off: dict[str, Any] = {**attributes, "aria-disabled": "true", "role": "link"}
    return [
        rx.cond(
            href != "",
            rx.el.a(icon(mark), href=href, title=label, class_name=look, custom_attrs=attributes),
            rx.el.span(icon(mark), class_name=look, custom_attrs=off),
        )
    ]
