"""The settings tab of a connection."""

import reflex as rx

from hub_app.crm.pages.accounts import account_inputs
from hub_app.crm.state.accounts import AccountField
from hub_app.crm.state.connection import DELETED, RULES, ConnectionState
from hub_app.crm.state.settings import (
    ConnectionAccountState,
    ConnectionSettingsState,
    SelectorRow,
    SelectorsState,
)
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

_WHO = "Customer admins can change this."
_EXPLAINED = (
    ("Ask me", "The record is listed under Conflicts. Neither value is overwritten until someone chooses."),
    (
        "The newer change wins",
        "The later change is kept. Many CRMs tell when a record was changed, not which of its fields.",
    ),
    ("Hub wins", "The value here is kept, and written to the CRM when the direction is both ways."),
    ("The CRM wins", "The CRM's value replaces the one here. The record's history keeps both."),
)


def settings_tab() -> rx.Component:
    return ui.stack(
        _connection(),
        _account(),
        rx.cond(SelectorsState.has, _selectors()),
        _edit(),
        _edit_account(),
        *ui.deletion(
            ConnectionSettingsState,
            "connection",
            "Its jobs, mapping, log and account are deleted. The records stay here with their history.",
            name=ConnectionState.name,
        ),
    )


def _connection() -> rx.Component:
    return ui.card(
        ui.facts(
            ("Name", ConnectionState.name),
            ("Schedule", ConnectionState.schedule),
            ("Direction", ConnectionState.direction),
            ("Changed on both sides", ConnectionState.rule),
            ("Deleted at the CRM", ConnectionState.deleted),
            ("Imported", ConnectionSettingsState.history),
        ),
        title="Connection",
        actions=(
            ui.only(
                SessionState.is_admin,
                ui.button(
                    "Edit",
                    mark="pencil",
                    small=True,
                    on_click=ConnectionSettingsState.ask_edit,
                    attributes={
                        **ui.opener(ConnectionSettingsState, "edit"),
                        "aria-label": "Edit the connection",
                    },
                ),
                _WHO,
            ),
        ),
    )


def _account() -> rx.Component:
    def one(row: rx.vars.ObjectVar[AccountField]) -> rx.Component:
        kept = rx.cond(row.is_secret, row.hint, row.value)
        fact = rx.el.div(
            rx.el.dt(row.label), rx.el.dd(rx.cond(kept != "", kept, "—"), class_name="hub-mono hub-break")
        )
        # A check of the selectors lists the others.
        return rx.fragment(rx.cond(row.is_advanced, rx.fragment(), fact))

    reconnect = ui.button_link("Reconnect", ConnectionState.reconnect, small=True)
    controls = rx.fragment(
        rx.cond(ConnectionState.reconnect != "", reconnect),
        ui.button("Test", mark="plug_zap", small=True, on_click=ConnectionState.test),
        ui.button(
            "Edit",
            mark="pencil",
            small=True,
            on_click=ConnectionAccountState.ask_edit,
            attributes={**ui.opener(ConnectionAccountState, "edit"), "aria-label": "Edit the account"},
        ),
    )
    called = rx.el.div(
        rx.el.dt("Account"), rx.el.dd(rx.cond(ConnectionState.account != "", ConnectionState.account, "—"))
    )
    return ui.card(
        rx.el.dl(called, rx.foreach(ConnectionAccountState.fields, one), class_name="hub-facts"),
        title=f"Account at {ConnectionState.provider}",
        actions=(ui.only(SessionState.is_admin, controls, _WHO),),
    )


def _selectors() -> rx.Component:
    """What each selector finds on the live pages."""
    of = SelectorsState
    check = ui.button("Check selectors", mark="scan_search", small=True, busy=of.busy, on_click=of.check)
    problem = rx.cond(of.problem != "", ui.callout(of.problem, "danger", title="The pages could not be read"))
    table = ui.table(
        "Selectors",
        [
            ui.Column(label="Selector", cell=_selector),
            ui.Column(label="Finds", cell=_finds, end=True, tight=True),
            ui.Column(
                label="First", cell=lambda row: rx.el.span(row.first, class_name="hub-break"), phone=False
            ),
        ],
        of.rows,
        empty=ui.empty(
            "scan_search",
            "Not checked yet",
            "A check reads the first page of each list and the first record, and shows what each selector finds there.",
        ),
    )
    return ui.card(
        ui.stack(problem, table),
        title="Selectors",
        note="How its pages are read. They are part of the account",
        actions=(ui.only(SessionState.is_admin, check, _WHO),),
    )


def _selector(row: rx.vars.ObjectVar[SelectorRow]) -> rx.Component:
    return rx.fragment(row.label, rx.el.span(row.selector, class_name="hub-sub hub-mono hub-break"))


def _finds(row: rx.vars.ObjectVar[SelectorRow]) -> rx.Component:
    return rx.cond(row.finds, rx.el.span(row.count), ui.badge("Nothing", "neutral"))


def _edit() -> rx.Component:
    of = ConnectionSettingsState
    return ui.form_dialog(
        ConnectionSettingsState,
        "edit",
        ui.text_field("connection_name", "Name", of=of, auto_focus=True),
        ui.switch_field(
            "auto_sync_enabled", "Sync automatically", of=of, text="Off: only when someone starts a sync."
        ),
        ui.number_field(
            "sync_interval_minutes",
            "Minutes between syncs",
            of=of,
            minimum=15,
            maximum=1440,
            text="From 15 minutes to 1,440 (a day). A connection that fails is tried less and less often.",
        ),
        ui.select_field("sync_direction", "Direction", ConnectionSettingsState.directions, of=of),
        ui.select_field(
            "conflict_resolution", "When a field was changed on both sides", list(RULES.items()), of=of
        ),
        ui.disclosure(
            "What each choice means",
            *(rx.el.p(rx.el.strong(name), f": {text}", class_name="hub-text-2") for name, text in _EXPLAINED),
        ),
        ui.select_field(
            "deleted_records",
            "When records were deleted at the CRM",
            list(DELETED.items()),
            of=of,
            text="Nothing is deleted here, and the history stays. When many go at once, Hub asks first.",
        ),
        ui.switch_field(
            "import_historical_data",
            "Import what is already there",
            of=of,
            text="Off imports only records that changed after you connected.",
        ),
        title=f"Edit {ConnectionState.name}",
        text="Changing the direction or the rule has the next sync look at every record once.",
        on_submit=ConnectionSettingsState.save,
        submit="Save",
    )


def _edit_account() -> rx.Component:
    return ui.form_dialog(
        ConnectionAccountState,
        "edit",
        account_inputs(
            ConnectionAccountState.fields, ConnectionAccountState, folds=ConnectionAccountState.folds
        ),
        title=f"Account at {ConnectionState.provider}",
        text=rx.cond(
            ConnectionState.reconnect != "",
            "After a change the account has to be authorized again.",
            "What you save is tested at once.",
        ),
        on_submit=ConnectionAccountState.save,
        submit="Save and test",
    )
