"""The endpoints page: where events go, and how each receiver fares."""

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page
from hub_app.webhooks.pages.fields import endpoint_fields
from hub_app.webhooks.state.endpoints import EndpointRow, EndpointsState

STATES: dict[str, tuple[str, ui.Tone]] = {
    "enabled": ("Enabled", "success"),
    "off": ("Off", "neutral"),
    "failing": ("Failing", "danger"),
}
_WHO = "Customer admins can add and change endpoints."


def page_of_endpoints() -> rx.Component:
    return page(
        "Endpoints",
        "Where Hub sends your events.",
        ui.card(_list(), flush=True),
        _create(),
        actions=[
            ui.only(
                SessionState.is_admin,
                ui.button(
                    "Add endpoint",
                    "primary",
                    mark="plus",
                    on_click=EndpointsState.ask_create,
                    attributes=ui.opener(EndpointsState, "create"),
                ),
                _WHO,
            )
        ],
        breadcrumb=[("Webhooks", "")],
    )


def _list() -> rx.Component:
    return ui.table(
        "Endpoints",
        [
            ui.Column(label="Name", cell=_name),
            ui.Column(label="State", cell=_state),
            ui.Column(label="Success (24 h)", cell=_rate, phone=False),
            ui.Column(
                label="Last delivery",
                cell=lambda row: ui.time(row.last_at),
                end=True,
                quiet=True,
                phone=False,
            ),
        ],
        EndpointsState.rows,
        loaded=EndpointsState.loaded,
        empty=ui.empty(
            "webhook",
            "No endpoints yet",
            "An endpoint is a URL of yours to which Hub sends signed events, with retries. "
            "Add one, then send it a test.",
            ui.only(
                SessionState.is_admin,
                ui.button(
                    "Add endpoint",
                    "primary",
                    on_click=EndpointsState.ask_create,
                    attributes=ui.opener(EndpointsState, "create"),
                ),
                _WHO,
            ),
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=EndpointsState.previous, next=EndpointsState.next),
    )


def _name(row: rx.vars.ObjectVar[EndpointRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.origin, class_name="hub-sub hub-mono"))


def _state(row: rx.vars.ObjectVar[EndpointRow]) -> rx.Component:
    """An endpoint's state; for one that fails everything, since when."""
    since = rx.el.span("since ", ui.time(row.failing_since, show="moment"), class_name="hub-sub")
    again = rx.el.span("turned on again ", ui.time(row.turned_on_at), class_name="hub-sub")
    return rx.el.div(
        ui.status_badge(row.state, STATES),
        rx.cond(row.state == "failing", rx.fragment(since, rx.cond(row.turned_on_at != "", again))),
    )


def _rate(row: rx.vars.ObjectVar[EndpointRow]) -> rx.Component:
    drawn = rx.el.div(
        rx.el.span(row.rate, class_name="hub-figures"),
        rx.cond(row.spark != "", ui.sparkline(row.spark, label="Success rate of the last 24 hours")),
        class_name="hub-row",
    )
    return rx.cond(row.rate != "", drawn, ui.badge("Nothing sent", dot=False))


def _create() -> rx.Component:
    return ui.form_dialog(
        EndpointsState,
        "create",
        *endpoint_fields(EndpointsState),
        title="Add endpoint",
        text="Hub posts each event to this URL as JSON, with a signature that your receiver can verify.",
        on_submit=EndpointsState.create,
        submit="Add endpoint",
    )
