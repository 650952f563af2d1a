"""Giving an OpenAPI document."""

from typing import Any

import reflex as rx

from hub_app.ui.components import (
    button,
    card,
    document_field,
    form,
    only_line,
    submit_button,
    text_field,
)
from hub_app.ui.session import Session


def give_document(state: Any) -> rx.Component:
    """The two ways to give one: as text or file, or by its URL. `state` has the mixin Importing."""
    return rx.cond(
        Session.is_admin,
        rx.el.div(
            card(
                rx.el.div(
                    document_field(
                        "document",
                        "OpenAPI 3 document",
                        accept=".json,.yaml,.yml,application/json,application/yaml",
                        errors=state.errors,
                        placeholder='{"openapi": "3.1.0", …}',
                        text="JSON or YAML, at most 4 MiB.",
                    ),
                    rx.el.div(button("Read document", "primary", on_click=state.read_text, busy=state.busy)),
                    class_name="hub-form",
                ),
                title="Paste it, or choose its file",
            ),
            card(
                form(
                    text_field(
                        "url",
                        "URL of the document",
                        errors=state.errors,
                        mono=True,
                        placeholder="https://api.example.com/openapi.json",
                        text="Hub fetches it once.",
                    ),
                    rx.el.div(submit_button("Fetch document", busy=state.busy)),
                    on_submit=state.read_url,
                ),
                title="Or say where it is",
            ),
            class_name="hub-stack",
        ),
        only_line("Customer admins can import documents."),
    )
