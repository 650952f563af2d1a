"""The test tab of an endpoint: send something now, see the answer."""

import reflex as rx

from hub_app.ui.components import (
    button_link,
    callout,
    card,
    code,
    form,
    only_line,
    select_field,
    submit_button,
    textarea_field,
)
from hub_app.ui.session import SessionState
from hub_app.webhooks.state.testing import DATA, EndpointTestState


def test_tab() -> rx.Component:
    return rx.el.div(
        card(
            rx.cond(SessionState.is_engineer, _form(), only_line("Engineers can send tests.")),
            title="Send a test",
            note="one event, to this endpoint only, even if it is off",
        ),
        rx.cond(EndpointTestState.answered, _answer()),
        class_name="hub-stack",
    )


def _form() -> rx.Component:
    return form(
        select_field("type", "Event type", EndpointTestState.types, of=EndpointTestState),
        textarea_field("data", "Data, as JSON", value=DATA, of=EndpointTestState, rows=8, mono=True),
        rx.el.div(submit_button("Send test", busy=EndpointTestState.busy)),
        on_submit=EndpointTestState.send,
    )


def _answer() -> rx.Component:
    link = button_link("Open the delivery", EndpointTestState.href, small=True)
    said = rx.fragment(EndpointTestState.detail, " ", EndpointTestState.duration)
    return rx.el.div(
        rx.cond(
            EndpointTestState.succeeded,
            callout(said, "success", title=EndpointTestState.title, action=link, alert=True),
            callout(said, "danger", title=EndpointTestState.title, action=link, alert=True),
        ),
        rx.cond(
            EndpointTestState.response != "",
            code(EndpointTestState.response, label="Response body", language="json"),
        ),
        class_name="hub-stack",
    )
