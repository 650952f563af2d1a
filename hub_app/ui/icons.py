"""Icons of Lucide, in the three sizes of the design."""

from typing import Literal

import reflex as rx

Size = Literal["small", "normal", "large"]

_CLASSES = {"small": "hub-icon hub-icon-small", "normal": "hub-icon", "large": "hub-icon hub-icon-large"}


def icon(name: str, *, size: Size = "normal", class_name: str = "") -> rx.Component:
    """An icon beside words, hidden from screen readers: what it means must stand there as text.

    icon("webhook")
    """
    return rx.icon(
        name, class_name=f"{_CLASSES[size]} {class_name}".strip(), custom_attrs={"aria-hidden": "true"}
    )


def brand() -> rx.Component:
    """Hub's mark and name."""
    return rx.el.div(
        rx.el.img(src="/favicon.svg", alt="", width="28", height="28"),
        rx.el.span("Hub"),
        class_name="hub-brand",
    )
