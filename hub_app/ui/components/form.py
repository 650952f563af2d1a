from typing import Any

import reflex as rx

from hub_app.ui.components.button import button
from hub_app.ui.elements import Action, Child, CustomElement, Flag, LiveForm, NativeForm, Text
from hub_app.ui.icons import icon


def form(
    *children: Child,
    on_submit: Action,
    on_change: Action | None = None,
    guard_changes: bool = False,
    native_checks: bool = False,
    key: Text = "",
) -> rx.Component:
    """A form whose data goes to `on_submit` as a dict by field name. The server validates; Enter submits.

    `guard_changes` asks before unsaved changes are discarded (assets/hub/unsaved.js); `native_checks` lets the browser check first.
    `on_change` gets all of the data while someone types, a third of a second after the last key.
    With another `key` it is another form, which begins anew.

    form(text_field("name", "Name", of=F), submit_button("Save", busy=F.busy), on_submit=F.save)
    """
    attributes: dict[str, Any] = {"data-dirty-guard": "", "data-submit-keys": ""} if guard_changes else {}
    live: dict[str, Any] = {} if on_change is None else {"on_change": on_change.debounce(300)}
    if isinstance(key, rx.Var) or key:
        live["key"] = key
    return LiveForm.create(
        *children,
        on_submit=on_submit,
        **live,
        no_validate=not native_checks,
        class_name="hub-form",
        custom_attrs=attributes,
    )


def native_form(*children: Child, action: str, submit: Text) -> rx.Component:
    """A form that the browser posts to a REST route, as for signing in.

    assets/hub/forms.js sends it as JSON and puts `detail` and `errors` of the answer where they belong; without
    scripts it is posted as it is.

    native_form(text_field("email", "E-mail"), password_field("password", "Password"), action="/auth/login", submit="Sign in")
    """
    attributes: dict[str, Any] = {"data-enhance": "", "noValidate": True}
    error: dict[str, Any] = {"data-form-error": "", "hidden": True}
    words: dict[str, Any] = {"data-form-error-text": "", "role": "alert"}
    return NativeForm.create(
        rx.el.div(
            icon("circle_alert"),
            rx.el.div(custom_attrs=words),
            class_name="hub-callout hub-callout-danger",
            custom_attrs=error,
        ),
        *children,
        attention(),
        button(submit, "primary", submit=True, wide=True),
        action=action,
        method="post",
        class_name="hub-form",
        custom_attrs=attributes,
    )


def submit_button(label: Text, *, busy: Flag = False) -> rx.Component:
    """The button that sends the form around it; while it is busy it shows a spinner and takes no more clicks.

    submit_button("Add endpoint", busy=F.busy)
    """
    return rx.fragment(button(label, "primary", submit=True, busy=busy), attention())


def attention() -> rx.Component:
    """How many fields of the form were refused: one of them may be out of view (assets/hub/refused.js)."""
    return CustomElement.create(tag="attention", role="status", class_name="hub-attention")


def unsaved_note(text: Text) -> rx.Component:
    """What a button does with what is saved, said beside it while a guarded form of the page holds something else.

    unsaved_note("The test uses the saved credential.")
    """
    attributes: dict[str, Any] = {"data-text": text}
    return CustomElement.create(
        tag="unsaved-note", role="status", class_name="hub-small hub-unsaved-note", custom_attrs=attributes
    )


def draft() -> rx.Component:
    """Stands where what was changed is in no field, such as an added row: in a guarded form it counts as unsaved, and
    nobody is told that it is kept when the connection is lost or the session ends (assets/hub/unsaved.js).

    rx.cond(F.has_new_rows, draft())
    """
    attributes: dict[str, Any] = {"data-draft": ""}
    return rx.el.span(hidden=True, custom_attrs=attributes)


def when(field: str, values: str, *children: Child) -> rx.Component:
    """A part of a form that is of use only while another field of it has one of these values, separated by spaces.

    when("retry_policy", "linear exponential", number_field("most", "At most"))
    """
    attributes: dict[str, Any] = {"data-field": field, "data-values": values}
    return CustomElement.create(*children, tag="when", class_name="hub-when", custom_attrs=attributes)
