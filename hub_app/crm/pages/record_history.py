"""The history of one record, and the dialog that restores from it."""

import reflex as rx

from hub_app.crm.pages.record_past import past_card
from hub_app.crm.state.record_history import RecordHistoryState, VersionRow
from hub_app.crm.state.record_restoring import RecordRestoringState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

WHO_RESTORES = "Engineers can restore fields from here, customer admins whole versions."


def history_tab() -> rx.Component:
    return ui.stack(
        past_card(),
        ui.card(
            ui.table(
                "History",
                [
                    ui.Column(label="What", cell=_what),
                    ui.Column(label="Changed", cell=_changes),
                    ui.Column(label="By", cell=_who, quiet=True, phone=False),
                    ui.Column(label="Look", cell=_look, end=True, tight=True, hide_label=True, phone=False),
                ],
                RecordHistoryState.rows,
                loaded=RecordHistoryState.loaded,
                empty=ui.empty("history", "No history", "Nothing has changed this record yet."),
                pager=ui.Pager(previous=RecordHistoryState.previous, next=RecordHistoryState.next),
            ),
            title="History",
            note="Newest first. Each change can be traced to a person or a sync job.",
            flush=True,
        ),
        ui.only(SessionState.is_engineer, rx.fragment(), WHO_RESTORES),
        _dialog(),
    )


def _what(row: rx.vars.ObjectVar[VersionRow]) -> rx.Component:
    return rx.fragment(
        row.what,
        rx.el.span("Version ", row.number, " · ", ui.time(row.at), class_name="hub-sub"),
        rx.cond(row.undone, ui.badge("Undone since", "warning"), rx.fragment()),
        # A phone has no room for a column of its own.
        rx.el.div(_look(row), class_name="hub-phone-only"),
    )


def _who(row: rx.vars.ObjectVar[VersionRow]) -> rx.Component:
    link = rx.el.a(row.who, href=row.href, class_name="hub-link")
    return rx.cond(row.href != "", link, rx.el.span(row.who))


def _changes(row: rx.vars.ObjectVar[VersionRow]) -> rx.Component:
    return rx.cond(
        row.changes.length() > 0,
        ui.change_list(row.changes),
        rx.el.span("—", class_name="hub-text-2"),
    )


def _look(row: rx.vars.ObjectVar[VersionRow]) -> rx.Component:
    """The record as this version made it. What was only told of a link made nothing of it."""
    show = ui.button_link(
        "Show",
        row.past,
        small=True,
        keep_scroll=True,
        attributes={"aria-label": f"Show version {row.number}"},
    )
    now = rx.el.span("As it is now", class_name="hub-small hub-text-2")
    return rx.cond(row.is_current, now, rx.cond(row.past != "", show, rx.fragment()))


def _dialog() -> rx.Component:
    one = RecordRestoringState
    differs = one.rows.length() > 0
    text = rx.cond(
        differs,
        "The ticked fields get the values that they had then, as a new version, so you can go back again. CRMs that take changes get"
        " them at the next sync, and imports keep them as they keep any change made here.",
        "There is nothing to restore: every field is as it was then.",
    )
    return ui.confirm(
        one,
        "restore",
        f"Restore version {one.number}",
        rx.cond(
            differs,
            rx.el.div(
                ui.picks_field("field", "Now, and as it was then", one.rows, ui.change_line, of=one),
                key=one.version_id,
            ),
        ),
        rx.cond(
            one.staying != "",
            rx.el.p(f"Stays as the CRM says: {one.staying}.", class_name="hub-help"),
        ),
        text=text,
        action="Restore",
        on_confirm=one.restore,
        danger=False,
        possible=differs,
    )
