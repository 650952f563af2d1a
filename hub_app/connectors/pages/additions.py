"""The import tab of a connector."""

import reflex as rx

from hub_app.connectors.pages.importing import give_document
from hub_app.connectors.pages.parts import findings, proposed_entry
from hub_app.connectors.state.additions import Additions
from hub_app.connectors.state.connector import Connector
from hub_app.ui.components import button, callout, card, form, picks_field, submit_button


def import_tab() -> rx.Component:
    return rx.cond(Additions.is_proposed, _proposal(), give_document(Additions))


def _proposal() -> rx.Component:
    return rx.el.div(
        rx.cond(
            Additions.other_base != "",
            callout(
                rx.fragment(
                    "Its calls go to ",
                    rx.el.span(Additions.other_base, class_name="hub-mono hub-break"),
                    ". Here they will go to ",
                    rx.el.span(Connector.base_url, class_name="hub-mono hub-break"),
                    ".",
                ),
                "warning",
                title="The document describes another address",
            ),
        ),
        findings(Additions.findings),
        form(
            card(
                picks_field(
                    "action",
                    "Actions to add",
                    Additions.proposed,
                    proposed_entry,
                    errors=Additions.errors,
                    text="One that you have already, by its id, is ticked only if you want it replaced.",
                ),
                title="Actions",
            ),
            rx.el.div(
                submit_button("Save actions", busy=Additions.busy),
                button("Another document", on_click=Additions.begin_anew),
                class_name="hub-row",
            ),
            on_submit=Additions.add,
        ),
        class_name="hub-stack",
    )
