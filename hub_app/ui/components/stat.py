from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex_components_core.el.elements.media import Polyline

from hub_app.ui.elements import Child, Text
from hub_app.ui.icons import icon

_WIDTH = 96
_HEIGHT = 24


def spark_points(values: Sequence[float], *, high: float | None = None) -> str:
    """The points of a sparkline for these values, oldest first; "" when there are fewer than two.

    The bottom is 0, the top `high`, or the highest value.
    """
    if len(values) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    top = (max(values) if high is None else high) or 1
    step = _WIDTH / (len(values) - 1)
    return " ".join(
        f"{index * step:.1f},{_HEIGHT - value / top * _HEIGHT:.1f}" for index, value in enumerate(values)
    )


def sparkline(points: Text, *, label: Text) -> rx.Component:
    """A small line without axes; `points` is made on the server by `spark_points`, `label` says what it shows.

    sparkline(row.spark, label="Success rate of the last 24 hours")
    """
    attributes: dict[str, Any] = {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "role": "img", "aria-label": label}
    return rx.el.svg(Polyline.create(points=points), class_name="hub-spark", custom_attrs=attributes)


def stat(
    label: Text,
    figure: Text,
    hint: Child = "",
    *,
    mark: str = "",
    spark: Text = "",
    spark_label: str = "",
) -> rx.Component:
    """A figure with its name, a line on what to make of it, and its course.

    stat("Deliveries", Overview.deliveries, Overview.rate, mark="webhook", spark=Overview.spark, spark_label="…")
    """
    has_spark = isinstance(spark, rx.Var) or spark
    return rx.el.div(
        rx.el.div(*([icon(mark)] if mark else []), rx.el.span(label), class_name="hub-stat-label"),
        rx.el.div(figure, class_name="hub-stat-figure"),
        rx.el.div(hint, class_name="hub-stat-hint"),
        *([sparkline(spark, label=spark_label or label)] if has_spark else []),
        class_name="hub-card hub-stat",
    )
