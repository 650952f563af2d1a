"""The quarantine of a connection: what could not become a record, why, and what can be done about it."""

import reflex as rx

from hub_app.crm.state.quarantine import QuarantinedState, QuarantineRow, QuarantineState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

_STATUSES = [("open", "Waiting"), ("resolved", "Resolved"), ("dismissed", "Dismissed")]
_LOOKS: dict[str, tuple[str, ui.Tone]] = {
    "open": ("Waiting", "warning"),
    "resolved": ("Resolved", "success"),
    "dismissed": ("Dismissed", "neutral"),
}


def quarantine_tab() -> rx.Component:
    of = QuarantineState
    retry = rx.cond(
        (of.status == "open") & (of.rows.length() > 0),
        ui.button("Try all again", mark="rotate_ccw", on_click=of.retry_all),
    )
    return rx.fragment(
        ui.row(
            ui.filter_bar(
                ui.filter_select(
                    "Status", of.status, _STATUSES, on_change=lambda value: of.filter("status", value)
                )
            ),
            ui.only(SessionState.is_engineer, retry, "Engineers can try records again and dismiss them."),
            apart=True,
        ),
        ui.card(_list(), flush=True),
        _drawer(),
    )


def _list() -> rx.Component:
    of = QuarantineState
    none = rx.match(
        of.status,
        (
            "resolved",
            ui.empty(
                "circle_check",
                "Nothing was resolved yet",
                "Records that were set aside and then taken over appear here.",
            ),
        ),
        (
            "dismissed",
            ui.empty("circle_check", "Nothing was dismissed", "Records that nobody wants appear here."),
        ),
        ui.empty(
            "circle_check",
            "Nothing waits in quarantine",
            "Records that cannot be taken over, because a required field is empty or they cannot be read, are kept here with"
            " the reason. Nothing of them is lost.",
        ),
    )
    return ui.table(
        "Quarantine",
        [
            ui.Column(label="Record", cell=_record),
            ui.Column(label="Reason", cell=lambda row: rx.el.span(row.reason, class_name="hub-break")),
            ui.Column(label="Tried", cell=lambda row: row.attempts, quiet=True, phone=False),
            ui.Column(label="Last", cell=lambda row: ui.time(row.at), quiet=True, phone=False),
        ],
        of.rows,
        loaded=of.loaded,
        empty=rx.fragment(none),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == of.selected,
        pager=ui.Pager(previous=of.previous, next=of.next),
    )


def _record(row: rx.vars.ObjectVar[QuarantineRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.external_id, class_name="hub-mono hub-break"),
        rx.el.span(row.resource, class_name="hub-sub"),
    )


def _drawer() -> rx.Component:
    of = QuarantinedState
    work = ui.row(
        ui.button("Try again", "primary", mark="rotate_ccw", small=True, on_click=of.retry),
        ui.button("Dismiss", mark="x", small=True, on_click=of.dismiss),
        ui.button_link("Field mapping", QuarantineState.mapping, small=True),
    )
    waits = rx.fragment(
        ui.only(SessionState.is_engineer, work, "Engineers can try it again or dismiss it."),
        rx.el.p(
            "Correct the record in the CRM, or change the mapping, then try again. A dismissed record stays away until the CRM"
            " changes it.",
            class_name="hub-small hub-text-2",
        ),
    )
    return ui.drawer(
        of,
        ui.callout(of.reason, "warning", title="Why it was set aside"),
        rx.cond(of.status == "open", waits),
        ui.facts(
            ("Kind of record", of.resource),
            ("Id in the CRM", rx.el.span(of.external_id, class_name="hub-mono hub-break")),
            ("Tried", of.attempts),
            ("Last", ui.time(of.at, show="minute")),
        ),
        ui.code(of.raw, label="As it was read"),
        title="Set aside",
        badge=ui.status_badge(of.status, _LOOKS),
        previous=QuarantineState.above,
        next=QuarantineState.below,
    )
