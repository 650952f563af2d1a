"""The drawer of one execution."""

import reflex as rx

from hub_app.connectors.state.execution import ExecutionState
from hub_app.connectors.state.executions import ExecutionsState
from hub_app.ui import components as ui
from hub_app.ui.elements import Text
from hub_app.ui.session import SessionState

BADGES: dict[str, tuple[str, ui.Tone]] = {
    "succeeded": ("Succeeded", "success"),
    "failed": ("Failed", "danger"),
}


def execution_drawer() -> rx.Component:
    return ui.drawer(
        ExecutionState,
        rx.cond(ExecutionState.failure != "", _failure()),
        ui.row(
            rx.cond(
                ExecutionState.again != "",
                ui.only(
                    SessionState.is_engineer,
                    ui.button_link("Run again", ExecutionState.again, "primary", mark="play", small=True),
                    "Engineers can run it again.",
                ),
            ),
            ui.copy_button(ExecutionState.curl, "Copy as curl", small=True, show_label=True),
            rx.cond(
                ExecutionState.plan != "",
                ui.button_link("Open the plan's run", ExecutionState.plan, mark="list_checks", small=True),
            ),
        ),
        _facts(),
        ui.tabs(
            "Parts of the execution",
            ExecutionState.part,
            ("response", "Response", ExecutionState.here),
            ("request", "Request", f"{ExecutionState.here}&part=request"),
            ("headers", "Headers", f"{ExecutionState.here}&part=headers"),
        ),
        rx.match(
            ExecutionState.part,
            ("request", _request()),
            ("headers", _response_headers()),
            _response(),
        ),
        title=ExecutionState.what,
        badge=ui.status_badge(ExecutionState.outcome, BADGES),
        sub=rx.el.span(ExecutionState.call, class_name="hub-break"),
        previous=ExecutionsState.above,
        next=ExecutionsState.below,
    )


def credential_link(connector: Text) -> rx.Component:
    """To where the credential is saved, from an error about it."""
    return ui.only(
        SessionState.is_admin,
        ui.button_link("Credentials", f"{connector}?tab=credentials", mark="key_round", small=True),
    )


def _failure() -> rx.Component:
    way_out = rx.cond(ExecutionState.needs_credential, credential_link(ExecutionState.connector_href))
    return ui.callout(ExecutionState.advice, "danger", title=ExecutionState.failure, action=way_out)


def _facts() -> rx.Component:
    link = rx.el.a(ExecutionState.connector, href=ExecutionState.connector_href, class_name="hub-link")
    return ui.facts(
        ("Connector", link),
        ("Response", rx.cond(ExecutionState.answer != "", ExecutionState.answer, "None")),
        (
            "Time",
            rx.cond(
                ExecutionState.cached,
                ui.badge("From the cache", dot=False),
                rx.fragment(
                    ExecutionState.duration,
                    rx.cond(
                        rx.Var.create(ExecutionState.pages).to(int) > 1,
                        rx.fragment(" for ", ExecutionState.pages, " pages"),
                    ),
                ),
            ),
        ),
        ("Trigger", ExecutionState.trigger),
        ("When", ui.time(ExecutionState.created_at, show="moment")),
    )


def _request() -> rx.Component:
    return ui.stack(
        ui.code(ExecutionState.request_headers, label="Request headers"),
        rx.cond(
            ExecutionState.request_body != "",
            ui.code(ExecutionState.request_body, label="Request body", language="json"),
            rx.el.p("No body was sent.", class_name="hub-small hub-text-2"),
        ),
        rx.el.p("Secrets are replaced by hints.", class_name="hub-help"),
    )


def _response() -> rx.Component:
    return rx.cond(
        ExecutionState.response != "",
        ui.stack(
            ui.code(ExecutionState.response, label="Response body", language="json"),
            rx.cond(
                ExecutionState.truncated,
                rx.el.p("Hub stores the first 64 KiB of a response.", class_name="hub-help"),
            ),
        ),
        _nothing("The API sent no body."),
    )


def _response_headers() -> rx.Component:
    return rx.cond(
        ExecutionState.response_headers != "",
        ui.code(ExecutionState.response_headers, label="Response headers"),
        _nothing("The API sent no headers."),
    )


def _nothing(text: str) -> rx.Component:
    kept = "Hub answered from its cache and did not call the API. The response is in the execution that filled the cache."
    return rx.el.p(rx.cond(ExecutionState.cached, kept, text), class_name="hub-small hub-text-2")
