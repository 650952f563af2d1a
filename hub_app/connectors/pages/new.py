"""The page of a new connector: how to begin, then its form."""

from typing import Any

import reflex as rx

from hub_app.connectors.pages.connectors import WHO, gallery_card
from hub_app.connectors.pages.importing import findings, give_document, proposed_actions
from hub_app.connectors.pages.settings import connector_fields, consent_question
from hub_app.connectors.state.connectors import HERE, NEW
from hub_app.connectors.state.new import NewConnectorState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_new_connector() -> rx.Component:
    return page(
        "Add connector",
        "Describe a REST API so that Hub can call it.",
        rx.cond(
            SessionState.is_admin,
            rx.cond(NewConnectorState.loaded, _body(), ui.skeleton(6)),
            ui.card(ui.only_line(WHO)),
        ),
        breadcrumb=[("Connectors", HERE)],
    )


def _body() -> rx.Component:
    chosen: Any = rx.match(
        NewConnectorState.start,
        ("", _ways()),
        ("openapi", rx.cond(NewConnectorState.is_proposed, _form(), _import())),
        _form(),
    )
    return chosen


def _ways() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.el.h2("Choose how to start", class_name="hub-h2"),
            ui.choices(
                ui.choice(
                    "By hand",
                    "Enter where the API is and how to sign in, then add its calls one by one.",
                    href=f"{NEW}?from=hand",
                    mark="pencil",
                ),
                ui.choice(
                    "Import an OpenAPI document",
                    "Use the API's own description, and choose the calls that you want.",
                    href=f"{NEW}?from=openapi",
                    mark="file_json",
                ),
            ),
            class_name="hub-stack",
        ),
        rx.el.section(
            rx.el.h2("Or start from the gallery", class_name="hub-h2"),
            ui.choices(rx.foreach(NewConnectorState.gallery, gallery_card)),
            class_name="hub-stack",
        ),
        class_name="hub-stack-wide",
    )


def _import() -> rx.Component:
    return ui.stack(give_document(NewConnectorState), _other_way())


def _form() -> rx.Component:
    return ui.stack(
        rx.cond(
            NewConnectorState.key != "",
            ui.callout(
                rx.fragment(
                    NewConnectorState.key,
                    " ",
                    rx.el.a(
                        "Documentation",
                        href=NewConnectorState.docs,
                        target="_blank",
                        rel="noopener noreferrer",
                    ),
                ),
                "info",
                title=f"Where to get the key for {NewConnectorState.title}",
            ),
        ),
        findings(NewConnectorState.findings),
        ui.form(
            ui.card(
                rx.el.div(*connector_fields(NewConnectorState, begins=True), class_name="hub-form"),
                title="Connection",
            ),
            rx.cond(
                NewConnectorState.proposed.length() > 0,
                proposed_actions(NewConnectorState, "You can change them later, and add more."),
            ),
            consent_question(NewConnectorState),
            ui.row(
                ui.submit_button("Add connector", busy=NewConnectorState.busy),
                ui.button_link("Start another way", NEW),
            ),
            on_submit=NewConnectorState.create,
            guard_changes=True,
        ),
    )


def _other_way() -> rx.Component:
    return rx.el.div(ui.button_link("Start another way", NEW))
