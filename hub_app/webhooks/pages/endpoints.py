"""The endpoints page: where events go, and how each receiver fares."""

import reflex as rx

from hub_app.ui.components import (
    Column,
    Pager,
    badge,
    button,
    card,
    empty,
    form_dialog,
    only,
    sparkline,
    status_badge,
    table,
    time,
)
from hub_app.ui.components.badge import Tone
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page
from hub_app.webhooks.pages.fields import endpoint_fields
from hub_app.webhooks.state.endpoints import EndpointRow, EndpointsState

STATES: dict[str, tuple[str, Tone]] = {
    "enabled": ("Enabled", "success"),
    "off": ("Off", "neutral"),
    "failing": ("Failing", "danger"),
}
_WHO = "Customer admins can add and change endpoints."


def page_of_endpoints() -> rx.Component:
    return page(
        "Endpoints",
        "Where Hub sends your events.",
        card(_list(), flush=True),
        _create(),
        actions=[
            only(
                SessionState.is_admin,
                button("Add endpoint", "primary", mark="plus", on_click=EndpointsState.ask_create),
                _WHO,
            )
        ],
        breadcrumb=[("Webhooks", "")],
    )


def _list() -> rx.Component:
    return table(
        "Endpoints",
        [
            Column(label="Name", cell=_name),
            Column(label="State", cell=lambda row: state_badge(row.state, row.failing_since)),
            Column(label="Success (24 h)", cell=_rate, phone=False),
            Column(
                label="Last delivery",
                cell=lambda row: time(row.last_at),
                end=True,
                quiet=True,
                phone=False,
            ),
        ],
        EndpointsState.rows,
        loaded=EndpointsState.loaded,
        empty=empty(
            "webhook",
            "No endpoints yet",
            "An endpoint is a URL of yours to which Hub sends signed events, with retries. "
            "Add one, then send it a test.",
            only(
                SessionState.is_admin,
                button("Add endpoint", "primary", on_click=EndpointsState.ask_create),
                _WHO,
            ),
        ),
        href=lambda row: row.href,
        pager=Pager(previous=EndpointsState.previous, next=EndpointsState.next),
    )


def _name(row: rx.vars.ObjectVar[EndpointRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.origin, class_name="hub-sub hub-mono"))


def state_badge(state: rx.Var[str], failing_since: rx.Var[str]) -> rx.Component:
    """An endpoint's state; for one that fails everything, since when."""
    since = rx.el.span("since ", time(failing_since, show="moment"), class_name="hub-sub")
    return rx.el.div(status_badge(state, STATES), rx.cond(state == "failing", since))


def _rate(row: rx.vars.ObjectVar[EndpointRow]) -> rx.Component:
    drawn = rx.el.div(
        rx.el.span(row.rate, class_name="hub-figures"),
        rx.cond(row.spark != "", sparkline(row.spark, label="Success rate of the last 24 hours")),
        class_name="hub-row",
    )
    return rx.cond(row.rate != "", drawn, badge("Nothing sent", dot=False))


def _create() -> rx.Component:
    return form_dialog(
        EndpointsState,
        "create",
        *endpoint_fields(EndpointsState),
        title="Add endpoint",
        text="Hub posts each event to this URL as JSON, with a signature that your receiver can verify.",
        on_submit=EndpointsState.create,
        submit="Add endpoint",
    )
