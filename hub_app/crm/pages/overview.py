"""The overview of a connection: how it stands, and the proof that nothing is missing."""

import reflex as rx

from hub_app.crm.pages.connections import OUTCOMES, STATUSES
from hub_app.crm.pages.job_parts import STATES
from hub_app.crm.state.connection import ConnectionState, ReconciledRow
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

_PROOFS: dict[str, tuple[str, ui.Tone]] = {
    "complete": ("Complete", "success"),
    "open": ("Not proved", "warning"),
    "none": ("Not imported yet", "neutral"),
}


def overview_tab() -> rx.Component:
    return ui.stack(_standing(), rx.cond(ConnectionState.reads, _proof()))


def _standing() -> rx.Component:
    last = rx.cond(
        ConnectionState.outcome != "",
        ui.row(ui.status_badge(ConnectionState.outcome, OUTCOMES), ui.time(ConnectionState.last_at)),
        "Never",
    )
    return ui.card(
        ui.facts(
            ("Status", ui.status_badge(ConnectionState.status, STATUSES)),
            ("Account", rx.cond(ConnectionState.account != "", ConnectionState.account, "—")),
            (
                "Records here",
                rx.el.a(ConnectionState.records, href=ConnectionState.clients, class_name="hub-link"),
            ),
            ("Direction", ConnectionState.direction),
            ("Changed on both sides", ConnectionState.rule),
            ("Schedule", ConnectionState.schedule),
            ("Last sync", last),
            (
                "Next sync",
                rx.cond(ConnectionState.next_at != "", ui.due(ConnectionState.next_at), "Only by hand"),
            ),
            ("Connected since", ui.time(ConnectionState.since, show="date")),
        ),
        title="How it stands",
    )


def _proof() -> rx.Component:
    check = rx.fragment(
        ui.button("Check a sample", small=True, on_click=ConnectionState.check("sample")),
        ui.button("Check everything", small=True, mark="scan_search", on_click=ConnectionState.check("full")),
    )
    return ui.card(
        ui.table(
            "Reconciliation",
            [
                ui.Column(label="Records", cell=_kind),
                ui.Column(label="At the CRM", cell=lambda row: row.stated, end=True, phone=False),
                ui.Column(label="Read", cell=lambda row: row.read, end=True, phone=False),
                ui.Column(label="Here", cell=lambda row: row.here, end=True),
            ],
            ConnectionState.reconciled,
            empty=ui.empty(
                "scan_search",
                "Nothing to prove yet",
                "After a full import, this shows what the CRM has, what was read, and what is here.",
            ),
        ),
        title="Is anything missing?",
        note="What the CRM says that it has, what the last full import read, and what became of each record.",
        actions=(
            ui.only(
                SessionState.is_engineer,
                rx.cond(ConnectionState.status == "connected", check),
                "Engineers can check both sides.",
            ),
        ),
        foot=rx.cond(
            ConnectionState.last_check.id != "",
            _last_check(),
            rx.el.span("A check compares both sides and changes nothing."),
        ),
        flush=True,
    )


def _kind(row: rx.vars.ObjectVar[ReconciledRow]) -> rx.Component:
    return rx.fragment(
        ui.row(row.kind, ui.status_badge(row.proof, _PROOFS)),
        rx.el.span(row.sentence, class_name="hub-sub"),
        rx.foreach(row.left, lambda one: rx.el.span(one, class_name="hub-sub")),
    )


def _last_check() -> rx.Component:
    job = ConnectionState.last_check
    return ui.row(
        rx.el.a("Last check", href=job.href, prevent_scroll_reset=True, class_name="hub-link"),
        ui.status_badge(job.status, STATES),
        ui.time(job.at),
        rx.foreach(job.figures, lambda one: rx.el.span(one.count, " ", one.words)),
    )
