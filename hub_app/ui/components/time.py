from typing import Any, Literal

import reflex as rx

from hub_app.ui.elements import CustomElement, Text


def time(
    at: Text,
    *,
    show: Literal["relative", "moment", "minute", "second", "hour", "date"] = "relative",
    zone: Text = "",
    none: str = "never",
) -> rx.Component:
    """A moment in the reader's zone, kept up to date in the browser; the exact time on hover.

    `at` is ISO 8601 with its zone, or "" for none. `moment` and `minute` name the zone, `second` and
    `hour` do not: put `zone_name` above them. `zone` is another
    one to show it in, for what goes by the clock of that zone.

    time(row.created_at)
    """
    attributes: dict[str, Any] = {"data-at": at, "data-as": show, "data-zone": zone, "data-none": none}
    return CustomElement.create(tag="time", custom_attrs=attributes)


def zone_name() -> rx.Component:
    """The name of the reader's zone, for many times that do not name it themselves."""
    return CustomElement.create(tag="zone")
