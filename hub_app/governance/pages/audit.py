"""Audit logs, a tenant's and the installation's: filters, the list, downloads, and one entry in the drawer."""

import reflex as rx

from hub_app.governance.pages.findings import own_verification
from hub_app.governance.state.audit import (
    AuditEntryState,
    AuditLogState,
    AuditRow,
    AuditState,
    EntryState,
    InstallationEntryState,
    InstallationLogState,
)
from hub_app.ui import components as ui
from hub_app.ui.shell import page
from hub_app.ui.spans import SPANS


def page_of_audit_log() -> rx.Component:
    return page(
        "Audit log",
        "Who did what in this tenant, and when. Nobody can edit entries; old ones are deleted after the retention period.",
        own_verification(),
        _filters(AuditState),
        ui.card(_table(AuditState), flush=True),
        _drawer(AuditState, AuditEntryState),
        actions=_downloads(AuditState),
        breadcrumb=[("Governance", "")],
    )


def page_of_installation_log() -> rx.Component:
    log = InstallationLogState
    return page(
        "Installation log",
        "What happened outside of any tenant, such as acts of operators and failed sign-ins of unknown accounts.",
        rx.cond(
            log.refused,
            ui.operators_only(),
            rx.fragment(
                _filters(log),
                ui.card(_table(log), flush=True),
                _drawer(log, InstallationEntryState),
            ),
        ),
        actions=[rx.cond(log.refused, rx.fragment(), rx.fragment(*_downloads(log)))],
        breadcrumb=[("Operator", "")],
    )


def _downloads(log: type[AuditLogState]) -> list[rx.Component]:
    return [ui.download_link("CSV", log.as_csv), ui.download_link("JSON Lines", log.as_json_lines)]


def _filters(log: type[AuditLogState]) -> rx.Component:
    return ui.filter_bar(
        ui.filter_select("Person", log.actor, log.actors, on_change=log.filter("actor")),
        ui.filter_select("Action", log.action, log.actions, on_change=log.filter("action")),
        ui.filter_select("Time", log.span, [("", "Any"), *SPANS.items()], on_change=log.filter("span")),
        rx.cond(
            log.target != "",
            ui.button_link("About one object", log.without_target, mark="x", small=True),
        ),
    )


def _table(log: type[AuditLogState]) -> rx.Component:
    return ui.table(
        "Audit log",
        [
            ui.Column(label="Action", cell=_what),
            ui.Column(label="Who", cell=_who),
            ui.Column(label="About", cell=_about, quiet=True, phone=False),
            ui.Column(label="When", cell=lambda row: ui.time(row.at), end=True, quiet=True),
        ],
        log.rows,
        loaded=log.loaded,
        empty=rx.cond(
            log.filtered,
            ui.empty(
                "scroll_text", "No matching entries", "No entry matches these filters. Change or clear them."
            ),
            ui.empty("scroll_text", "Nothing recorded yet", "Each change that someone makes appears here."),
        ),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == log.selected,
        pager=ui.Pager(previous=log.previous, next=log.next),
    )


def _what(row: rx.vars.ObjectVar[AuditRow]) -> rx.Component:
    return rx.fragment(row.what, rx.el.span(row.action, class_name="hub-sub hub-mono hub-wide-only"))


def _who(row: rx.vars.ObjectVar[AuditRow]) -> rx.Component:
    return rx.fragment(row.who, rx.el.span(row.via, class_name="hub-sub hub-wide-only"))


def _about(row: rx.vars.ObjectVar[AuditRow]) -> rx.Component:
    link = rx.el.a(row.target, href=row.tenant, class_name="hub-link hub-above")
    return rx.cond(row.tenant != "", link, rx.el.span(row.target))


def _drawer(log: type[AuditLogState], entry: type[EntryState]) -> rx.Component:
    return ui.drawer(
        entry,
        ui.facts(
            (
                "Who",
                rx.cond(
                    entry.theirs != "",
                    rx.el.a(entry.who, href=entry.theirs, class_name="hub-link"),
                    entry.who,
                ),
            ),
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
        rx.cond(
            entry.tenant != "",
            rx.el.p(rx.el.a("Open this tenant", href=entry.tenant, class_name="hub-link")),
        ),
        rx.cond(entry.summary != "", ui.code(entry.summary, label="Details", language="json")),
        ui.code(entry.mac, label="Proof"),
        rx.el.p(
            "Each entry's proof covers the one before it, so that a change by anyone, in the database too, can be found.",
            class_name="hub-help",
        ),
        title=entry.what,
        sub=entry.action,
        previous=log.above,
        next=log.below,
    )
