"""The drawer of one delivery."""

from typing import Any

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.webhooks.pages.deliveries import BADGES
from hub_app.webhooks.pages.verify import SNIPPETS
from hub_app.webhooks.state.deliveries import DeliveriesState
from hub_app.webhooks.state.delivery import AttemptRow, DeliveryState


def delivery_drawer() -> rx.Component:
    return ui.drawer(
        DeliveryState,
        rx.cond(DeliveryState.failure != "", _failure()),
        rx.el.div(
            ui.only(
                SessionState.is_engineer,
                ui.button(
                    "Resend now", "primary", mark="refresh_cw", small=True, on_click=DeliveryState.resend
                ),
                "Engineers can resend.",
            ),
            ui.copy_button(DeliveryState.curl, "Copy as curl", small=True, show_label=True),
            class_name="hub-row",
        ),
        _attempts(),
        _parts(),
        rx.match(
            DeliveryState.part,
            ("response", _response()),
            ("headers", _headers()),
            ("verify", _verify()),
            ui.code(DeliveryState.body, label="Request body", language="json"),
        ),
        title=DeliveryState.type,
        badge=ui.status_badge(DeliveryState.status, BADGES),
        sub=DeliveryState.message,
        previous=DeliveriesState.above,
        next=DeliveriesState.below,
    )


def _failure() -> rx.Component:
    return rx.cond(
        DeliveryState.status == "retrying",
        ui.callout(
            rx.fragment(DeliveryState.advice, " The next attempt is ", ui.due(DeliveryState.next_at), "."),
            "warning",
            title=DeliveryState.failure,
        ),
        ui.callout(DeliveryState.advice, "danger", title=DeliveryState.failure),
    )


def _attempts() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h3("Attempts", class_name="hub-h2"),
            rx.el.span(ui.zone_name(), class_name="hub-small hub-text-2"),
            class_name="hub-row",
        ),
        rx.cond(
            DeliveryState.attempts.length() > 0,
            rx.el.ul(rx.foreach(DeliveryState.attempts, _attempt), class_name="hub-attempts"),
            rx.el.p("None yet. The delivery is waiting for its turn.", class_name="hub-small hub-text-2"),
        ),
    )


def _attempt(row: rx.vars.ObjectVar[AttemptRow]) -> rx.Component:
    hidden: dict[str, Any] = {"aria-hidden": "true"}
    chosen: dict[str, Any] = {"aria-current": rx.cond(row.number == DeliveryState.attempt, "true", "false")}
    return rx.el.li(
        rx.el.a(
            rx.el.span(class_name=f"hub-dot hub-dot-{row.tone}", custom_attrs=hidden),
            rx.el.span(row.number, ".", class_name="hub-figures"),
            rx.el.span(row.what),
            rx.el.span(
                ui.time(row.at, show="second"),
                rx.cond(row.duration != "", rx.fragment(" · ", row.duration)),
                class_name="hub-text-2 hub-figures",
            ),
            href=row.href,
            prevent_scroll_reset=True,
            custom_attrs=chosen,
        )
    )


def _parts() -> rx.Component:
    return ui.tabs(
        "Parts of the delivery",
        DeliveryState.part,
        ("request", "Request", DeliveryState.here),
        ("response", "Response", f"{DeliveryState.here}&part=response"),
        ("headers", "Headers", f"{DeliveryState.here}&part=headers"),
        ("verify", "Verify", f"{DeliveryState.here}&part=verify"),
    )


def _response() -> rx.Component:
    body = rx.cond(
        DeliveryState.response != "",
        ui.code(
            DeliveryState.response,
            label=f"Response body of attempt {DeliveryState.attempt}, at most 4 KiB",
            language="json",
        ),
        _no("body"),
    )
    return ui.stack(
        rx.cond(DeliveryState.problem != "", rx.el.p(DeliveryState.problem, class_name="hub-text-danger")),
        body,
    )


def _no(what: str) -> rx.Component:
    none = f"In attempt {DeliveryState.attempt} the receiver sent no {what}."
    return rx.el.p(
        rx.cond(DeliveryState.attempt != "", none, "Nothing was sent yet."), class_name="hub-small hub-text-2"
    )


def _headers() -> rx.Component:
    return rx.el.div(
        ui.code(DeliveryState.request_headers, label="Request headers"),
        rx.el.p("Customer admins can see your own headers in the settings.", class_name="hub-help"),
        rx.cond(
            DeliveryState.response_headers != "",
            ui.code(
                DeliveryState.response_headers, label=f"Response headers of attempt {DeliveryState.attempt}"
            ),
            _no("headers"),
        ),
        class_name="hub-stack",
    )


def _verify() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "Use the public Standard Webhooks library with the secret from the endpoint's settings. "
            "Pass it the body exactly as received.",
            class_name="hub-small hub-text-2",
        ),
        *(ui.code(text, label=f"Verify this signature in {name}") for name, text in SNIPPETS.items()),
        class_name="hub-stack",
    )
