"""The drawer of one delivery."""

from typing import Any

import reflex as rx

from hub_app.ui.components import (
    button,
    callout,
    code,
    copy_button,
    drawer,
    only,
    status_badge,
    tabs,
    time,
)
from hub_app.ui.session import Session
from hub_app.webhooks.pages.deliveries import BADGES
from hub_app.webhooks.pages.verify import SNIPPETS
from hub_app.webhooks.state.deliveries import Deliveries
from hub_app.webhooks.state.delivery import AttemptRow, Delivery


def delivery_drawer() -> rx.Component:
    return drawer(
        rx.cond(Delivery.trouble != "", _trouble()),
        rx.el.div(
            only(
                Session.is_engineer,
                button("Resend now", "primary", mark="refresh_cw", small=True, on_click=Delivery.resend),
                "Engineers can resend.",
            ),
            copy_button(Delivery.curl, "Copy as curl", small=True, show_label=True),
            class_name="hub-row",
        ),
        _attempts(),
        _parts(),
        rx.match(
            Delivery.part,
            ("response", _response()),
            ("headers", _headers()),
            ("verify", _verify()),
            code(Delivery.body, label="Request body", language="json"),
        ),
        title=Delivery.type,
        badge=status_badge(Delivery.status, BADGES),
        sub=Delivery.message,
        open=Delivery.id != "",
        on_open_change=Delivery.toggle,
        on_close=Delivery.close,
        previous=Deliveries.above,
        next=Deliveries.below,
    )


def _trouble() -> rx.Component:
    return rx.cond(
        Delivery.status == "retrying",
        callout(
            rx.fragment(Delivery.advice, " The next attempt is ", time(Delivery.next_at), "."),
            "warning",
            title=Delivery.trouble,
        ),
        callout(Delivery.advice, "danger", title=Delivery.trouble),
    )


def _attempts() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Attempts", class_name="hub-h2"),
        rx.cond(
            Delivery.attempts.length() > 0,
            rx.el.ul(rx.foreach(Delivery.attempts, _attempt), class_name="hub-attempts"),
            rx.el.p("None yet: it waits for its turn.", class_name="hub-small hub-text-2"),
        ),
    )


def _attempt(row: rx.vars.ObjectVar[AttemptRow]) -> rx.Component:
    hidden: dict[str, Any] = {"aria-hidden": "true"}
    return rx.el.li(
        rx.el.span(class_name=f"hub-dot hub-dot-{row.tone}", custom_attrs=hidden),
        rx.el.span(time(row.at, show="clock"), class_name="hub-mono hub-text-2"),
        rx.el.span(row.what),
        rx.el.span(row.duration),
    )


def _parts() -> rx.Component:
    return tabs(
        "Parts of the delivery",
        Delivery.part,
        ("request", "Request", Delivery.here),
        ("response", "Response", f"{Delivery.here}&part=response"),
        ("headers", "Headers", f"{Delivery.here}&part=headers"),
        ("verify", "Verify", f"{Delivery.here}&part=verify"),
    )


def _response() -> rx.Component:
    return rx.cond(
        Delivery.response != "",
        code(Delivery.response, label="Response body, at most 4 KiB", language="json"),
        rx.el.p("The receiver sent no body.", class_name="hub-small hub-text-2"),
    )


def _headers() -> rx.Component:
    return rx.el.div(
        code(Delivery.request_headers, label="Request headers"),
        rx.el.p("Your own headers are shown to customer admins in the settings.", class_name="hub-help"),
        rx.cond(
            Delivery.response_headers != "",
            code(Delivery.response_headers, label="Response headers"),
            rx.el.p("The receiver sent no headers.", class_name="hub-small hub-text-2"),
        ),
        class_name="hub-stack",
    )


def _verify() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "Use the public Standard Webhooks library with the secret from the endpoint's settings, "
            "and give it the body exactly as it arrived.",
            class_name="hub-small hub-text-2",
        ),
        *(code(text, label=f"Verify this signature in {name}") for name, text in SNIPPETS.items()),
        class_name="hub-stack",
    )
