"""What somebody must know on whatever page they are (kernel/notices.py), above it."""

from typing import cast

import reflex as rx

from hub_app.kernel.notices import Notice
from hub_app.ui.components.button import button_link
from hub_app.ui.components.callout import callout
from hub_app.ui.session import SessionState


def notices() -> rx.Component:
    """The notices for who is signed in; nothing while there are none."""
    shown = rx.el.section(
        rx.foreach(SessionState.notices, notice),
        class_name="hub-stack hub-notices",
        custom_attrs={"aria-label": "Notices"},
    )
    return rx.cond(SessionState.ready & (SessionState.notices.length() > 0), shown, rx.fragment())


def notice(one: rx.vars.ObjectVar[Notice]) -> rx.Component:
    link = button_link(one.label, one.href, small=True)
    chosen = rx.match(
        one.tone,
        ("danger", callout(one.text, "danger", action=link)),
        callout(one.text, "warning", action=link),
    )
    return cast("rx.Component", chosen)
