"""One job of a connection, in a drawer."""

from typing import Any

import reflex as rx

from hub_app.crm.pages.job_parts import STATES, cancel_button
from hub_app.crm.state.findings import FieldLine, FindingRow, LogRow
from hub_app.crm.state.job import ConfirmRow, SyncJobState
from hub_app.crm.state.job_rows import KindRow
from hub_app.crm.state.jobs import SyncJobsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

_LEVELS: dict[str, tuple[str, ui.Tone]] = {
    "info": ("Info", "info"),
    "warning": ("Warning", "warning"),
    "error": ("Error", "danger"),
}


def job_drawer() -> rx.Component:
    body: Any = rx.match(SyncJobState.view, ("findings", _findings()), ("log", _log()), _figures())
    return rx.fragment(
        ui.drawer(
            SyncJobState,
            _standing(),
            _confirmation(),
            _actions(),
            ui.tabs(
                "Job",
                SyncJobState.view,
                ("figures", "Figures", SyncJobState.views["figures"]),
                ("findings", "Findings", SyncJobState.views["findings"]),
                ("log", "Log", SyncJobState.views["log"]),
            ),
            body,
            title=SyncJobState.title,
            sub=rx.fragment(SyncJobState.about, " · ", ui.time(SyncJobState.at, show="minute")),
            badge=ui.status_badge(SyncJobState.status, STATES),
            previous=SyncJobsState.above,
            next=SyncJobsState.below,
        ),
        _undo_dialog(),
        _confirm_dialog(),
    )


def _standing() -> rx.Component:
    bar = rx.cond(
        SyncJobState.is_measured,
        ui.progress(
            SyncJobState.done, SyncJobState.total, label=SyncJobState.title, text=SyncJobState.progress
        ),
        rx.el.p(SyncJobState.progress, class_name="hub-text-2"),
    )
    return rx.fragment(
        rx.cond(SyncJobState.is_open, bar),
        rx.cond(SyncJobState.error != "", ui.callout(SyncJobState.error, "danger", title="It failed")),
        rx.cond(
            SyncJobState.undone_by != "",
            ui.callout(
                rx.el.a("See what was taken back", href=SyncJobState.undone_by, class_name="hub-link"),
                "neutral",
                title="This job was undone",
            ),
        ),
        rx.cond(
            SyncJobState.is_preview & ~SyncJobState.can_undo_now,
            ui.callout(
                rx.cond(
                    SyncJobState.can_run & SessionState.is_engineer,
                    "It has written nothing, here or at the CRM. Run it to have what the figures show: everything is read once more, and"
                    " you can undo it.",
                    "It writes nothing, here or at the CRM.",
                ),
                "info",
                title="This is a preview",
                action=rx.cond(
                    SyncJobState.can_run & SessionState.is_engineer,
                    ui.button("Run it now", "primary", small=True, on_click=SyncJobState.run),
                ),
            ),
        ),
    )


def _actions() -> rx.Component:
    work = ui.row(
        rx.cond(SyncJobState.can_cancel, cancel_button(SyncJobState.cancel)),
        rx.cond(
            SyncJobState.can_retry,
            ui.button("Retry", mark="rotate_ccw", small=True, on_click=SyncJobState.retry),
        ),
    )
    undo = rx.fragment(
        rx.cond(
            SyncJobState.can_undo,
            ui.row(
                ui.button("Undo…", mark="undo_2", small=True, on_click=SyncJobState.preview_undo),
                rx.el.span("First you see what an undo would take back.", class_name="hub-small hub-text-2"),
            ),
        ),
        rx.cond(
            SyncJobState.can_undo_now,
            ui.callout(
                "Nothing has been taken back yet. The figures show what an undo would do; the findings list what it would keep.",
                "info",
                title="This is a preview of an undo",
                action=ui.button("Undo now", "danger", small=True, on_click=SyncJobState.ask("undo")),
            ),
        ),
    )
    of_undo = rx.cond(
        SyncJobState.undoes != "",
        rx.el.p(rx.el.a("The job that it takes back", href=SyncJobState.undoes, class_name="hub-link")),
    )
    asks = SyncJobState.can_undo | SyncJobState.can_undo_now
    return rx.fragment(
        rx.cond(
            SyncJobState.can_cancel | SyncJobState.can_retry,
            ui.only(SessionState.is_engineer, work, "Engineers can cancel and retry jobs."),
        ),
        rx.cond(asks, ui.only(SessionState.is_admin, undo, "Customer admins can undo jobs.")),
        of_undo,
    )


def _confirmation() -> rx.Component:
    def one(row: rx.vars.ObjectVar[ConfirmRow]) -> rx.Component:
        return rx.el.li(
            rx.el.strong(row.kind),
            " ",
            row.text,
            rx.el.span("List ", rx.el.code(row.digest), class_name="hub-sub"),
        )

    text = rx.fragment(
        "These records were not found at the CRM. That many at once may also be a fault there, so nothing was marked.",
        rx.el.ul(rx.foreach(SyncJobState.confirms, one), class_name="hub-plain"),
        rx.el.a("See the list", href=SyncJobState.views["findings"], class_name="hub-link"),
        rx.cond(SessionState.is_admin, "", " Customer admins can confirm it."),
    )
    return rx.cond(
        SyncJobState.confirms.length() > 0,
        ui.callout(
            text,
            "warning",
            title="Someone has to confirm this",
            action=ui.only(
                SessionState.is_admin,
                ui.button("Confirm…", small=True, on_click=SyncJobState.ask("confirm")),
            ),
        ),
    )


def _undo_dialog() -> rx.Component:
    return ui.confirm(
        SyncJobState,
        "undo",
        "Undo this job",
        text=rx.cond(
            SyncJobState.links,
            "The records that it linked are taken apart again. What someone changed since stays on the record that was kept.",
            "What the job created here is removed, and what it changed is put back. What someone changed since is kept."
            " Nothing is deleted at the CRM. The connection is paused afterward.",
        ),
        action="Undo now",
        on_confirm=SyncJobState.undo,
    )


def _confirm_dialog() -> rx.Component:
    return ui.confirm(
        SyncJobState,
        "confirm",
        "Mark these records as gone",
        text="Hub asks the CRM once more for each of them, as far as it can be asked, and marks those that are gone. Nothing is deleted here,"
        " and the job that marks them can be undone.",
        action="Mark as gone",
        on_confirm=SyncJobState.confirm,
    )


def _figures() -> rx.Component:
    def one(row: rx.vars.ObjectVar[KindRow]) -> rx.Component:
        return rx.el.section(
            ui.row(
                rx.el.h3(row.kind, class_name="hub-strong"),
                rx.el.span(row.read, class_name="hub-small hub-text-2"),
                apart=True,
            ),
            ui.figures(row.figures),
            class_name="hub-stack-tight",
        )

    none = rx.el.p("Nothing has been read yet.", class_name="hub-text-2")
    took = rx.cond(
        SyncJobState.duration != "",
        rx.el.p("It took ", SyncJobState.duration, ".", class_name="hub-small hub-text-2"),
    )
    return ui.stack(rx.cond(SyncJobState.kinds.length() > 0, rx.foreach(SyncJobState.kinds, one), none), took)


def _findings() -> rx.Component:
    def line(row: rx.vars.ObjectVar[FieldLine]) -> rx.Component:
        return rx.el.div(rx.el.dt(row.label), rx.el.dd(row.text, class_name="hub-break"))

    def one(row: rx.vars.ObjectVar[FindingRow]) -> rx.Component:
        return rx.fragment(
            ui.row(
                rx.cond(
                    row.href != "",
                    rx.el.a(row.name, href=row.href, class_name="hub-link hub-strong hub-break"),
                    rx.el.span(row.name, class_name="hub-strong hub-break"),
                ),
                ui.badge(row.words, row.tone),
                apart=True,
            ),
            rx.el.span(row.kind, " ", row.external_id, class_name="hub-sub"),
            rx.cond(
                row.lines.length() > 0,
                rx.el.dl(rx.foreach(row.lines, line), class_name="hub-facts"),
            ),
        )

    filters = rx.cond(
        SyncJobState.found_kinds.length() > 2,  # noqa: PLR2004 - all of them, and the only kind
        ui.row(
            ui.filter_select(
                "Kind", SyncJobState.kind, SyncJobState.found_kinds, on_change=SyncJobState.choose_kind
            )
        ),
    )
    none = rx.cond(
        SyncJobState.is_open,
        "Nothing has been found so far.",
        rx.cond(
            SyncJobState.kind != "",
            "There is nothing of this kind.",
            SyncJobState.none_found,
        ),
    )
    return ui.stack(
        filters,
        rx.cond(
            SyncJobState.findings.length() > 0,
            ui.entries("Findings", SyncJobState.findings, one),
            rx.el.p(none, class_name="hub-text-2"),
        ),
        _pager(),
        rx.cond(
            SyncJobState.lists_all,
            "",
            rx.el.p(
                "Of many records of a kind, the first ones are listed; the figures count all of them.",
                class_name="hub-help",
            ),
        ),
    )


def _log() -> rx.Component:
    def one(row: rx.vars.ObjectVar[LogRow]) -> rx.Component:
        return rx.fragment(
            ui.row(
                ui.status_badge(row.level, _LEVELS),
                rx.el.span(ui.time(row.at, show="second"), class_name="hub-small hub-text-2"),
                apart=True,
            ),
            rx.el.span(row.message, class_name="hub-break"),
            rx.cond(row.about != "", rx.el.span(row.about, class_name="hub-sub hub-break")),
        )

    levels = [("", "All"), *((level, said) for level, (said, _) in _LEVELS.items())]
    return ui.stack(
        ui.row(ui.filter_select("Level", SyncJobState.level, levels, on_change=SyncJobState.choose_level)),
        rx.cond(
            SyncJobState.logs.length() > 0,
            ui.entries("Log", SyncJobState.logs, one),
            rx.el.p("The job had nothing to say that needs attention.", class_name="hub-text-2"),
        ),
        _pager(),
    )


def _pager() -> rx.Component:
    return ui.row(
        rx.cond(
            SyncJobState.before != "",
            ui.button_link("Previous", SyncJobState.before, small=True, keep_scroll=True),
        ),
        rx.cond(
            SyncJobState.after != "", ui.button_link("Next", SyncJobState.after, small=True, keep_scroll=True)
        ),
    )
