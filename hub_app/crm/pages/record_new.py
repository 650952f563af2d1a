"""Adding a client by hand."""

import reflex as rx

from hub_app.crm.pages.record_form import field
from hub_app.crm.state.record_new import NewClientState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def add_button() -> rx.Component:
    return ui.only(
        SessionState.is_engineer,
        ui.button(
            "Add client",
            "primary",
            mark="plus",
            on_click=NewClientState.ask_new,
            attributes=ui.opener(NewClientState, "new"),
        ),
    )


def new_dialog() -> rx.Component:
    form = NewClientState
    return ui.form_dialog(
        form,
        "new",
        rx.el.div(_fields(custom=False), class_name="hub-grid-2"),
        rx.cond(
            form.has_custom,
            rx.fragment(
                rx.el.h3("Custom fields", class_name="hub-strong"),
                rx.el.div(_fields(custom=True), class_name="hub-grid-2"),
            ),
        ),
        title="Add client",
        text="No CRM has this client yet. An export can create it in a CRM that takes new clients, and you can add the people later.",
        submit="Add client",
        on_submit=form.create,
        size="wide",
    )


def _fields(*, custom: bool) -> rx.Component:
    return rx.foreach(
        NewClientState.fields,
        lambda row: rx.cond(row.custom == custom, field(row, NewClientState), rx.fragment()),
    )
