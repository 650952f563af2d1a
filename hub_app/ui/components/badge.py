from collections.abc import Mapping
from typing import Literal, cast

import reflex as rx

from hub_app.ui.elements import Text

Tone = Literal["success", "warning", "danger", "info", "neutral"]


def badge(text: Text, tone: Tone | rx.Var[str] = "neutral", *, dot: bool = True) -> rx.Component:
    """A state in one or two words, with a dot; colour is never the only sign.

    badge("Enabled", "success")
    """
    kind = f"hub-badge hub-badge-{tone}" if dot else f"hub-badge hub-badge-plain hub-badge-{tone}"
    return rx.el.span(text, class_name=kind)


def status_badge(status: Text, words: Mapping[str, tuple[str, Tone]]) -> rx.Component:
    """The badge of a state that the server names.

    status_badge(row.status, {"succeeded": ("Succeeded", "success"), "failed": ("Failed", "danger")})
    """
    chosen = rx.match(status, *((name, badge(*word)) for name, word in words.items()), badge(status))
    return cast("rx.Component", chosen)


_METHODS: dict[str, Tone] = {
    "GET": "info",
    "POST": "success",
    "PUT": "warning",
    "PATCH": "warning",
    "DELETE": "danger",
}


def method_badge(method: Text) -> rx.Component:
    """An HTTP method, coloured by what it does."""
    chosen = rx.match(
        method, *((name, badge(name, tone, dot=False)) for name, tone in _METHODS.items()), badge(method)
    )
    return rx.fragment(chosen)
