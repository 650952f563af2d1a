"""The usage page: REST calls over time."""

import reflex as rx

from hub_app.identity.state.usage import UsageState
from hub_app.ui import components as ui
from hub_app.ui.shell import page

_SPANS = [("hour", "Last hour"), ("day", "Last 24 hours"), ("week", "Last 7 days")]
_OUTCOMES = [
    ui.Series("succeeded", "Succeeded", 1),
    ui.Series("refused", "Refused (4xx)", 2),
    ui.Series("failed", "Failed (5xx)", 3),
]


def page_of_usage() -> rx.Component:
    return page(
        "Usage",
        "How your programs use the REST API. The figures are up to date within seconds.",
        ui.filter_bar(
            ui.filter_select("Time", UsageState.span, _SPANS, on_change=UsageState.filter("span")),
            ui.filter_select(
                "Token", UsageState.token_id, UsageState.choices, on_change=UsageState.filter("token")
            ),
        ),
        rx.el.div(
            ui.stat("Requests", UsageState.requests, mark="square_code"),
            ui.stat("Errors", UsageState.errors, "4xx and 5xx responses", mark="circle_alert"),
            ui.stat("Succeeded", UsageState.rate, mark="circle_check"),
            class_name="hub-grid-3",
        ),
        ui.stacked_bars("Requests", UsageState.step_words, UsageState.points, _OUTCOMES, none=_none()),
        rx.cond(UsageState.routes.length() > 0, ui.card(_routes(), title="Busiest routes", flush=True)),
        breadcrumb=[("Developers", "")],
    )


def _routes() -> rx.Component:
    return ui.table(
        "Busiest routes",
        [
            ui.Column(label="Route", cell=lambda row: rx.el.span(row.route, class_name="hub-mono hub-break")),
            ui.Column(label="Requests", cell=lambda row: row.requests, end=True),
            ui.Column(label="Errors", cell=lambda row: row.errors, end=True),
            ui.Column(label="Share", cell=lambda row: row.share, end=True, quiet=True, phone=False),
        ],
        UsageState.routes,
        loaded=UsageState.loaded,
        empty=_none(),
    )


def _none() -> rx.Component:
    return ui.empty(
        "chart_column",
        "No calls in this period",
        "Calls made with your API tokens are counted here. Choose a longer period, or create a token and make a call.",
        ui.button_link("API tokens", "/developers/tokens"),
    )
