"""The dialog that updates a session's ticket: the note on one side, what goes along with it on the other."""

import reflex as rx

from hub_app.psa.state.addresses import PREVIEW
from hub_app.psa.state.posts import Part
from hub_app.psa.state.updating import UpdateTicketState
from hub_app.ui import components as ui


def update_dialog() -> rx.Component:
    state = UpdateTicketState
    return ui.form_dialog(
        state,
        "update",
        rx.cond(state.problem != "", ui.callout(state.problem, "danger", alert=True)),
        rx.cond(state.ready, rx.el.div(_note(), _along(), class_name="hub-split"), _waiting()),
        title=rx.cond(state.ready, state.title, "Update ticket"),
        text=rx.cond(state.ready, state.sub, "Hub reads the ticket as it is now."),
        on_submit=state.post,
        submit=rx.cond(state.sets_status, "Post note and set status", "Post note"),
        size="split",
        key=state.version,
    )


def _waiting() -> rx.Component:
    return rx.cond(UpdateTicketState.problem != "", rx.fragment(), ui.skeleton(6, label="Reading the ticket"))


def _note() -> rx.Component:
    state = UpdateTicketState
    return rx.el.div(
        ui.markdown_field(
            "text",
            "Note",
            of=state,
            preview=PREVIEW,
            rows=14,
            as_note=True,
            toolbar="basic",
            text=state.line_note,
        ),
    )


def _along() -> rx.Component:
    state = UpdateTicketState
    return rx.el.div(
        rx.el.div(
            ui.select_field("note_type", "Kind of note", state.kinds, of=state),
            rx.foreach(
                state.kind_help,
                lambda one: ui.when("note_type", one[0], rx.el.p(one[1], class_name="hub-help")),
            ),
            class_name="hub-stack-tight",
        ),
        ui.select_field(
            "status_id",
            "New status",
            state.statuses,
            of=state,
            text=state.status_help,
            on_change=state.choose_status,
        ),
        ui.select_field("member_id", "Post as", state.members, of=state, text=state.member_help),
        rx.cond(
            state.takes_time,
            ui.number_field(
                "minutes",
                "Time entry, minutes",
                of=state,
                minimum=1,
                maximum=1440,
                text="Left empty, no time is entered.",
                optional=True,
            ),
        ),
        rx.cond(
            state.notifies,
            rx.el.div(
                ui.check_field("notify", "E-mail the contact"),
                rx.el.p("Off unless you choose it.", class_name="hub-help"),
                class_name="hub-stack-tight",
            ),
        ),
        rx.cond(state.fine != "", ui.callout(state.fine, "success")),
        rx.foreach(state.warnings, lambda text: ui.callout(text, "warning")),
        rx.cond(
            state.parts.length() > 0,
            rx.el.ul(rx.foreach(state.parts, _part), class_name="hub-stack-tight", role="status"),
        ),
    )


def _part(row: rx.vars.ObjectVar[Part]) -> rx.Component:
    return rx.el.li(rx.el.strong(row.label), ": ", row.state, class_name="hub-small")
