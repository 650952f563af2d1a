"""The operator's page of verifications of the audit log."""

import reflex as rx

from hub_app.governance.pages.findings import sentences
from hub_app.governance.state.verifications import FindingRow, VerificationsState
from hub_app.ui import components as ui
from hub_app.ui.shell import page

OUTCOMES: dict[str, tuple[str, ui.Tone]] = {
    "waiting": ("Waiting", "info"),
    "running": ("Running", "info"),
    "whole": ("Intact", "success"),
    "changed": ("Changed", "danger"),
    "unchecked": ("Incomplete", "warning"),
    "failed": ("Failed", "neutral"),
    "forged": ("Forged", "danger"),
}


def page_of_verifications() -> rx.Component:
    return page(
        "Audit verification",
        "Whether anyone changed, removed or added audit entries outside of Hub. Hub verifies the logs of all tenants once a day.",
        rx.cond(
            VerificationsState.refused,
            ui.operators_only(),
            rx.fragment(_standing(), ui.card(_table(), title="History", flush=True), _drawer()),
        ),
        actions=[rx.cond(VerificationsState.refused, rx.fragment(), _verify())],
        breadcrumb=[("Operator", "")],
    )


def _verify() -> rx.Component:
    return ui.button(
        "Verify now",
        "primary",
        mark="shield_check",
        busy=VerificationsState.under_way != "",
        on_click=VerificationsState.verify_now,
    )


def _standing() -> rx.Component:
    details = ui.button_link("Details", VerificationsState.newest_href, small=True, keep_scroll=True)
    chosen = rx.match(
        VerificationsState.outcome,
        ("whole", ui.callout(_when("Nothing was changed."), "success", title="The audit log is intact")),
        (
            "changed",
            ui.callout(
                _when(
                    "The details say in which log, and at which entry. Keep a copy of the database before you restore a backup."
                ),
                "danger",
                title="The audit log was changed outside of Hub",
                action=details,
            ),
        ),
        (
            "unchecked",
            ui.callout(
                _when("Some entries name a key that Hub does not have."),
                "warning",
                title="The audit log could not be verified completely",
                action=details,
            ),
        ),
        (
            "forged",
            ui.callout(
                "The history shows which results Hub did not write. They may hide changes of the audit log: keep a copy of the"
                " database, and run “python -m hub_app verify-audit”.",
                "danger",
                title="Verification results were changed outside of Hub",
            ),
        ),
        ui.callout(
            "Start a verification, or wait for the first daily one.", "info", title="Not verified yet"
        ),
    )
    under_way = rx.match(
        VerificationsState.under_way,
        (
            "waiting",
            ui.callout(
                "A verification starts as soon as a process that works in the background is free.", "info"
            ),
        ),
        ("running", ui.callout("A verification is running. Its result appears here.", "info")),
        rx.fragment(),
    )
    shown = rx.cond(VerificationsState.loaded, rx.fragment(chosen, under_way), rx.fragment())
    return rx.el.div(shown, class_name="hub-stack", role="status")


def _when(text: str) -> rx.Component:
    return rx.el.span("Last verified ", ui.time(VerificationsState.verified_at), f". {text}")


def _table() -> rx.Component:
    return ui.table(
        "Verifications",
        [
            ui.Column(label="Started", cell=lambda row: ui.time(row.at)),
            ui.Column(label="Result", cell=lambda row: ui.status_badge(row.outcome, OUTCOMES)),
            ui.Column(label="Started by", cell=lambda row: row.by, quiet=True),
            ui.Column(label="Entries", cell=lambda row: row.checked, end=True, quiet=True, phone=False),
            ui.Column(label="Duration", cell=lambda row: row.took, end=True, quiet=True, phone=False),
        ],
        VerificationsState.rows,
        loaded=VerificationsState.loaded,
        empty=ui.empty(
            "shield_check",
            "No verification yet",
            "Hub verifies the audit log once a day. You can start a verification now.",
        ),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == VerificationsState.selected,
        pager=ui.Pager(previous=VerificationsState.previous, next=VerificationsState.next),
    )


def _drawer() -> rx.Component:
    state, run = VerificationsState, VerificationsState.chosen
    return ui.drawer(
        state,
        ui.facts(
            ("Started", ui.time(run.at, show="moment")),
            ("Started by", run.by),
            ("Entries", rx.cond(run.checked != "", run.checked, "—")),
            ("Duration", rx.cond(run.took != "", run.took, "—")),
        ),
        rx.cond(state.note != "", rx.el.p(state.note)),
        rx.foreach(state.findings, _finding),
        rx.cond(
            run.outcome == "whole",
            rx.el.p("Every entry, the end of every log and everyone who acted were as Hub wrote them."),
        ),
        title="Verification",
        badge=ui.status_badge(run.outcome, OUTCOMES),
        previous=state.above,
        next=state.below,
    )


def _finding(row: rx.vars.ObjectVar[FindingRow]) -> rx.Component:
    return rx.el.section(
        rx.el.h3(row.log, class_name="hub-h2"), sentences(row.sentences), class_name="hub-stack-tight"
    )
