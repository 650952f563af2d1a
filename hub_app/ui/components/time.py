from typing import Any, Literal

import reflex as rx

from hub_app.ui.elements import CustomElement, Text


def time(
    at: Text, *, show: Literal["relative", "moment", "clock", "date"] = "relative", none: str = "never"
) -> rx.Component:
    """A moment in the reader's zone, kept up to date in the browser; the exact time on hover.

    `at` is ISO 8601 with its zone, or "" for none.

    time(row.created_at)
    """
    attributes: dict[str, Any] = {"data-at": at, "data-as": show, "data-none": none}
    return CustomElement.create(tag="time", custom_attrs=attributes)
