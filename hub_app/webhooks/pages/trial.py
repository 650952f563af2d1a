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
from hub_app.ui.session import Session
from hub_app.webhooks.state.trial import DATA, Trial


def test_tab() -> rx.Component:
    return rx.el.div(
        card(
            rx.cond(Session.is_engineer, _form(), only_line("Engineers can send tests.")),
            title="Send a test",
            note="to this endpoint alone, once, on or off",
        ),
        rx.cond(Trial.answered, _answer()),
        class_name="hub-stack",
    )


def _form() -> rx.Component:
    return form(
        select_field("type", "Event type", Trial.types, errors=Trial.errors),
        textarea_field("data", "Data, as JSON", value=DATA, errors=Trial.errors, rows=8, mono=True),
        rx.el.div(submit_button("Send test", busy=Trial.busy)),
        on_submit=Trial.send,
    )


def _answer() -> rx.Component:
    link = button_link("Open the delivery", Trial.href, small=True)
    said = rx.fragment(Trial.detail, " ", Trial.duration)
    return rx.el.div(
        rx.cond(
            Trial.succeeded,
            callout(said, "success", title=Trial.title, action=link, alert=True),
            callout(said, "danger", title=Trial.title, action=link, alert=True),
        ),
        rx.cond(Trial.response != "", code(Trial.response, label="Response body", language="json")),
        class_name="hub-stack",
    )
