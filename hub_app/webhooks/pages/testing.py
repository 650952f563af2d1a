"""The test tab of an endpoint: send something now, see the answer."""

from functools import partial

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.webhooks.state.testing import DATA, EndpointTestState


def test_tab() -> rx.Component:
    return rx.el.div(
        ui.card(
            rx.cond(SessionState.is_engineer, _form(), ui.only_line("Engineers can send tests.")),
            title="Send a test",
            note="one event, to this endpoint only, even if it is off",
        ),
        rx.cond(EndpointTestState.answered, _answer()),
        class_name="hub-stack",
    )


def _form() -> rx.Component:
    return ui.form(
        ui.select_field("type", "Event type", EndpointTestState.types, of=EndpointTestState),
        ui.textarea_field("data", "Data, as JSON", value=DATA, of=EndpointTestState, rows=8, mono=True),
        rx.el.div(ui.submit_button("Send test", busy=EndpointTestState.busy)),
        on_submit=EndpointTestState.send,
    )


def _answer() -> rx.Component:
    told = partial(
        ui.callout,
        rx.fragment(EndpointTestState.detail, " ", EndpointTestState.duration),
        title=EndpointTestState.title,
        action=ui.button_link("Open the delivery", EndpointTestState.href, small=True),
        alert=True,
    )
    return rx.el.div(
        rx.cond(EndpointTestState.succeeded, told("success"), told("danger")),
        rx.cond(
            EndpointTestState.response != "",
            ui.code(EndpointTestState.response, label="Response body", language="json"),
        ),
        class_name="hub-stack",
    )
