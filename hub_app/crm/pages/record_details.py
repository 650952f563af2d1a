"""What a record holds, the people in it, the records around it, and the CRMs that know it."""

import reflex as rx

from hub_app.crm.state.record import RecordState, RelatedRow, SourceRow
from hub_app.crm.state.record_lead import RecordLeadState, TargetRow
from hub_app.crm.state.record_words import Detail
from hub_app.ui import components as ui
from hub_app.ui.elements import Rows

_STATES: dict[str, tuple[str, ui.Tone]] = {
    "linked": ("In the CRM", "success"),
    "sent": ("Sent as a lead", "info"),
    "gone": ("Gone at the CRM", "warning"),
    "merged": ("Merged here", "neutral"),
}


def details_tab() -> rx.Component:
    return ui.stack(
        rx.el.div(
            ui.stack(
                ui.card(_facts(RecordState.details, "This record holds nothing yet."), title="Details"),
                rx.cond(
                    RecordState.custom.length() > 0,
                    ui.card(_facts(RecordState.custom, ""), title="Custom fields"),
                ),
            ),
            ui.stack(
                rx.cond(
                    RecordState.people.length() > 0,
                    ui.card(ui.person_list(RecordState.people), title="People"),
                ),
                ui.card(
                    _sources(),
                    title="Sources",
                    note="The CRMs that know this record",
                    actions=(rx.foreach(RecordLeadState.rows, _send),),
                    flush=True,
                ),
            ),
            class_name="hub-grid-2",
        ),
        ui.confirm(
            RecordLeadState,
            "lead",
            f"Send {RecordState.name} to {RecordLeadState.subject_name} as a lead",
            text="It gets the name, email, phone, event date, lead source and notes, once. What becomes of it there is not seen here, and it"
            " cannot be taken back.",
            action="Send as a lead",
            on_confirm=RecordLeadState.send,
            danger=False,
        ),
        rx.cond(
            RecordState.related.length() > 0,
            ui.card(_related(), title="Related", note="As the CRM connects them", flush=True),
        ),
    )


def _send(row: rx.vars.ObjectVar[TargetRow]) -> rx.Component:
    return ui.button(
        f"Send to {row.name}",
        small=True,
        mark="send",
        on_click=RecordLeadState.ask_about("lead", row.id),
        attributes=ui.opener(RecordLeadState, "lead", row.id),
    )


def _facts(rows: Rows, none: str) -> rx.Component:
    return rx.cond(rows.length() > 0, ui.facts_of(rows, _value), rx.el.p(none, class_name="hub-text-2"))


def _value(row: rx.vars.ObjectVar[Detail]) -> rx.Component:
    shown = rx.match(
        row.kind,
        ("lines", rx.el.span(row.text, class_name="hub-lines")),
        ("email", rx.el.a(row.text, href=f"mailto:{row.text}", class_name="hub-link hub-break")),
        ("phone", rx.el.a(row.text, href=f"tel:{row.text}", class_name="hub-link")),
        ("time", ui.time(row.text, show="moment")),
        rx.el.span(row.text),
    )
    return rx.fragment(shown)


def _sources() -> rx.Component:
    return ui.table(
        "Sources",
        [
            ui.Column(label="Connection", cell=_connection),
            ui.Column(label="State", cell=_state),
            ui.Column(label="Last read", cell=lambda row: ui.time(row.read_at), end=True, quiet=True),
        ],
        RecordState.sources,
        empty=ui.empty(
            "unplug",
            "No CRM knows this record",
            "It was made here, or the CRM that it came from was disconnected.",
        ),
        href=lambda row: row.href,
    )


def _connection(row: rx.vars.ObjectVar[SourceRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.external_id, class_name="hub-sub hub-mono hub-break"))


def _state(row: rx.vars.ObjectVar[SourceRow]) -> rx.Component:
    return rx.fragment(
        ui.status_badge(row.state, _STATES),
        rx.cond(row.gone_at != "", rx.el.span(ui.time(row.gone_at), class_name="hub-sub")),
        rx.cond(row.waits, rx.el.span("A change waits for the next sync", class_name="hub-sub")),
    )


def _related() -> rx.Component:
    return ui.table(
        "Related records",
        [
            ui.Column(label="Name", cell=_related_name),
            ui.Column(label="Kind", cell=lambda row: row.kind, quiet=True),
            ui.Column(label="Date", cell=lambda row: row.date, phone=False),
            ui.Column(label="Status", cell=_status, phone=False),
            ui.Column(label="Value", cell=lambda row: row.value, end=True),
        ],
        RecordState.related,
        empty=rx.fragment(),
    )


def _related_name(row: rx.vars.ObjectVar[RelatedRow]) -> rx.Component:
    link = rx.el.a(row.name, href=row.href, class_name="hub-row-link")
    return rx.cond(row.href != "", link, rx.el.span(row.name, class_name="hub-text-2"))


def _status(row: rx.vars.ObjectVar[RelatedRow]) -> rx.Component:
    return rx.cond(row.status != "", ui.badge(row.status, dot=False), rx.fragment())
