from typing import Any

import reflex as rx

from hub_app.ui.elements import Rows


def figures(rows: Rows) -> rx.Component:
    """What came of something, in a line that wraps: each row has a `count`, the `words` for what it counts, and a `tone`,
    "" for none.

    figures(Job.figures)
    """

    def one(row: Any) -> rx.Component:
        tone = rx.match(
            row.tone,
            ("success", "hub-text-success"),
            ("info", "hub-text-info"),
            ("warning", "hub-text-warning"),
            ("danger", "hub-text-danger"),
            "",
        )
        count = rx.el.span(row.count, class_name=f"hub-strong hub-figures {tone}")
        return rx.el.span(count, " ", row.words)

    return rx.el.div(rx.foreach(rows, one), class_name="hub-counts")
