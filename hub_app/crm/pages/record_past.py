"""The time machine: a moment of a record's past is chosen, shown beside what it is now, and restored from."""

import reflex as rx

from hub_app.crm.state.record_past import PastRow, RecordPastState
from hub_app.crm.state.record_restoring import RecordRestoringState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def past_card() -> rx.Component:
    return ui.card(
        ui.stack(
            _choose(),
            rx.cond(
                RecordPastState.none != "",
                ui.callout(RecordPastState.none, "warning", title="Nothing to show"),
            ),
            rx.cond(RecordPastState.shown, _past()),
        ),
        title="Time machine",
        note="This record at any moment of its past",
    )


def _choose() -> rx.Component:
    """A moment, by a date and time or how long ago."""
    links = rx.foreach(
        RecordPastState.ago, lambda one: ui.button_link(one[0], one[1], small=True, keep_scroll=True)
    )
    return ui.form(
        rx.el.div(
            ui.text_field("moment", "Date and time (UTC)", of=RecordPastState, kind="datetime-local"),
            ui.submit_button("Show", busy=RecordPastState.busy),
            class_name="hub-row-fields",
        ),
        ui.row(links),
        on_submit=RecordPastState.go,
        key=RecordPastState.asked,
    )


def _past() -> rx.Component:
    one = RecordPastState
    who = rx.cond(one.href != "", rx.el.a(one.who, href=one.href, class_name="hub-link"), rx.el.span(one.who))
    head = rx.el.p(
        rx.cond(
            one.asked != "",
            rx.fragment("As of ", ui.time(one.asked, show="moment"), ": "),
        ),
        rx.el.strong(f"version {one.number}"),
        f", {one.what.lower()} ",
        ui.time(one.since, show="moment"),
        " by ",
        who,
        rx.cond(one.archived_at != "", rx.el.span(" It was in the archive.")),
    )
    moves = ui.row(
        rx.cond(one.earlier != "", ui.button_link("Earlier", one.earlier, small=True, keep_scroll=True)),
        rx.cond(one.later != "", ui.button_link("Later", one.later, small=True, keep_scroll=True)),
        rx.cond(
            one.differs > 0, ui.only(SessionState.is_engineer, _restore(), "Engineers can restore from here.")
        ),
        ui.button_link("Close", one.close, small=True, keep_scroll=True),
    )
    same = rx.cond(
        one.is_now,
        ui.callout("This is the record as it is now.", "neutral"),
        rx.cond(one.differs == 0, ui.callout("Every field was as it is now.", "neutral")),
    )
    return ui.stack(head, moves, same, _fields())


def _restore() -> rx.Component:
    return ui.button(
        "Restore from here…",
        "primary",
        small=True,
        mark="history",
        on_click=RecordRestoringState.compare(RecordPastState.version_id),
        attributes=ui.opener(RecordRestoringState, "restore", RecordPastState.version_id),
    )


def _fields() -> rx.Component:
    return ui.table(
        "The record as it was then",
        [
            ui.Column(label="Field", cell=lambda row: row.label, tight=True),
            ui.Column(label="Then", cell=_then),
            ui.Column(label="Now", cell=_now, phone=False),
        ],
        RecordPastState.rows,
        empty=ui.empty("history", "It held nothing", "No field had a value at that moment."),
    )


def _then(row: rx.vars.ObjectVar[PastRow]) -> rx.Component:
    # A phone has no column for what it is now.
    beside = rx.cond(
        row.differs,
        rx.el.span("Now: ", rx.cond(row.now != "", row.now, "empty"), class_name="hub-sub hub-phone-only"),
    )
    return rx.fragment(_value(row.then), beside)


def _now(row: rx.vars.ObjectVar[PastRow]) -> rx.Component:
    return rx.cond(
        row.differs,
        rx.fragment(_value(row.now), " ", ui.badge("Different", "warning")),
        rx.el.span("The same", class_name="hub-text-2"),
    )


def _value(text: rx.Var[str]) -> rx.Component:
    return rx.cond(
        text != "", rx.el.span(text, class_name="hub-lines"), rx.el.span("empty", class_name="hub-text-2")
    )
