"""The form of one record."""

import reflex as rx

from hub_app.crm.state.record_form import PEOPLE, RecordField, RecordFormState, Slot
from hub_app.ui import components as ui
from hub_app.ui.guard import FormState

_SIDES = [("", "Not known"), ("yes", "Yes"), ("no", "No")]


def edit_tab() -> rx.Component:
    return rx.cond(RecordFormState.loaded, _form(), ui.card(ui.skeleton(8), flush=True))


def _form() -> rx.Component:
    form = RecordFormState
    return ui.form(
        ui.card(
            rx.el.div(_fields(custom=False), class_name="hub-grid-2"),
            rx.cond(
                form.has_references,
                rx.el.p(
                    "Which client or project a record belongs to is set in the CRM.", class_name="hub-help"
                ),
            ),
            title="Details",
        ),
        rx.cond(form.has_people, ui.card(_people(), title="People")),
        rx.cond(
            form.has_custom,
            ui.card(rx.el.div(_fields(custom=True), class_name="hub-grid-2"), title="Custom fields"),
        ),
        ui.row(
            ui.submit_button("Save", busy=form.busy),
            rx.el.span(
                "The history keeps what stood here before. CRMs that take changes get yours at the next sync.",
                class_name="hub-small hub-text-2",
            ),
        ),
        on_submit=form.save,
        guard_changes=True,
        key=form.version,
    )


def _fields(*, custom: bool) -> rx.Component:
    return rx.foreach(
        RecordFormState.fields,
        lambda row: rx.cond(row.custom == custom, field(row, RecordFormState), rx.fragment()),
    )


def field(row: rx.vars.ObjectVar[RecordField], form: type[FormState]) -> rx.Component:
    """A field of a record, with the control that fits it."""
    return rx.el.div(
        rx.match(
            row.control,
            ("lines", ui.textarea_field(row.name, row.label, of=form, text=row.help)),
            ("words", ui.textarea_field(row.name, row.label, of=form, text=row.help, rows=3)),
            ("date", ui.text_field(row.name, row.label, of=form, kind="date", text=row.help)),
            ("email", ui.text_field(row.name, row.label, of=form, kind="email", text=row.help)),
            ("tel", ui.text_field(row.name, row.label, of=form, kind="tel", text=row.help)),
            ("choice", ui.select_field(row.name, row.label, _SIDES, of=form)),
            ui.text_field(row.name, row.label, of=form, text=row.help),
        ),
        key=row.name,
    )


def _people() -> rx.Component:
    return ui.group(
        PEOPLE,
        "The people of this record",
        rx.el.div(rx.foreach(RecordFormState.slots, _slot), class_name="hub-stack"),
        of=RecordFormState,
        text="Empty a person's fields to remove them. Separate several addresses or numbers with commas.",
    )


def _slot(row: rx.vars.ObjectVar[Slot]) -> rx.Component:
    form = RecordFormState
    return rx.el.fieldset(
        rx.el.legend(row.label, class_name="hub-strong"),
        rx.el.div(
            ui.text_field(row.name, "Name", of=form),
            ui.text_field(row.role, "Role", of=form, placeholder="Bride"),
            ui.text_field(row.emails, "E-mail addresses", of=form),
            ui.text_field(row.phones, "Phone numbers", of=form),
            class_name="hub-grid-2",
        ),
        class_name="hub-field hub-field-group",
        key=row.name,
    )
