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
from hub_app.ui.components.form import attention, form
from hub_app.ui.elements import Action, Child, CustomElement, Flag, Text
from hub_app.ui.forms import DialogState

Size = Literal["", "wide", "split"]
Role = Literal["dialog", "alertdialog"]


def dialog(
    state: type[DialogState],
    name: str,
    *body: Child,
    title: Text,
    text: Text,
    done: Text = "Done",
    wide: bool = False,
) -> rx.Component:
    """The dialog of this name, of a state that opens one at a time. Escape, a click beside it, its cross and `done` close it.

    `text` is the one sentence below the title.

    dialog(Tokens, "made", new_secret(Tokens.made, what="API token"), title=Tokens.subject_name, text="…")
    """
    closes = button(done, "primary" if done == "Done" else "secondary", on_click=state.close)
    return _framed(
        state,
        name,
        head(title, text),
        rx.el.div(*body, class_name="hub-dialog-body"),
        rx.el.div(closes, class_name="hub-dialog-foot"),
        _cross(state.close),
        class_name="hub-dialog hub-dialog-wide" if wide else "hub-dialog",
    )


def form_dialog(  # noqa: PLR0913 - a component's arguments are its attributes
    state: type[DialogState],
    name: str,
    *fields: Child,
    title: Text,
    text: Child,
    on_submit: Action,
    submit: Text,
    on_change: Action | None = None,
    size: Size = "",
    key: Text = "",
) -> rx.Component:
    """A dialog that is one form: fields, Cancel, and the button that submits. It asks before it discards what was typed,
    but for Cancel.

    `on_change` and `key` are those of `form`; `size` is "wide", or "split" for two columns.

    form_dialog(F, "create", text_field("name", "Name", of=F), title="Add endpoint", text="…", on_submit=F.create, submit="Add")
    """
    return _framed(
        state,
        name,
        head(title, text),
        form(
            rx.el.div(*fields, class_name="hub-dialog-body"),
            rx.el.div(
                attention(),
                button("Cancel", on_click=state.close),
                button(submit, "primary", submit=True, busy=state.busy),
                class_name="hub-dialog-foot",
            ),
            on_submit=on_submit,
            on_change=on_change,
            guard_changes=True,
            key=key,
        ),
        _cross(state.close),
        class_name=f"hub-dialog hub-dialog-{size}" if size else "hub-dialog",
    )


def confirm(  # noqa: PLR0913 - a component's arguments are its attributes
    state: type[DialogState],
    name: str,
    what: Text,
    *details: Child,
    text: Text,
    action: Text = "",
    on_confirm: Action,
    type_name: Text = "",
    danger: bool = True,
    possible: Flag = True,
) -> rx.Component:
    """Asks before something that cannot be undone. `what` names the act and the object: as a question it is the title, and
    the button says it too, or `action` in its place. `type_name` must be typed. Without `possible`, `text` says why there is
    nothing to do.

    `on_confirm` takes the form's data, `{"confirmation": …}`; the field exists only with `type_name`.

    confirm(F, "delete", "Delete Warehouse", text="Its deliveries are deleted too.", on_confirm=F.delete)
    """
    typed = isinstance(type_name, rx.Var) or type_name != ""
    # Until the name is typed (assets/hub/forms.js); a press before that shows the browser's own message.
    waits: dict[str, Any] = {"aria-disabled": "true"} if typed else {}
    kind = "danger" if danger else "primary"
    body = [*details, *([_name_field(type_name)] if typed else [])]
    cancel = button("Cancel", on_click=state.close)
    confirms = button(action or what, kind, submit=True, busy=state.busy, attributes=waits)
    return _framed(
        state,
        name,
        head(f"{what}?", text),
        form(
            rx.el.div(*body, class_name="hub-dialog-body" if body else "hub-dialog-gap"),
            rx.el.div(
                rx.cond(possible, rx.fragment(cancel, confirms), button("Close", on_click=state.close)),
                class_name="hub-dialog-foot",
            ),
            on_submit=on_confirm,
            native_checks=True,
        ),
        class_name="hub-dialog hub-dialog-confirm",
        role="alertdialog",
    )


def _name_field(name: Text) -> rx.Component:
    attributes: dict[str, Any] = {"data-must-equal": name, "autoComplete": "off"}
    return rx.el.div(
        rx.el.label(
            "Type ", rx.el.strong(name, class_name="hub-break"), " to confirm", html_for="confirmation"
        ),
        rx.el.input(
            id="confirmation",
            name="confirmation",
            required=True,
            class_name="hub-input",
            custom_attrs=attributes,
        ),
        class_name="hub-field",
    )


def _framed(
    state: type[DialogState], name: str, *body: Child, class_name: str = "hub-dialog", role: Role = "dialog"
) -> rx.Component:
    return frame(
        *body,
        open=state.dialog == name,
        on_open_change=state.toggle,
        class_name=class_name,
        role=role,
        name=_name(state, name),
    )


def opener(state: type[DialogState], name: str, row: Text = "") -> dict[str, Any]:
    """The attributes of what opens a form dialog, about a row of the page where it has one: after a sign-in the dialog is
    opened by it again (assets/hub/kept.js).

    button("Add endpoint", on_click=F.ask("create"), attributes=opener(F, "create"))
    """
    return {"data-opens": _name(state, name), "data-row": row}


def _name(state: type[DialogState], name: str) -> str:
    return f"{state.__name__}.{name}"


def frame(
    *body: Child,
    open: Flag,  # noqa: A002 - the attribute's name in HTML
    on_open_change: Action,
    class_name: str,
    scrim: str = "hub-scrim",
    role: Role = "dialog",
    name: str = "",
) -> rx.Component:
    """Radix's dialog around `body`, which must hold a DialogTitle: focus trap, Escape, return of the focus."""
    attributes: dict[str, Any] = {"aria-modal": "true", "data-dialog": name}
    return DialogRoot.create(
        DialogPortal.create(
            DialogOverlay.create(class_name=scrim),
            DialogContent.create(
                CustomElement.create(tag="focus"),
                *body,
                class_name=class_name,
                role=role,
                custom_attrs=attributes,
            ),
        ),
        open=open,
        on_open_change=on_open_change,
    )


def head(title: Text, text: Child) -> rx.Component:
    """A dialog's title and the sentence below it."""
    return rx.el.div(
        DialogTitle.create(title, class_name="hub-dialog-title"),
        DialogDescription.create(text, class_name="hub-dialog-text"),
        class_name="hub-dialog-head",
    )


def _cross(on_close: Action) -> rx.Component:
    # Last in the order, so that the first field gets the focus.
    return icon_button("x", "Close", on_click=on_close, small=True, class_name="hub-dialog-cross")
