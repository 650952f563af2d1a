"""The OAuth connections page: what is connected, and what can be."""

from functools import partial
from typing import cast

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.oauth.pages.catalogue import catalogue, dialogs
from hub_app.oauth.pages.connection import connection_drawer
from hub_app.oauth.pages.marks import STATES, app_mark
from hub_app.oauth.state.address import CONNECTIONS, STATUSES
from hub_app.oauth.state.connection import ConnectionState
from hub_app.oauth.state.connections import ConnectionRow, ConnectionsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

_WHAT = "A connection lets Hub use your account at another service, without your password and only for what you allow."
_WHO = f"{Role.ENGINEER.label}s can connect apps."


def page_of_connections() -> rx.Component:
    return page(
        "OAuth connections",
        "Accounts at outside services that Hub may use on your behalf.",
        _banner(),
        rx.cond(SessionState.is_admin, _tabs()),
        _filters(),
        ui.card(_list(), flush=True),
        rx.cond(ConnectionsState.whose == "", catalogue()),
        connection_drawer(),
        dialogs(),
        actions=[ui.only(SessionState.is_engineer, rx.fragment(), _WHO)],
        breadcrumb=[("Apps", "")],
    )


def _banner() -> rx.Component:
    banner = ConnectionsState.banner.to(dict[str, str])
    action = rx.el.span(
        rx.cond(banner["href"] != "", ui.button_link("Show", banner["href"], small=True)),
        ui.button_link("Close", CONNECTIONS, "ghost", small=True),
        class_name="hub-row",
    )
    told = partial(ui.callout, banner["text"], title=banner["title"], action=action, alert=True)
    shown = rx.match(
        banner["tone"], ("success", told("success")), ("warning", told("warning")), told("danger")
    )
    return rx.cond(banner["title"] != "", cast("rx.Component", shown))


def _tabs() -> rx.Component:
    return ui.tabs(
        "Whose connections",
        rx.cond(ConnectionsState.whose == "", "own", "everyone"),
        ("own", "Yours", CONNECTIONS),
        ("everyone", "Everyone's", f"{CONNECTIONS}?of=everyone"),
    )


def _filters() -> rx.Component:
    options = [("", "All"), *STATUSES.items()]
    return rx.cond(
        (ConnectionsState.rows.length() > 0) | (ConnectionsState.status != ""),
        ui.filter_bar(
            ui.filter_select(
                "State", ConnectionsState.status, options, on_change=ConnectionsState.filter("status")
            )
        ),
    )


def _list() -> rx.Component:
    return ui.table(
        "Connections",
        [
            ui.Column(label="Account", cell=_account),
            ui.Column(label="State", cell=_state),
            ui.Column(label="Scopes", cell=_scopes, phone=False),
            ui.Column(label="Access expires", cell=_end, quiet=True, phone=False),
            ui.Column(label="Actions", cell=_again, end=True, tight=True, hide_label=True, phone=False),
        ],
        ConnectionsState.rows,
        loaded=ConnectionsState.loaded,
        empty=rx.cond(ConnectionsState.status != "", _none_such(), _none()),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: ConnectionsState.selected == row.id,
        pager=ui.Pager(previous=ConnectionsState.previous, next=ConnectionsState.next),
    )


def _none() -> rx.Component:
    return ui.empty(
        "plug",
        "Nothing is connected yet",
        rx.cond(
            SessionState.is_engineer,
            f"{_WHAT} Choose an app below and select Connect. The app then asks you to allow access.",
            _WHAT,
        ),
    )


def _none_such() -> rx.Component:
    return ui.empty(
        "list_filter",
        "No matching connections",
        "No connection is in this state.",
        ui.button_link(
            "Show all", rx.cond(ConnectionsState.whose == "", CONNECTIONS, f"{CONNECTIONS}?of=everyone")
        ),
    )


def _account(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    owner = rx.cond(ConnectionsState.whose == "everyone", f" · {row.owner}", "")
    return rx.el.span(
        app_mark(row.logo, row.initials),
        rx.el.span(row.app, rx.el.span(row.account, owner, class_name="hub-sub hub-break")),
        class_name="hub-row hub-row-firm",
    )


def _state(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    return rx.el.div(
        ui.status_badge(row.status, STATES),
        rx.cond(
            (row.error != "") & (row.status != "connected"),
            rx.el.span(row.error, class_name="hub-sub hub-wide-only"),
        ),
    )


def _scopes(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    return rx.fragment(row.scopes, rx.cond(row.missing != "", rx.el.span(row.missing, class_name="hub-sub")))


def _end(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    renewed = rx.el.span("Hub refreshes it first", class_name="hub-sub")
    ends = rx.fragment(ui.time(row.expires_at, none="does not expire"), rx.cond(row.refreshes, renewed))
    return rx.cond((row.status == "connected") | (row.status == "error"), ends, "—")


def _again(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    return rx.cond(
        row.again,
        rx.el.span(
            ui.button("Reconnect", small=True, mark="refresh_cw", on_click=ConnectionState.reconnect(row.id)),
            class_name="hub-above",
        ),
    )
