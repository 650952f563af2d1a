from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

from hub_app.ui.components.time import time, zone_name
from hub_app.ui.elements import Child, Rows, Text

_HEIGHT = 230

# A chart may be drawn before assets/hub.js has come.
_TIME = '(window.hub?.time ?? ((at) => new Date(at).toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit"})))'


@dataclass(frozen=True)
class Series:
    """One line, or one part of every bar: its key in the data, its name, and its colour (1 to 5) of the tokens.

    1 indigo, 2 amber, 3 red, 4 green, 5 purple.
    """

    key: str
    label: str
    colour: Literal[1, 2, 3, 4, 5]

    @property
    def fill(self) -> str:
        return f"var(--hub-chart-{self.colour})"


def stacked_bars(
    title: Text,
    unit: Text,
    data: Rows,
    series: Sequence[Series],
    *,
    none: Child,
    each: Literal["hour", "date"] = "hour",
) -> rx.Component:
    """Bars in parts, by outcome. `data` has a dict per bar: `at`, when it begins, in ISO 8601, and a number for each
    series' key. Times are shown in the reader's zone. For bars of a day `each` is "date" and `at` their noon in UTC.

    stacked_bars("Deliveries", "per hour", Overview.hours, [Series("ok", "Succeeded", 1), …], none=empty(…))
    """
    bars = [
        rx.recharts.bar(
            data_key=s.key,
            name=s.label,
            fill=s.fill,
            stack_id="all",
            is_animation_active=False,
            max_bar_size=22,
        )
        for s in series
    ]
    chart = rx.recharts.bar_chart(
        *bars, *_axes(each), data=data, width="100%", height=_HEIGHT, bar_category_gap="20%"
    )
    return _figure(title, unit, data, series, chart, none, each=each)


def line_chart(title: Text, unit: Text, data: Rows, series: Sequence[Series], *, none: Child) -> rx.Component:
    """Lines over time, data as for stacked_bars.

    line_chart("Answer time", "ms", Overview.hours, [Series("p50", "Median", 1), Series("p95", "95 %", 5)], none=…)
    """
    lines = [
        rx.recharts.line(
            data_key=s.key,
            name=s.label,
            stroke=s.fill,
            stroke_width=1.75,
            dot=False,
            type_="monotone",
            is_animation_active=False,
        )
        for s in series
    ]
    chart = rx.recharts.line_chart(*lines, *_axes(), data=data, width="100%", height=_HEIGHT)
    return _figure(title, unit, data, series, chart, none)


def _axes(each: str = "hour") -> list[rx.Component]:
    # Reflex's tooltip has no such property.
    label = {"labelFormatter": rx.Var(f'(at) => {_TIME}(at, "{"minute" if each == "hour" else each}")')}
    return [
        rx.recharts.x_axis(
            data_key="at",
            axis_line=False,
            tick_line=False,
            interval="preserveStartEnd",
            min_tick_gap=48,
            tick_formatter=f'(at) => {_TIME}(at, "{each}")',
        ),
        rx.recharts.y_axis(width=44, axis_line=False, tick_line=False, allow_decimals=False, tick_count=4),
        rx.recharts.cartesian_grid(vertical=False, stroke="var(--hub-line)", stroke_dasharray="4 4"),
        rx.recharts.graphing_tooltip(is_animation_active=False, custom_attrs=label),
    ]


def _figure(
    title: Text,
    unit: Text,
    data: Rows,
    series: Sequence[Series],
    chart: rx.Component,
    none: Child,
    *,
    each: Literal["hour", "date"] = "hour",
) -> rx.Component:
    zone = (" · ", zone_name()) if each == "hour" else ()
    legend = (rx.el.li(rx.el.i(class_name=f"hub-chart-{s.colour}"), s.label) for s in series)
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="hub-h2"),
            rx.el.p(unit, *zone),
            rx.el.ul(*legend, class_name="hub-legend"),
            class_name="hub-card-head",
        ),
        rx.cond(
            data.length() > 0,
            rx.el.div(chart, _as_table(title, data, series, each), class_name="hub-chart"),
            none,
        ),
        class_name="hub-card",
    )


def _as_table(
    title: Text, rows: Rows, series: Sequence[Series], each: Literal["hour", "date"]
) -> rx.Component:
    def row(item: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.th(time(item["at"], show=each), scope="row"),
            *(rx.el.td(item[s.key], class_name="hub-cell-end") for s in series),
        )

    head = (rx.el.th(s.label, scope="col", class_name="hub-cell-end") for s in series)
    return rx.el.details(
        rx.el.summary("Show as table"),
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(rx.el.th("Time", scope="col"), *head)),
                rx.el.tbody(rx.foreach(rows, row)),
                class_name="hub-table",
            ),
            class_name="hub-table-region",
            tab_index=0,
            role="region",
            custom_attrs={"aria-label": f"{title} as a table"},
        ),
        class_name="hub-as-table",
    )
