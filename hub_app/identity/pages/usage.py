"""The usage page: REST calls over time."""

import reflex as rx

from hub_app.identity.state.usage import RouteRow, Usage
from hub_app.ui.components import (
    Column,
    Series,
    button_link,
    card,
    empty,
    filter_bar,
    filter_select,
    stacked_bars,
    stat,
    table,
)
from hub_app.ui.shell import page

_SPANS = [("hour", "Last hour"), ("day", "Last 24 hours"), ("week", "Last 7 days")]
_OUTCOMES = [
    Series("succeeded", "Succeeded", 1),
    Series("refused", "Refused (4xx)", 2),
    Series("failed", "Failed (5xx)", 3),
]


def page_of_usage() -> rx.Component:
    return page(
        "Usage",
        "How your programs use the REST interface. Figures follow within seconds.",
        filter_bar(
            filter_select("Time", Usage.span, _SPANS, on_change=Usage.choose_span),
            filter_select("Token", Usage.token_id, Usage.choices, on_change=Usage.choose_token),
        ),
        rx.el.div(
            stat("Requests", Usage.requests, mark="square_code"),
            stat("Errors", Usage.errors, "4xx and 5xx answers", mark="circle_alert"),
            stat("Succeeded", Usage.rate, mark="circle_check"),
            class_name="hub-grid-3",
        ),
        stacked_bars("Requests", Usage.step_words, Usage.points, _OUTCOMES, none=_none()),
        rx.cond(Usage.routes.length() > 0, card(_routes(), title="Busiest routes", flush=True)),
        breadcrumb=[("Developers", "")],
    )


def _routes() -> rx.Component:
    return table(
        "Busiest routes",
        [
            Column(label="Route", cell=_route),
            Column(label="Requests", cell=lambda row: row.requests, end=True),
            Column(label="Errors", cell=lambda row: row.errors, end=True),
            Column(label="Share", cell=lambda row: row.share, end=True, quiet=True, phone=False),
        ],
        Usage.routes,
        loaded=Usage.loaded,
        empty=_none(),
    )


def _route(row: rx.vars.ObjectVar[RouteRow]) -> rx.Component:
    return rx.el.span(row.route, class_name="hub-mono hub-break")


def _none() -> rx.Component:
    return empty(
        "chart_column",
        "No calls in this time",
        "Calls with your API tokens are counted here. Choose a longer time, or make a token and try one.",
        button_link("API tokens", "/developers/tokens"),
    )
