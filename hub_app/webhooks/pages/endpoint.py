"""The page of one endpoint, and its overview tab."""

import reflex as rx

from hub_app.ui.components import (
    Series,
    button,
    button_link,
    callout,
    card,
    empty,
    facts,
    only,
    skeleton,
    stacked_bars,
    stat,
    status_badge,
    tabs,
    time,
)
from hub_app.ui.session import Session
from hub_app.ui.shell import page
from hub_app.webhooks.pages.deliveries import deliveries_tab
from hub_app.webhooks.pages.delivery import delivery_drawer
from hub_app.webhooks.pages.endpoints import STATES
from hub_app.webhooks.pages.settings import settings_tab
from hub_app.webhooks.pages.trial import test_tab
from hub_app.webhooks.state.endpoint import Endpoint

_LIST = "/webhooks/endpoints"
_OUTCOMES = [
    Series("succeeded", "Succeeded", 4),
    Series("retried", "Failed, tried again", 2),
    Series("failed", "Failed for good", 3),
]


def page_of_endpoint() -> rx.Component:
    return page(
        Endpoint.name,
        _facts(),
        rx.cond(Endpoint.loaded, rx.cond(Endpoint.missing, _missing(), _found()), skeleton(6)),
        actions=[_turn()],
        breadcrumb=[("Webhooks", ""), ("Endpoints", _LIST)],
        mark="webhook",
        badge=rx.cond(Endpoint.missing | ~Endpoint.loaded, "", status_badge(Endpoint.state, STATES)),
    )


def _facts() -> rx.Component:
    known = rx.fragment(rx.el.span(Endpoint.origin, class_name="hub-mono"), " · ", Endpoint.event_words)
    return rx.cond(Endpoint.missing, "It was deleted, or belongs to another tenant.", known)


def _turn() -> rx.Component:
    control = rx.cond(
        Endpoint.state == "off",
        button("Turn on", "primary", mark="play", on_click=Endpoint.turn(True)),
        button("Turn off", mark="pause", on_click=Endpoint.turn(False)),
    )
    return rx.cond(Endpoint.missing, rx.fragment(), only(Session.is_admin, control))


def _missing() -> rx.Component:
    return card(
        empty(
            "webhook",
            "There is no such endpoint",
            "The address may be mistyped, or someone deleted the endpoint.",
            button_link("All endpoints", _LIST, "primary"),
        )
    )


def _found() -> rx.Component:
    return rx.fragment(
        rx.cond(Endpoint.state == "off", callout(_why_off(), "warning", title="This endpoint is off")),
        rx.cond(
            Endpoint.state == "failing",
            callout(
                rx.fragment(
                    "Every delivery failed since ",
                    time(Endpoint.failing_since, show="moment"),
                    ". Look at the last one.",
                ),
                "danger",
                title="Nothing gets through",
            ),
        ),
        tabs(
            "Endpoint",
            Endpoint.tab,
            ("overview", "Overview", Endpoint.here),
            ("deliveries", "Deliveries", f"{Endpoint.here}?tab=deliveries"),
            ("settings", "Settings", f"{Endpoint.here}?tab=settings"),
            ("test", "Test", f"{Endpoint.here}?tab=test"),
        ),
        rx.match(
            Endpoint.tab,
            ("deliveries", deliveries_tab()),
            ("settings", settings_tab()),
            ("test", test_tab()),
            _overview(),
        ),
        delivery_drawer(),
    )


def _why_off() -> rx.Component:
    wait = "Its events wait until it is turned on, or until they expire."
    return rx.fragment(Endpoint.disabled_reason, " ", wait)


def _overview() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            stat("Attempts", Endpoint.attempts, "in the last 24 hours", mark="send"),
            stat("Success rate", Endpoint.success_rate, "of all attempts", mark="circle_check"),
            stat("Median answer", Endpoint.p50, "half are faster", mark="timer"),
            stat("Slow answers", Endpoint.p95, "95 % are faster", mark="gauge"),
            class_name="hub-grid-4",
        ),
        stacked_bars(
            "Attempts",
            "per hour, UTC",
            Endpoint.hours,
            _OUTCOMES,
            none=empty(
                "chart_column",
                "Nothing sent in the last 24 hours",
                "Publish an event, or send a test to see whether the receiver answers.",
                button_link("Send a test", f"{Endpoint.here}?tab=test"),
            ),
        ),
        card(
            facts(
                ("Events", Endpoint.event_words),
                ("Retries", Endpoint.policy_words),
                ("Rate", Endpoint.rate_words),
                ("Description", rx.cond(Endpoint.description != "", Endpoint.description, "—")),
                ("Added", time(Endpoint.created_at, show="date")),
            ),
            title="Facts",
        ),
        class_name="hub-stack",
    )
