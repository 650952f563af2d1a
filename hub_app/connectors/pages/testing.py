"""Testing a connector, in its credentials tab."""

import reflex as rx

from hub_app.connectors.pages.action_fields import METHODS
from hub_app.connectors.state.testing import ConnectorTestState
from hub_app.ui.components import (
    button_link,
    callout,
    card,
    code,
    form,
    only_line,
    select_field,
    submit_button,
    text_field,
    textarea_field,
    when,
)
from hub_app.ui.session import SessionState


def trial() -> rx.Component:
    return card(
        rx.el.div(
            rx.cond(SessionState.is_engineer, _form(), only_line("Engineers can test connectors.")),
            rx.cond(ConnectorTestState.answered, _answer()),
            class_name="hub-stack",
        ),
        title="Test",
        note="one call to check whether the API accepts the credential",
    )


def _form() -> rx.Component:
    return form(
        rx.el.div(
            select_field("method", "Method", METHODS, of=ConnectorTestState),
            text_field(
                "endpoint",
                "Path",
                of=ConnectorTestState,
                mono=True,
                text="Relative to the base URL. Best is one that returns the signed-in user.",
            ),
            class_name="hub-grid-method",
        ),
        when(
            "method",
            "POST PUT PATCH DELETE",
            textarea_field("body", "Body, as JSON", of=ConnectorTestState, rows=3, mono=True, optional=True),
        ),
        rx.el.div(submit_button("Test", busy=ConnectorTestState.busy)),
        on_submit=ConnectorTestState.send,
    )


def _answer() -> rx.Component:
    said = rx.fragment(ConnectorTestState.advice, " ", ConnectorTestState.duration)
    link = button_link("Open the execution", ConnectorTestState.href, small=True)
    title = ConnectorTestState.title
    return rx.el.div(
        rx.match(
            ConnectorTestState.verdict,
            ("accepted", callout(said, "success", title=title, action=link, alert=True)),
            ("refused", callout(said, "danger", title=title, action=link, alert=True)),
            callout(said, "warning", title=title, action=link, alert=True),
        ),
        rx.cond(
            ConnectorTestState.body != "",
            code(ConnectorTestState.body, label="Response body", language="json"),
        ),
        rx.cond(ConnectorTestState.headers != "", code(ConnectorTestState.headers, label="Response headers")),
        class_name="hub-stack",
    )
