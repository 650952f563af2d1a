from typing import Any, Literal

import reflex as rx
from reflex_components_radix.primitives.dialog import (
    DialogContent,
    DialogDescription,
    DialogOverlay,
    DialogPortal,
    DialogRoot,
    DialogTitle,
)

from hub_app.ui.components.button import button, icon_button
from hub_app.ui.components.form import form, submit_button
from hub_app.ui.elements import Action, Child, Flag, HubFocus, Text

Role = Literal["dialog", "alertdialog"]


def dialog(
    *body: Child,
    title: Text,
    text: Text,
    open: Flag,  # noqa: A002 - the attribute's name in HTML
    on_open_change: Action,
    on_close: Action,
    foot: tuple[Child, ...] = (),
    wide: bool = False,
    role: Role = "dialog",
) -> rx.Component:
    """A dialog, open while a state variable says so. Escape, a click beside it and its cross close it.

    `text` is the one sentence below the title. `on_open_change` takes a bool, `on_close` nothing.

    dialog(facts(...), title="Delivery", text="…", open=D.open, on_open_change=D.set_open, on_close=D.close)
    """
    return frame(
        head(title, text),
        rx.el.div(*body, class_name="hub-dialog-body"),
        *([rx.el.div(*foot, class_name="hub-dialog-foot")] if foot else []),
        _cross(on_close),
        open=open,
        on_open_change=on_open_change,
        class_name="hub-dialog hub-dialog-wide" if wide else "hub-dialog",
        role=role,
    )


def form_dialog(  # noqa: PLR0913 - a component's arguments are its attributes
    *fields: Child,
    title: Text,
    text: Text,
    open: Flag,  # noqa: A002 - the attribute's name in HTML
    on_open_change: Action,
    on_close: Action,
    on_submit: Action,
    submit: Text,
    busy: Flag,
    on_change: Action | None = None,
    wide: bool = False,
) -> rx.Component:
    """A dialog that is one form: fields, Cancel, and the button that submits. Guarded against leaving unsaved.

    `on_change` is that of `form`.

    form_dialog(text_field("name", "Name"), title="Add endpoint", text="…", open=F.open, …, submit="Add endpoint")
    """
    return frame(
        head(title, text),
        form(
            rx.el.div(*fields, class_name="hub-dialog-body"),
            rx.el.div(
                button("Cancel", on_click=on_close),
                submit_button(submit, busy=busy),
                class_name="hub-dialog-foot",
            ),
            on_submit=on_submit,
            on_change=on_change,
            guard_changes=True,
        ),
        _cross(on_close),
        open=open,
        on_open_change=on_open_change,
        class_name="hub-dialog hub-dialog-wide" if wide else "hub-dialog",
    )


def frame(
    *body: Child,
    open: Flag,  # noqa: A002 - the attribute's name in HTML
    on_open_change: Action,
    class_name: str,
    scrim: str = "hub-scrim",
    role: Role = "dialog",
) -> rx.Component:
    """Radix's dialog around `body`, which must hold a DialogTitle: focus trap, Escape, return of the focus."""
    attributes: dict[str, Any] = {"aria-modal": "true"}
    return DialogRoot.create(
        DialogPortal.create(
            DialogOverlay.create(class_name=scrim),
            DialogContent.create(
                HubFocus.create(), *body, class_name=class_name, role=role, custom_attrs=attributes
            ),
        ),
        open=open,
        on_open_change=on_open_change,
    )


def head(title: Text, text: Text) -> rx.Component:
    """A dialog's title and the sentence below it."""
    return rx.el.div(
        DialogTitle.create(title, class_name="hub-dialog-title"),
        DialogDescription.create(text, class_name="hub-dialog-text"),
        class_name="hub-dialog-head",
    )


def _cross(on_close: Action) -> rx.Component:
    # Last in the order, so that the first field gets the focus.
    return icon_button("x", "Close", on_click=on_close, small=True, class_name="hub-dialog-cross")
