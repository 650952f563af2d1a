"""The audit log: filters, the list, downloads, and one entry in the drawer."""

import reflex as rx

from hub_app.governance.state.audit import AuditEntryState, AuditRow, AuditState
from hub_app.ui import components as ui
from hub_app.ui.shell import page
from hub_app.ui.spans import SPANS


def page_of_audit_log() -> rx.Component:
    return page(
        "Audit log",
        "Who did what in this tenant, and when. Entries cannot be changed or deleted.",
        _filters(),
        ui.card(_table(), flush=True),
        _drawer(),
        actions=[
            ui.download_link("CSV", AuditState.as_csv),
            ui.download_link("JSON Lines", AuditState.as_json_lines),
        ],
        breadcrumb=[("Governance", "")],
    )


def _filters() -> rx.Component:
    return ui.filter_bar(
        ui.filter_select("Person", AuditState.actor, AuditState.actors, on_change=AuditState.filter("actor")),
        ui.filter_select(
            "Action", AuditState.action, AuditState.actions, on_change=AuditState.filter("action")
        ),
        ui.filter_select(
            "Time", AuditState.span, [("", "Any"), *SPANS.items()], on_change=AuditState.filter("span")
        ),
        rx.cond(
            AuditState.target != "",
            ui.button_link("Only about one thing", AuditState.without_target, mark="x", small=True),
        ),
    )


def _table() -> rx.Component:
    return ui.table(
        "Audit log",
        [
            ui.Column(label="Action", cell=_what),
            ui.Column(label="Who", cell=_who),
            ui.Column(label="About", cell=lambda row: row.target, quiet=True, phone=False),
            ui.Column(label="When", cell=lambda row: ui.time(row.at), end=True, quiet=True),
        ],
        AuditState.rows,
        loaded=AuditState.loaded,
        empty=rx.cond(
            AuditState.filtered,
            ui.empty(
                "scroll_text", "No matching entries", "No entry matches these filters. Change or clear them."
            ),
            ui.empty("scroll_text", "Nothing recorded yet", "Each change that someone makes appears here."),
        ),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == AuditState.selected,
        pager=ui.Pager(previous=AuditState.previous, next=AuditState.next),
    )


def _what(row: rx.vars.ObjectVar[AuditRow]) -> rx.Component:
    return rx.fragment(row.what, rx.el.span(row.action, class_name="hub-sub hub-mono hub-wide-only"))


def _who(row: rx.vars.ObjectVar[AuditRow]) -> rx.Component:
    return rx.fragment(row.who, rx.el.span(row.via, class_name="hub-sub hub-wide-only"))


def _drawer() -> rx.Component:
    entry = AuditEntryState
    return ui.drawer(
        entry,
        ui.facts(
            ("Who", entry.who),
            ("E-mail", rx.cond(entry.email != "", entry.email, "—")),
            ("Address", rx.cond(entry.ip != "", entry.ip, "—")),
            ("By", entry.via),
            (
                "About",
                rx.cond(
                    entry.others != "", rx.el.a(entry.target, href=entry.others, class_name="hub-link"), "—"
                ),
            ),
            ("When", ui.time(entry.at, show="moment")),
            ("Number", entry.sequence),
        ),
        rx.cond(entry.summary != "", ui.code(entry.summary, label="Details", language="json")),
        ui.code(entry.mac, label="Proof"),
        rx.el.p(
            "Each entry's proof covers the one before it, so that a change by anyone, in the database too, can be found.",
            class_name="hub-help",
        ),
        title=entry.what,
        sub=entry.action,
        previous=AuditState.above,
        next=AuditState.below,
    )
