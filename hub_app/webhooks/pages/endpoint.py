"""The page of one endpoint, and its overview tab."""

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page
from hub_app.webhooks.pages.deliveries import deliveries_tab
from hub_app.webhooks.pages.delivery import delivery_drawer
from hub_app.webhooks.pages.endpoints import STATES
from hub_app.webhooks.pages.settings import settings_tab
from hub_app.webhooks.pages.testing import test_tab
from hub_app.webhooks.state.endpoint import EndpointState
from hub_app.webhooks.state.endpoints import HERE

_OUTCOMES = [
    ui.Series("succeeded", "Succeeded", 4),
    ui.Series("retried", "Failed, retried", 2),
    ui.Series("failed", "Failed permanently", 3),
]


def page_of_endpoint() -> rx.Component:
    return page(
        EndpointState.name,
        _facts(),
        rx.cond(
            EndpointState.loaded,
            rx.cond(EndpointState.missing, ui.missing("webhook", "endpoint", HERE), _found()),
            ui.skeleton(6),
        ),
        actions=[_turn()],
        breadcrumb=[("Webhooks", ""), ("Endpoints", HERE)],
        mark="webhook",
        id=rx.cond(EndpointState.missing, "", EndpointState.id),
        badge=rx.cond(
            EndpointState.missing | ~EndpointState.loaded, "", ui.status_badge(EndpointState.state, STATES)
        ),
    )


def _facts() -> rx.Component:
    known = rx.fragment(
        rx.el.span(EndpointState.origin, class_name="hub-mono"), " · ", EndpointState.event_words
    )
    return rx.cond(EndpointState.missing, "It was deleted, or belongs to another tenant.", known)


def _turn() -> rx.Component:
    control = ui.switch_button(EndpointState.state != "off", EndpointState.turn)
    return rx.cond(EndpointState.missing, rx.fragment(), ui.only(SessionState.is_admin, control))


def _found() -> rx.Component:
    return rx.fragment(
        rx.cond(
            EndpointState.state == "off", ui.callout(_why_off(), "warning", title="This endpoint is off")
        ),
        rx.cond(
            EndpointState.state == "failing",
            ui.callout(
                rx.fragment(
                    _failing(),
                    rx.cond(
                        EndpointState.turned_on_at != "",
                        rx.fragment(
                            " It was turned on again on ",
                            ui.time(EndpointState.turned_on_at, show="moment"),
                            ".",
                        ),
                    ),
                    " Check the latest delivery.",
                ),
                "danger",
                title="Nothing gets through",
                action=ui.button_link("Show deliveries", f"{EndpointState.here}?tab=deliveries", small=True),
            ),
        ),
        ui.tabs(
            "Endpoint",
            EndpointState.tab,
            ("overview", "Overview", EndpointState.here),
            ("deliveries", "Deliveries", f"{EndpointState.here}?tab=deliveries"),
            ("settings", "Settings", f"{EndpointState.here}?tab=settings"),
            ("test", "Test", f"{EndpointState.here}?tab=test"),
        ),
        rx.match(
            EndpointState.tab,
            ("deliveries", deliveries_tab()),
            ("settings", settings_tab()),
            ("test", test_tab()),
            _overview(),
        ),
        delivery_drawer(),
    )


def _why_off() -> rx.Component:
    wait = "Its events wait until you turn it on or until they expire."
    return rx.fragment(
        EndpointState.disabled_reason, " ", rx.cond(EndpointState.failing_since != "", _failing()), " ", wait
    )


def _failing() -> rx.Component:
    since = ui.time(EndpointState.failing_since, show="moment")
    return rx.fragment("No delivery has succeeded since ", since, ".")


def _overview() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            ui.stat("Attempts", EndpointState.attempts, "in the last 24 hours", mark="send"),
            ui.stat("Success rate", EndpointState.success_rate, "of all attempts", mark="circle_check"),
            ui.stat(
                "Median response time", EndpointState.p50, "half of all attempts took no longer", mark="timer"
            ),
            ui.stat(
                "95th percentile", EndpointState.p95, "95 % of all attempts took no longer", mark="gauge"
            ),
            class_name="hub-grid-4",
        ),
        ui.stacked_bars(
            "Attempts",
            "per hour",
            EndpointState.hours,
            _OUTCOMES,
            none=ui.empty(
                "chart_column",
                "Nothing sent in the last 24 hours",
                "Publish an event, or send a test to check that the receiver responds.",
                ui.button_link("Send a test", f"{EndpointState.here}?tab=test"),
            ),
        ),
        ui.card(
            ui.facts(
                ("Events", EndpointState.event_words),
                ("Retries", EndpointState.policy_words),
                ("Rate", EndpointState.rate_words),
                ("Description", rx.cond(EndpointState.description != "", EndpointState.description, "—")),
                ("Added", ui.time(EndpointState.created_at, show="date")),
            ),
            title="Facts",
        ),
        class_name="hub-stack",
    )
