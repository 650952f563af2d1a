"""Giving an OpenAPI document, choosing from what it proposes, and the import tab of a connector."""

import reflex as rx

from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.importing import AddedActionsState, ImportingState, ProposedRow
from hub_app.ui import components as ui
from hub_app.ui.elements import Rows
from hub_app.ui.session import SessionState


def import_tab() -> rx.Component:
    return rx.cond(AddedActionsState.is_proposed, _proposal(), give_document(AddedActionsState))


def give_document(state: type[ImportingState]) -> rx.Component:
    """The two ways to give one: as text or file, or by its URL."""
    return rx.cond(
        SessionState.is_admin,
        ui.stack(
            ui.card(
                rx.el.div(
                    ui.document_field(
                        "document",
                        "OpenAPI 3 document",
                        accept=".json,.yaml,.yml,application/json,application/yaml",
                        of=state,
                        placeholder='{"openapi": "3.1.0", …}',
                        text="JSON or YAML, at most 4 MiB.",
                    ),
                    rx.el.div(
                        ui.button("Read document", "primary", on_click=state.read_text, busy=state.busy)
                    ),
                    class_name="hub-form",
                ),
                title="Paste the document, or choose its file",
            ),
            ui.card(
                ui.form(
                    ui.text_field(
                        "url",
                        "URL of the document",
                        of=state,
                        mono=True,
                        placeholder="https://api.example.com/openapi.json",
                        text="Hub downloads it once.",
                    ),
                    rx.el.div(ui.submit_button("Fetch document", busy=state.busy)),
                    on_submit=state.read_url,
                ),
                title="Or give its URL",
            ),
        ),
        ui.only_line("Customer admins can import documents."),
    )


def _proposal() -> rx.Component:
    return ui.stack(
        rx.cond(
            AddedActionsState.other_base != "",
            ui.callout(
                rx.fragment(
                    "Its calls go to ",
                    rx.el.span(AddedActionsState.other_base, class_name="hub-mono hub-break"),
                    ". Here they will go to ",
                    rx.el.span(ConnectorState.base_url, class_name="hub-mono hub-break"),
                    ".",
                ),
                "warning",
                title="The document describes another base URL",
            ),
        ),
        findings(AddedActionsState.findings),
        ui.form(
            proposed_actions(
                AddedActionsState,
                "An action whose ID you already have is ticked only if you want to replace it.",
            ),
            ui.row(
                ui.submit_button("Save actions", busy=AddedActionsState.busy),
                ui.button("Use another document", on_click=AddedActionsState.load),
            ),
            on_submit=AddedActionsState.add,
        ),
    )


def proposed_actions(state: type[ImportingState], text: str) -> rx.Component:
    """The actions that a document or the gallery proposes, to choose from."""
    return ui.card(
        ui.picks_field("action", "Actions to add", state.proposed, _proposed, of=state, text=text),
        title="Actions",
    )


def _proposed(row: rx.vars.ObjectVar[ProposedRow]) -> rx.Component:
    return rx.el.span(
        ui.method_badge(row.method),
        rx.el.span(row.endpoint, class_name="hub-mono hub-break"),
        rx.el.span(row.name, class_name="hub-text-2 hub-small"),
        rx.cond(row.there, ui.badge("Replaces yours", "warning", dot=False)),
        class_name="hub-row",
    )


def findings(rows: Rows) -> rx.Component:
    """What was left out of a document, or guessed, and where."""
    return rx.cond(
        rows.length() > 0,
        ui.card(
            ui.disclosure(
                f"Things to know ({rows.length()})",
                rx.el.ul(
                    rx.foreach(
                        rows,
                        lambda row: rx.el.li(
                            row.message, rx.el.span(row.where, class_name="hub-sub hub-mono hub-break")
                        ),
                    ),
                    class_name="hub-stack-tight hub-plain",
                ),
                note="What Hub left out of the document or had to guess.",
            )
        ),
    )
