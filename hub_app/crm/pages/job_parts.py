"""What the list of jobs, the page's head and the drawer show alike."""

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.elements import Action

STATES: dict[str, tuple[str, ui.Tone]] = {
    "pending": ("Waiting", "info"),
    "running": ("Running", "info"),
    "cancelling": ("Cancelling", "warning"),
    "completed": ("Completed", "success"),
    "partial": ("Completed in part", "warning"),
    "failed": ("Failed", "danger"),
    "cancelled": ("Cancelled", "neutral"),
    "needs_confirmation": ("Needs confirmation", "warning"),
}


def cancel_button(on_click: Action) -> rx.Component:
    return ui.button("Cancel", "danger-quiet", mark="square", small=True, on_click=on_click)
