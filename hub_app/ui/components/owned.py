"""Controls that the page of one object has: switching it on and off, deleting it."""

from typing import Any

import reflex as rx

from hub_app.ui.components.button import Kind, button
from hub_app.ui.components.card import card
from hub_app.ui.components.dialog import confirm
from hub_app.ui.elements import Action, Flag, Text
from hub_app.ui.session import SessionState


def switch_button(on: Flag, on_click: Action, *, kind: Kind = "primary") -> rx.Component:
    """Turns the page's object off while it is on, and on while it is off. `on_click` takes what it shall be, `kind` is how
    the button looks that turns it on.

    switch_button(Connector.is_active, Connector.turn)
    """
    return rx.cond(
        on,
        button("Turn off", mark="pause", on_click=on_click(False)),
        button("Turn on", kind, mark="play", on_click=on_click(True)),
    )


def deletion(state: Any, thing: str, text: str, *, name: Text) -> tuple[rx.Component, rx.Component]:
    """What admins delete the page's object by, and the dialog that asks first: its `losses` tell what goes along, and its
    `name` must be typed. The state has `ask_delete` and `delete`, too.

    *deletion(EndpointSettings, "endpoint", "The endpoint goes with its deliveries.", name=Endpoint.name)
    """
    return (
        rx.cond(SessionState.is_admin, delete_card(thing, text, state.ask_delete)),
        confirm(
            state,
            "delete",
            f"Delete {name}",
            text=state.losses,
            on_confirm=state.delete,
            type_name=state.name,
        ),
    )


def delete_card(thing: str, text: str, on_click: Action) -> rx.Component:
    """The way to the dialog that deletes the page's object. `text` says what goes with it.

    delete_card("endpoint", "The endpoint goes with its deliveries and its secret.", EndpointSettings.ask_delete)
    """
    return card(
        rx.el.div(
            rx.el.p(text, class_name="hub-text-2"),
            button(f"Delete {thing}", "danger-quiet", mark="trash_2", on_click=on_click),
            class_name="hub-row hub-row-between",
        ),
        title="Delete",
    )
