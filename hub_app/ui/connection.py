"""The banner of a lost connection, in place of Reflex's own toast, and the other things around every page."""

from collections.abc import Callable

import reflex as rx
from reflex.app import default_error_boundary
from reflex_base.components.component import Component
from reflex_components_core.core.banner import has_connection_errors

from hub_app.ui.icons import icon


def banner() -> rx.Component:
    """Says that nothing can be saved now. It goes by itself, and offers a reload after half a minute."""
    return rx.el.div(
        rx.cond(
            has_connection_errors,
            rx.el.div(
                icon("unplug"),
                rx.el.span(
                    "The connection to Hub is lost. Nothing can be saved until it is back. What you typed is kept on this page."
                ),
                rx.el.button(
                    "Reload the page",
                    type="button",
                    class_name="hub-link hub-offline-late",
                    # By script of our own: no event of Reflex's runs while the connection is down.
                    custom_attrs={"data-reload": ""},
                ),
                class_name="hub-offline",
            ),
        ),
        role="status",
    )


# Replaces the default of rx.App, which holds Reflex's connection toast.
APP_WRAPS: dict[tuple[int, str], Callable[[bool], Component | None]] = {
    (55, "ErrorBoundary"): lambda _: default_error_boundary(),
    (5, "Overlay"): lambda stateful: banner() if stateful else None,
}
