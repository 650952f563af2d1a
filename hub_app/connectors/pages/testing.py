"""Testing a connector, in its credentials tab."""

import reflex as rx

from hub_app.connectors.pages.action_fields import METHODS
from hub_app.connectors.state.testing import ConnectorTestState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def trial() -> rx.Component:
    return ui.card(
        ui.stack(
            rx.cond(SessionState.is_engineer, _form(), ui.only_line("Engineers can test connectors.")),
            rx.cond(ConnectorTestState.answered, _answer()),
        ),
        title="Test",
        note="one call to check whether the API accepts the credential",
    )


def _form() -> rx.Component:
    return ui.form(
        rx.el.div(
            ui.select_field("method", "Method", METHODS, of=ConnectorTestState),
            ui.text_field(
                "endpoint",
                "Path",
                of=ConnectorTestState,
                mono=True,
                text="Relative to the base URL. Best is one that returns the signed-in user.",
            ),
            class_name="hub-grid-method",
        ),
        ui.when(
            "method",
            "POST PUT PATCH DELETE",
            ui.textarea_field(
                "body", "Body, as JSON", of=ConnectorTestState, rows=3, mono=True, optional=True
            ),
        ),
        ui.row(
            ui.submit_button("Test", busy=ConnectorTestState.busy),
            ui.unsaved_note("What you entered above is not saved. The test does not use it."),
        ),
        on_submit=ConnectorTestState.send,
    )


def _answer() -> rx.Component:
    said = rx.fragment(ConnectorTestState.advice, " ", ConnectorTestState.duration)
    link = ui.button_link("Open the execution", ConnectorTestState.href, small=True)
    title = ConnectorTestState.title
    return ui.stack(
        rx.match(
            ConnectorTestState.verdict,
            ("accepted", ui.callout(said, "success", title=title, action=link, alert=True)),
            ("refused", ui.callout(said, "danger", title=title, action=link, alert=True)),
            ui.callout(said, "warning", title=title, action=link, alert=True),
        ),
        rx.cond(
            ConnectorTestState.body != "",
            ui.code(ConnectorTestState.body, label="Response body", language="json"),
        ),
        rx.cond(
            ConnectorTestState.headers != "", ui.code(ConnectorTestState.headers, label="Response headers")
        ),
    )
