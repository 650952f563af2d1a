"""The dialog that sends failed deliveries again."""

import reflex as rx

from hub_app.ui.components import confirm, filter_select
from hub_app.webhooks.state.recovery import SPANS, Recovery


def recovery_dialog() -> rx.Component:
    some = rx.cond(
        Recovery.count == 1,
        "One delivery failed. It is sent again at once, and retried as if it were new.",
        f"{Recovery.many} deliveries failed. They are sent again at once, and retried as if they were new.",
    )
    return confirm(
        filter_select("Failed in the", Recovery.span, list(SPANS.items()), on_change=Recovery.choose),
        title="Resend what failed?",
        text=rx.cond(Recovery.count == 0, "Nothing failed in this time.", some),
        action="Resend",
        open=Recovery.dialog == "recover",
        on_open_change=Recovery.toggle,
        on_cancel=Recovery.close,
        on_confirm=Recovery.start,
        busy=Recovery.busy,
        danger=False,
    )
