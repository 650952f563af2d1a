"""The bar of a lost connection, in place of Reflex's own toast, and the other things around every page."""

from collections.abc import Callable

import reflex as rx
from reflex.app import default_error_boundary
from reflex_base.components.component import Component
from reflex_components_core.core.banner import has_connection_errors

from hub_app.ui.icons import icon


def banner() -> rx.Component:
    """Says that nothing can be saved now. It goes by itself, and offers a reload after half a minute."""
    bar = rx.el.div(
        icon("unplug"),
        rx.el.span(
            "Connection lost.",
            # What is not typed into a field is in the server's memory alone.
            rx.el.span(" What you typed is kept.", class_name="hub-offline-kept"),
            rx.el.span(" Nothing can be saved until Hub is back.", class_name="hub-offline-more"),
        ),
        rx.el.button(
            "Reload",
            type="button",
            class_name="hub-link hub-offline-late",
            # By script of our own: no event of Reflex's runs while the connection is down.
            custom_attrs={"data-reload": ""},
        ),
        class_name="hub-offline",
    )
    # In a fragment: Reflex puts the page into the wrap's outermost element, and the page is no status.
    return rx.fragment(rx.el.div(rx.cond(has_connection_errors, bar), role="status"))


# Replaces the default of rx.App, which holds Reflex's connection toast.
APP_WRAPS: dict[tuple[int, str], Callable[[bool], Component | None]] = {
    (55, "ErrorBoundary"): lambda _: default_error_boundary(),
    (5, "Overlay"): lambda stateful: banner() if stateful else None,
}
