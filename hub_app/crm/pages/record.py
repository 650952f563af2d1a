"""The page of one record."""

import reflex as rx

from hub_app.crm.pages.record_details import details_tab
from hub_app.crm.pages.record_form import edit_tab
from hub_app.crm.pages.record_history import history_tab
from hub_app.crm.state.record import RecordState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

WHO = "Engineers can edit and archive records."


def page_of_record() -> rx.Component:
    return page(
        RecordState.name,
        rx.cond(RecordState.missing, "It was undone, or belongs to another tenant.", RecordState.summary),
        rx.cond(
            RecordState.loaded,
            rx.cond(RecordState.missing, ui.missing("users", "record", RecordState.all_of_them), _found()),
            ui.skeleton(6),
        ),
        actions=[rx.cond(RecordState.missing | ~RecordState.loaded, rx.fragment(), _controls())],
        breadcrumb=[("CRM", ""), (RecordState.kind, RecordState.all_of_them)],
        mark="user",
        id=rx.cond(RecordState.missing, "", RecordState.id),
        badge=rx.cond(RecordState.missing | ~RecordState.loaded, "", _badge()),
    )


def _badge() -> rx.Component:
    return rx.cond(
        RecordState.archived_at != "",
        ui.badge("Archived", "warning"),
        rx.cond(RecordState.status != "", ui.badge(RecordState.status, dot=False), rx.fragment()),
    )


def _controls() -> rx.Component:
    archive = ui.button(
        "Archive",
        mark="archive",
        on_click=RecordState.ask("archive"),
        attributes=ui.opener(RecordState, "archive"),
    )
    back = ui.button("Bring back", "primary", mark="archive_restore", on_click=RecordState.unarchive)
    control = rx.cond(RecordState.archived_at != "", back, archive)
    return ui.only(SessionState.is_engineer, control, WHO)


def _found() -> rx.Component:
    return rx.fragment(
        rx.cond(
            RecordState.archived_at != "",
            ui.callout(
                rx.fragment(
                    "It was archived ",
                    ui.time(RecordState.archived_at),
                    ". It is only in the list of archived records, and its history stays.",
                ),
                "neutral",
            ),
        ),
        rx.cond(SessionState.is_engineer, _tabs_of_engineers(), _tabs()),
        rx.match(
            RecordState.tab,
            ("history", history_tab()),
            ("edit", rx.cond(SessionState.is_engineer, edit_tab(), ui.card(ui.only_line(WHO)))),
            details_tab(),
        ),
        ui.confirm(
            RecordState,
            "archive",
            f"Archive {RecordState.name}",
            text="It leaves the lists and the search. Nothing of it is lost, your CRM hears nothing of it, and you can bring it back"
            " at any time.",
            action="Archive",
            on_confirm=RecordState.archive,
            danger=False,
        ),
    )


def _tabs() -> rx.Component:
    return ui.tabs("Record", RecordState.tab, *_ENTRIES)


def _tabs_of_engineers() -> rx.Component:
    return ui.tabs("Record", RecordState.tab, *_ENTRIES, ("edit", "Edit", f"{RecordState.here}?tab=edit"))


_ENTRIES = (
    ("details", "Details", RecordState.here),
    ("history", "History", f"{RecordState.here}?tab=history"),
)
