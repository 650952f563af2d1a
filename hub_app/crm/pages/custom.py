"""The step of the wizard at which a custom CRM is declared, tried and connected."""

import reflex as rx

from hub_app.crm.state.connections import NEW
from hub_app.crm.state.custom import CustomSourceState, TriedList
from hub_app.ui import components as ui

_ENTRIES = (
    ("name", "Which records the list has: clients, projects, invoices, events or contracts."),
    ("path", "The list's path below the connector's base URL, such as /contacts."),
    (
        "pagination",
        "How its pages follow one another: page, cursor, link or none. items says where a page's rows lie.",
    ),
    ("id", "Where a row has its id. A dot goes one level down: contact.id."),
    ("modified", "Where a row has the time of its last change. Without it, each sync reads everything."),
    (
        "since, since_format",
        "The query parameter that leaves out what has not changed, and how it writes times.",
    ),
    ("order", "newest_first or oldest_first when the list is sorted by modified. query can ask for that."),
    (
        "total",
        "Where the response says how many records there are. The proof that nothing is missing uses it.",
    ),
    ("gone", "Where a row says that it was deleted."),
    ("one", "The path of one record, with {id} in it. Hub needs it to check deletions and to write."),
    (
        "fields, writing",
        "Which fields Hub may write, by put or patch. Without them the CRM is only read.",
    ),
)


def custom_account() -> rx.Component:
    """For a new custom CRM."""
    none = ui.card(
        ui.empty(
            "plug",
            "A custom CRM needs a connector",
            "The connector has the API's address and the credential. Create it first, then come back to this page.",
            ui.button_link("New connector", "/connectors/new", "primary"),
        ),
        flush=True,
    )
    body = ui.stack(
        _declaration(),
        rx.cond(CustomSourceState.tried.length() > 0, _tried(), rx.fragment()),
        rx.cond(CustomSourceState.works, _connect(), rx.fragment()),
    )
    refused = ui.callout(CustomSourceState.refused, "warning", title="You cannot connect this CRM")
    known = rx.cond(CustomSourceState.connectors.length() > 0, body, none)
    shown = rx.cond(CustomSourceState.refused != "", refused, known)
    return rx.cond(CustomSourceState.loaded, shown, ui.skeleton(6))


def _declaration() -> rx.Component:
    of = CustomSourceState
    return ui.columns(
        ui.form(
            ui.card(
                rx.el.div(
                    ui.select_field(
                        "connector_id",
                        "Connector",
                        CustomSourceState.connectors,
                        of=of,
                        text="It has the API's address and the credential.",
                    ),
                    ui.textarea_field(
                        "source",
                        "What the API has",
                        of=of,
                        rows=20,
                        mono=True,
                        text="JSON, with one entry for each list. Change the example to fit your API.",
                    ),
                    class_name="hub-form",
                ),
                title="Declare the CRM",
            ),
            ui.row(
                ui.submit_button("Try it", busy=CustomSourceState.busy),
                ui.button_link("Choose another CRM", NEW),
            ),
            on_submit=CustomSourceState.try_it,
            guard_changes=True,
            key="declaration",
        ),
        ui.card(
            ui.stack(
                rx.el.p(
                    "Trying reads the first page of each list, and keeps nothing.", class_name="hub-text-2"
                ),
                ui.facts(*_ENTRIES),
            ),
            title="What goes into a list's entry",
        ),
    )


def _tried() -> rx.Component:
    def one(row: rx.vars.ObjectVar[TriedList]) -> rx.Component:
        facts = ui.facts(
            ("Found", row.found),
            ("First row's id", row.id),
            ("First row's last change", row.modified),
            ("Records in all", row.total),
        )
        parts = ui.stack(
            rx.cond(
                row.problem != "", ui.callout(row.problem, "danger", title="It cannot be read"), rx.fragment()
            ),
            rx.cond(row.row != "", facts, rx.fragment()),
            rx.cond(row.row != "", ui.code(row.row, label="First row", language="json"), rx.fragment()),
        )
        return rx.el.div(ui.card(parts, title=row.name), key=row.name)

    return rx.el.div(rx.foreach(CustomSourceState.tried, one), class_name="hub-stack", aria_live="polite")


def _connect() -> rx.Component:
    of = CustomSourceState
    fields = rx.el.div(
        ui.text_field(
            "connection_name", "Connection name", of=of, text="What this connection is called here."
        ),
        ui.select_field(
            "sync_direction",
            "Direction",
            CustomSourceState.directions,
            of=of,
            text="You can change it later.",
            on_change=CustomSourceState.choose_direction,
        ),
        ui.switch_field(
            "import_historical_data",
            "Import what is already there",
            on=True,
            text="Off imports only records that change after you connect.",
        ),
        rx.el.div(ui.consent_field(CustomSourceState.terms, of=of), key=CustomSourceState.terms),
        class_name="hub-form",
    )
    return ui.form(
        ui.card(fields, title="Connect it"),
        ui.row(ui.submit_button("Connect and test", busy=CustomSourceState.busy)),
        on_submit=CustomSourceState.create,
        guard_changes=True,
        key="connect",
    )
