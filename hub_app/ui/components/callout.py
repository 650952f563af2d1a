from typing import Any

import reflex as rx

from hub_app.ui.components.badge import Tone
from hub_app.ui.elements import Child, Text
from hub_app.ui.icons import icon

_ICONS = {
    "success": "circle_check",
    "warning": "triangle_alert",
    "danger": "circle_alert",
    "info": "info",
    "neutral": "info",
}


def callout(
    text: Child, tone: Tone = "info", *, title: Text = "", action: Child = "", alert: bool = False
) -> rx.Component:
    """Something to know where it stands: what happened, what it means, what to do. `alert` announces it.

    callout("Check that it answers before it does its work.", "danger", title="The receiver did not answer.")
    """
    strong = [rx.el.strong(title)] if isinstance(title, rx.Var) or title else []
    props: dict[str, Any] = {"role": "alert"} if alert else {}
    return rx.el.div(
        icon(_ICONS[tone]),
        rx.el.div(*strong, rx.el.div(text)),
        action,
        class_name=f"hub-callout hub-callout-{tone}",
        **props,
    )
