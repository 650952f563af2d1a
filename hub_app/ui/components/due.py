from typing import Any

import reflex as rx

from hub_app.ui.elements import CustomElement, Text


def due(at: Text, *, past: str = "due now") -> rx.Component:
    """A time to come, such as `in 54 s`; once it has come, `past`, for as long as what was due has not begun.

    due(Delivery.next_at)
    """
    attributes: dict[str, Any] = {"data-at": at, "data-as": "relative", "data-none": "—", "data-past": past}
    return CustomElement.create(tag="time", custom_attrs=attributes)
