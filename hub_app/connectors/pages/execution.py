"""The drawer of one execution."""

import reflex as rx

from hub_app.connectors.state.execution import Execution
from hub_app.connectors.state.executions import Executions
from hub_app.ui.components import (
    badge,
    button_link,
    callout,
    code,
    copy_button,
    drawer,
    facts,
    only,
    status_badge,
    tabs,
    time,
)
from hub_app.ui.components.badge import Tone
from hub_app.ui.elements import Text
from hub_app.ui.session import Session

BADGES: dict[str, tuple[str, Tone]] = {
    "succeeded": ("Succeeded", "success"),
    "failed": ("Failed", "danger"),
}


def execution_drawer() -> rx.Component:
    return drawer(
        rx.cond(Execution.trouble != "", _trouble()),
        rx.el.div(
            rx.cond(
                Execution.again != "",
                only(
                    Session.is_engineer,
                    button_link("Run again", Execution.again, "primary", mark="play", small=True),
                    "Engineers can run it again.",
                ),
            ),
            copy_button(Execution.curl, "Copy as curl", small=True, show_label=True),
            rx.cond(
                Execution.plan != "",
                button_link("Open the plan's run", Execution.plan, mark="list_checks", small=True),
            ),
            class_name="hub-row",
        ),
        _facts(),
        tabs(
            "Parts of the execution",
            Execution.part,
            ("response", "Response", Execution.here),
            ("request", "Request", f"{Execution.here}&part=request"),
            ("headers", "Headers", f"{Execution.here}&part=headers"),
        ),
        rx.match(
            Execution.part,
            ("request", _request()),
            ("headers", _response_headers()),
            _response(),
        ),
        title=Execution.what,
        badge=status_badge(Execution.outcome, BADGES),
        sub=rx.el.span(Execution.call, class_name="hub-break"),
        open=Execution.id != "",
        on_open_change=Execution.toggle,
        on_close=Execution.close,
        previous=Executions.above,
        next=Executions.below,
    )


def credential_link(connector: Text) -> rx.Component:
    """To where the credential is saved, from an error about it."""
    return only(
        Session.is_admin,
        button_link("Credentials", f"{connector}?tab=credentials", mark="key_round", small=True),
    )


def _trouble() -> rx.Component:
    way_out = rx.cond(Execution.needs_credential, credential_link(Execution.connector_href))
    return callout(Execution.advice, "danger", title=Execution.trouble, action=way_out)


def _facts() -> rx.Component:
    link = rx.el.a(Execution.connector, href=Execution.connector_href, class_name="hub-link")
    return facts(
        ("Connector", link),
        ("Answer", rx.cond(Execution.answer != "", Execution.answer, "None")),
        (
            "Time",
            rx.cond(
                Execution.cached,
                badge("From the cache", dot=False),
                rx.fragment(
                    Execution.duration,
                    rx.cond(
                        rx.Var.create(Execution.pages).to(int) > 1,
                        rx.fragment(" for ", Execution.pages, " pages"),
                    ),
                ),
            ),
        ),
        ("Trigger", Execution.trigger),
        ("When", time(Execution.created_at, show="moment")),
    )


def _request() -> rx.Component:
    return rx.el.div(
        code(Execution.request_headers, label="Request headers"),
        rx.cond(
            Execution.request_body != "",
            code(Execution.request_body, label="Request body", language="json"),
            rx.el.p("No body was sent.", class_name="hub-small hub-text-2"),
        ),
        rx.el.p("Hints stand in place of secrets.", class_name="hub-help"),
        class_name="hub-stack",
    )


def _response() -> rx.Component:
    return rx.cond(
        Execution.response != "",
        rx.el.div(
            code(Execution.response, label="Response body", language="json"),
            rx.cond(
                Execution.truncated,
                rx.el.p("Hub keeps the first 64 KiB of an answer.", class_name="hub-help"),
            ),
            class_name="hub-stack",
        ),
        _nothing("No body came back."),
    )


def _response_headers() -> rx.Component:
    return rx.cond(
        Execution.response_headers != "",
        code(Execution.response_headers, label="Response headers"),
        _nothing("No headers came back."),
    )


def _nothing(text: str) -> rx.Component:
    kept = "Hub answered from its cache, and did not ask the API. The first run has what came back."
    return rx.el.p(rx.cond(Execution.cached, kept, text), class_name="hub-small hub-text-2")
