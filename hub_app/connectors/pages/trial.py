"""Testing a connector, in its credentials tab."""

import reflex as rx

from hub_app.connectors.state.trial import ConnectorTrial
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
from hub_app.ui.session import Session

_METHODS = [(name, name) for name in ("GET", "POST", "PUT", "PATCH", "DELETE")]
_E = ConnectorTrial.errors


def trial() -> rx.Component:
    return card(
        rx.el.div(
            rx.cond(Session.is_engineer, _form(), only_line("Engineers can test connectors.")),
            rx.cond(ConnectorTrial.answered, _answer()),
            class_name="hub-stack",
        ),
        title="Test",
        note="one call with the credential, to see whether the API accepts it",
    )


def _form() -> rx.Component:
    return form(
        rx.el.div(
            select_field("method", "Method", _METHODS, value="GET", errors=_E),
            text_field(
                "endpoint",
                "Path",
                value="/",
                errors=_E,
                mono=True,
                text="Below the base URL. One that tells who is signed in is best.",
            ),
            class_name="hub-grid-method",
        ),
        when(
            "method",
            "POST PUT PATCH DELETE",
            textarea_field("body", "Body, as JSON", errors=_E, rows=3, mono=True, optional=True),
        ),
        rx.el.div(submit_button("Test", busy=ConnectorTrial.busy)),
        on_submit=ConnectorTrial.send,
    )


def _answer() -> rx.Component:
    said = rx.fragment(ConnectorTrial.advice, " ", ConnectorTrial.duration)
    link = button_link("Open the execution", ConnectorTrial.href, small=True)
    title = ConnectorTrial.title
    return rx.el.div(
        rx.match(
            ConnectorTrial.verdict,
            ("accepted", callout(said, "success", title=title, action=link, alert=True)),
            ("refused", callout(said, "danger", title=title, action=link, alert=True)),
            callout(said, "warning", title=title, action=link, alert=True),
        ),
        rx.cond(ConnectorTrial.body != "", code(ConnectorTrial.body, label="Answer", language="json")),
        rx.cond(ConnectorTrial.headers != "", code(ConnectorTrial.headers, label="Headers of the answer")),
        class_name="hub-stack",
    )
