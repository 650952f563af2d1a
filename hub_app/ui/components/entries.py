from collections.abc import Callable
from typing import Any

import reflex as rx

from hub_app.ui.elements import Child, Rows


def entries(label: str, rows: Rows, entry: Callable[[Any], Child]) -> rx.Component:
    """A list whose entries take several lines each, with a rule between them, as in a drawer.

    entries("Log", Job.logs, _log_entry)
    """
    names: dict[str, Any] = {"aria-label": label}
    return rx.el.ul(
        rx.foreach(rows, lambda row: rx.el.li(entry(row))), class_name="hub-entries", custom_attrs=names
    )
