from typing import Any

import reflex as rx

from hub_app.ui.components import (
    Column,
    Pager,
    Series,
    card,
    choice,
    choices,
    empty,
    filter_bar,
    filter_search,
    filter_select,
    icon_button,
    line_chart,
    side_list,
    stacked_bars,
    status_badge,
    stepper,
    table,
    time,
)
from hub_app.ui.components.badge import Tone
from hub_app.ui.styleguide.state import GuideState, Sample

_SIGNS: dict[str, tuple[str, Tone]] = {
    "succeeded": ("check", "success"),
    "retrying": ("loader_circle", "warning"),
    "failed": ("x", "danger"),
    "waiting": ("circle", "neutral"),
}
_STATUS: dict[str, tuple[str, Tone]] = {
    "succeeded": ("Succeeded", "success"),
    "retrying": ("Retrying", "warning"),
    "failed": ("Failed", "danger"),
    "waiting": ("Waiting", "neutral"),
}


def sections() -> list[rx.Component]:
    """Filters, the table in its states, charts."""
    return [
        filter_bar(
            filter_select(
                "Status",
                GuideState.status,
                [("", "All"), ("succeeded", "Succeeded"), ("failed", "Failed")],
                on_change=GuideState.filter("status"),
            ),
            filter_select(
                "Time",
                rx.Var.create(""),
                [("", "Any"), ("day", "24 hours")],
                on_change=GuideState.filter_text,
            ),
            filter_search("Payload contains", GuideState.text, on_change=GuideState.filter_text),
        ),
        card(_table("Deliveries"), flush=True),
        rx.el.div(
            card(_table("Loading deliveries", loaded=False), title="Loading", flush=True),
            card(
                _table("Failed deliveries", error="The deliveries could not be read. Try again."),
                title="Failed",
                flush=True,
            ),
            class_name="hub-grid-2",
        ),
        side_list(
            "Samples",
            GuideState.rows,
            card(_steps(), title="Steps"),
            entry=lambda row: row.type,
            href=lambda row: f"/styleguide?delivery={row.id}",
            current=lambda row: row.id == GuideState.id,
        ),
        choices(
            choice("By hand", "Say where the API is, then add its calls.", href="#", mark="pencil"),
            choice("GitHub", "Repositories and issues.", href="#", initials="GH", note="5 actions"),
        ),
        _charts(),
    ]


def _steps() -> rx.Component:
    return stepper(
        "Steps",
        GuideState.rows,
        status=lambda row: row.status,
        looks=_SIGNS,
        cell=lambda row: rx.fragment(
            row.type, rx.el.span(row.status, " ", row.duration, class_name="hub-sub")
        ),
        href=lambda row: f"/styleguide?delivery={row.id}",
        current=lambda row: row.id == GuideState.id,
    )


def _result(row: rx.vars.ObjectVar[Sample]) -> rx.Component:
    return rx.el.span(
        status_badge(row.status, _STATUS),
        rx.el.span(row.answer, class_name="hub-mono hub-text-2"),
        class_name="hub-row",
    )


def _event(row: rx.vars.ObjectVar[Sample]) -> rx.Component:
    return rx.fragment(row.type, rx.el.span(row.id, class_name="hub-sub hub-mono"))


def _more(row: Any) -> rx.Component:
    del row
    return rx.el.span(
        icon_button("ellipsis", "More actions", small=True, opens="more"), class_name="hub-above"
    )


def _table(label: str, *, loaded: bool = True, error: str = "") -> rx.Component:
    return table(
        label,
        [
            Column(label="Event", cell=_event),
            Column(label="Result", cell=_result),
            Column(label="Time", cell=lambda row: row.duration, end=True, quiet=True, phone=False),
            Column(label="Attempts", cell=lambda row: row.attempts, end=True, phone=False),
            Column(label="When", cell=lambda row: time(row.at), end=True, quiet=True),
            Column(label="Actions", cell=_more, tight=True, end=True, hide_label=True, phone=False),
        ],
        GuideState.rows,
        loaded=rx.Var.create(loaded),
        empty=empty("inbox", "No deliveries", "Nothing was sent in this time. Choose a longer one."),
        error=rx.Var.create(error),
        on_retry=GuideState.load,
        href=lambda row: f"/styleguide?delivery={row.id}",
        keep_scroll=True,
        selected=lambda row: row.id == GuideState.id,
        pager=Pager(
            previous=rx.Var.create(""), next=rx.Var.create("/styleguide?page=2"), summary="5 of 48,210"
        ),
    )


def _charts() -> rx.Component:
    outcomes = [Series("ok", "Succeeded", 1), Series("retried", "Retried", 2), Series("failed", "Failed", 3)]
    times = [Series("ok", "Median", 1), Series("retried", "95 %", 5)]
    none = empty("chart_column", "Nothing to draw", "No deliveries in this time.")
    return rx.el.div(
        stacked_bars("Deliveries", "per hour", GuideState.hours, outcomes, none=none),
        line_chart("Answer time", "ms", GuideState.hours, times, none=none),
        class_name="hub-grid-2",
    )
