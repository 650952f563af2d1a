"""The deliveries tab: a live list."""

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.webhooks.state.address import STATUSES
from hub_app.webhooks.state.deliveries import DeliveriesState, DeliveryRow
from hub_app.webhooks.state.endpoint import EndpointState
from hub_app.webhooks.state.recovery import SPANS, RecoveryState

BADGES: dict[str, tuple[str, ui.Tone]] = {
    "succeeded": ("Succeeded", "success"),
    "failed": ("Failed", "danger"),
    "retrying": ("Retrying", "warning"),
    "pending": ("Waiting", "info"),
    "delivering": ("Sending", "info"),
    "expired": ("Expired", "danger"),
    "cancelled": ("Cancelled", "neutral"),
}


def deliveries_tab() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            ui.filter_bar(
                ui.filter_select(
                    "Status",
                    DeliveriesState.status,
                    [("", "All"), *STATUSES.items()],
                    on_change=DeliveriesState.filter("status"),
                ),
                ui.filter_select(
                    "Event type",
                    DeliveriesState.type,
                    DeliveriesState.types,
                    on_change=DeliveriesState.filter("type"),
                ),
            ),
            ui.only(
                SessionState.is_engineer,
                ui.button("Resend failed", mark="refresh_cw", small=True, on_click=RecoveryState.ask_recover),
            ),
            class_name="hub-row hub-row-between",
        ),
        _recover(),
        ui.card(_list(), flush=True),
        class_name="hub-stack",
    )


def _list() -> rx.Component:
    filtered = (DeliveriesState.status != "") | (DeliveriesState.type != "")
    return ui.table(
        "Deliveries",
        [
            ui.Column(label="Event", cell=_event),
            ui.Column(label="Result", cell=_result),
            ui.Column(label="Time", cell=lambda row: row.duration, end=True, quiet=True, phone=False),
            ui.Column(label="Attempts", cell=lambda row: row.attempts, end=True, phone=False),
            ui.Column(label="When", cell=lambda row: ui.time(row.at), end=True, quiet=True),
        ],
        DeliveriesState.rows,
        loaded=DeliveriesState.loaded,
        empty=rx.cond(
            filtered,
            ui.empty(
                "inbox", "No matching deliveries", "No delivery matches these filters. Change or clear them."
            ),
            ui.empty(
                "inbox",
                "No deliveries yet",
                "Every event sent to this endpoint appears here automatically, with each attempt.",
                ui.button_link("Send a test", f"{EndpointState.here}?tab=test"),
            ),
        ),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == DeliveriesState.selected,
        pager=ui.Pager(previous=DeliveriesState.previous, next=DeliveriesState.next),
    )


def _event(row: rx.vars.ObjectVar[DeliveryRow]) -> rx.Component:
    return rx.fragment(row.type, rx.el.span(row.message, class_name="hub-sub hub-mono"))


def _result(row: rx.vars.ObjectVar[DeliveryRow]) -> rx.Component:
    retrying = rx.el.span(
        "Retrying ", ui.due(row.next_at, past="now"), class_name="hub-badge hub-badge-warning"
    )
    return rx.el.span(
        rx.cond(row.next_at != "", retrying, ui.status_badge(row.status, BADGES)),
        rx.el.span(row.answer, class_name="hub-mono hub-small hub-text-2"),
        class_name="hub-row",
    )


def _recover() -> rx.Component:
    some = rx.cond(
        RecoveryState.count == 1,
        "One delivery failed. It is sent again now, and retried like a new one.",
        f"{RecoveryState.many} deliveries failed. They are sent again now, and retried like new ones.",
    )
    return ui.confirm(
        RecoveryState,
        "recover",
        "Resend failed deliveries",
        ui.filter_select(
            "Failed in the", RecoveryState.span, list(SPANS.items()), on_change=RecoveryState.choose
        ),
        text=rx.cond(RecoveryState.count == 0, "No delivery failed in this period.", some),
        action="Resend",
        on_confirm=RecoveryState.start,
        danger=False,
        possible=RecoveryState.count > 0,
    )
