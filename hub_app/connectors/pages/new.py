"""The page of a new connector: how to begin, then its form."""

from typing import Any

import reflex as rx

from hub_app.connectors.pages.connectors import WHO, gallery_card
from hub_app.connectors.pages.fields import connector_fields
from hub_app.connectors.pages.importing import findings, give_document, proposed_actions
from hub_app.connectors.state.connectors import HERE, NEW
from hub_app.connectors.state.new import NewConnectorState
from hub_app.ui.components import (
    button_link,
    callout,
    card,
    choice,
    choices,
    form,
    only_line,
    skeleton,
    submit_button,
)
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_new_connector() -> rx.Component:
    return page(
        "Add connector",
        "Describe a REST API so that Hub can call it.",
        rx.cond(
            SessionState.is_admin,
            rx.cond(NewConnectorState.loaded, _body(), skeleton(6)),
            card(only_line(WHO)),
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
            choices(
                choice(
                    "By hand",
                    "Enter where the API is and how to sign in, then add its calls one by one.",
                    href=f"{NEW}?from=hand",
                    mark="pencil",
                ),
                choice(
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
            choices(rx.foreach(NewConnectorState.gallery, gallery_card)),
            class_name="hub-stack",
        ),
        class_name="hub-stack-wide",
    )


def _import() -> rx.Component:
    return rx.el.div(give_document(NewConnectorState), _other_way(), class_name="hub-stack")


def _form() -> rx.Component:
    return rx.el.div(
        rx.cond(
            NewConnectorState.key != "",
            callout(
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
        form(
            card(
                rx.el.div(
                    *connector_fields(NewConnectorState, begins=True),
                    class_name="hub-form",
                ),
                title="Connection",
            ),
            rx.cond(
                NewConnectorState.proposed.length() > 0,
                proposed_actions(NewConnectorState, "You can change them later, and add more."),
            ),
            rx.el.div(
                submit_button("Add connector", busy=NewConnectorState.busy),
                button_link("Start another way", NEW),
                class_name="hub-row",
            ),
            on_submit=NewConnectorState.create,
            guard_changes=True,
        ),
        class_name="hub-stack",
    )


def _other_way() -> rx.Component:
    return rx.el.div(button_link("Start another way", NEW))
