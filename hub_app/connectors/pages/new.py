"""The page of a new connector: how to begin, then its form."""

from typing import Any

import reflex as rx

from hub_app.connectors.pages.connectors import WHO, gallery_card
from hub_app.connectors.pages.fields import connector_fields
from hub_app.connectors.pages.importing import give_document
from hub_app.connectors.pages.parts import findings, proposed_entry
from hub_app.connectors.state.connectors import HERE, NEW
from hub_app.connectors.state.new import NewConnector
from hub_app.ui.components import (
    button_link,
    callout,
    card,
    choice,
    choices,
    form,
    only_line,
    picks_field,
    skeleton,
    submit_button,
)
from hub_app.ui.session import Session
from hub_app.ui.shell import page


def page_of_new_connector() -> rx.Component:
    return page(
        "Add connector",
        "Describe a REST API, so that Hub can call it.",
        rx.cond(
            Session.is_admin,
            rx.cond(NewConnector.loaded, _body(), skeleton(6)),
            card(only_line(WHO)),
        ),
        breadcrumb=[("Connectors", HERE)],
    )


def _body() -> rx.Component:
    chosen: Any = rx.match(
        NewConnector.start,
        ("", _ways()),
        ("openapi", rx.cond(NewConnector.is_proposed, _form(), _import())),
        _form(),
    )
    return chosen


def _ways() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.el.h2("Begin", class_name="hub-h2"),
            choices(
                choice(
                    "By hand",
                    "Say where the API is and how to sign in, then add its calls one by one.",
                    href=f"{NEW}?from=hand",
                    mark="pencil",
                ),
                choice(
                    "Import an OpenAPI document",
                    "Give the API's own description, and choose which of its calls you want.",
                    href=f"{NEW}?from=openapi",
                    mark="file_json",
                ),
            ),
            class_name="hub-stack",
        ),
        rx.el.section(
            rx.el.h2("Or start from the gallery", class_name="hub-h2"),
            choices(rx.foreach(NewConnector.gallery, gallery_card)),
            class_name="hub-stack",
        ),
        class_name="hub-stack-wide",
    )


def _import() -> rx.Component:
    return rx.el.div(give_document(NewConnector), _other_way(), class_name="hub-stack")


def _form() -> rx.Component:
    return rx.el.div(
        rx.cond(
            NewConnector.key != "",
            callout(
                rx.fragment(
                    NewConnector.key,
                    " ",
                    rx.el.a(
                        "Documentation", href=NewConnector.docs, target="_blank", rel="noopener noreferrer"
                    ),
                ),
                "info",
                title=f"Where to get the key for {NewConnector.title}",
            ),
        ),
        findings(NewConnector.findings),
        form(
            card(
                rx.el.div(
                    *connector_fields(
                        NewConnector.values, NewConnector.errors, NewConnector.connections, begins=True
                    ),
                    class_name="hub-form",
                ),
                title="Connection",
            ),
            rx.cond(
                NewConnector.proposed.length() > 0,
                card(
                    picks_field(
                        "action",
                        "Actions to add",
                        NewConnector.proposed,
                        proposed_entry,
                        errors=NewConnector.errors,
                        text="You can change them afterwards, and add others.",
                    ),
                    title="Actions",
                ),
            ),
            rx.el.div(
                submit_button("Add connector", busy=NewConnector.busy),
                button_link("Start another way", NEW),
                class_name="hub-row",
            ),
            on_submit=NewConnector.create,
            guard_changes=True,
        ),
        class_name="hub-stack",
    )


def _other_way() -> rx.Component:
    return rx.el.div(button_link("Start another way", NEW))
