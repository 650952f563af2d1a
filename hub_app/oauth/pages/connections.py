"""The OAuth connections page: what is connected, and what can be."""

from typing import cast

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.oauth.pages.catalogue import catalogue, dialogs
from hub_app.oauth.pages.connection import connection_drawer
from hub_app.oauth.pages.marks import STATES, app_mark
from hub_app.oauth.state.connection import Connection
from hub_app.oauth.state.connections import ConnectionRow, Connections
from hub_app.oauth.state.place import CONNECTIONS, STATUSES
from hub_app.ui.components import (
    Column,
    Pager,
    button,
    button_link,
    callout,
    card,
    empty,
    filter_bar,
    filter_select,
    only,
    status_badge,
    table,
    tabs,
    time,
)
from hub_app.ui.session import Session
from hub_app.ui.shell import page

_WHAT = "A connection lets Hub use an account of yours elsewhere, without your password there and only for what you allow."
_WHO = f"{Role.ENGINEER.label}s can connect apps."


def page_of_connections() -> rx.Component:
    return page(
        "OAuth connections",
        "Accounts at outside services that Hub may use on your behalf.",
        _banner(),
        rx.cond(Session.is_admin, _tabs()),
        _filters(),
        card(_list(), flush=True),
        rx.cond(Connections.whose == "", catalogue()),
        connection_drawer(),
        dialogs(),
        actions=[only(Session.is_engineer, rx.fragment(), _WHO)],
        breadcrumb=[("Apps", "")],
    )


def _banner() -> rx.Component:
    banner = Connections.banner.to(dict[str, str])
    action = rx.el.span(
        rx.cond(banner["href"] != "", button_link("Show it", banner["href"], small=True)),
        button_link("Close", CONNECTIONS, "ghost", small=True),
        class_name="hub-row",
    )
    shown = rx.match(
        banner["tone"],
        ("success", callout(banner["text"], "success", title=banner["title"], action=action, alert=True)),
        ("warning", callout(banner["text"], "warning", title=banner["title"], action=action, alert=True)),
        callout(banner["text"], "danger", title=banner["title"], action=action, alert=True),
    )
    return rx.cond(banner["title"] != "", cast("rx.Component", shown))


def _tabs() -> rx.Component:
    return tabs(
        "Whose connections",
        rx.cond(Connections.whose == "", "own", "everyone"),
        ("own", "Yours", CONNECTIONS),
        ("everyone", "Everyone's", f"{CONNECTIONS}?of=everyone"),
    )


def _filters() -> rx.Component:
    options = [("", "All"), *STATUSES.items()]
    return rx.cond(
        (Connections.rows.length() > 0) | (Connections.status != ""),
        filter_bar(filter_select("State", Connections.status, options, on_change=Connections.filter_status)),
    )


def _list() -> rx.Component:
    return table(
        "Connections",
        [
            Column(label="Account", cell=_account),
            Column(label="State", cell=_state),
            Column(label="Scopes", cell=_scopes, phone=False),
            Column(label="Access ends", cell=_end, quiet=True, phone=False),
            Column(label="Actions", cell=_again, end=True, tight=True, hide_label=True, phone=False),
        ],
        Connections.rows,
        loaded=Connections.loaded,
        empty=rx.cond(Connections.status != "", _none_such(), _none()),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: Connections.selected == row.id,
        pager=Pager(previous=Connections.previous, next=Connections.next),
    )


def _none() -> rx.Component:
    return empty(
        "plug",
        "Nothing is connected yet",
        rx.cond(
            Session.is_engineer,
            f"{_WHAT} Choose an app below and press Connect; the app then asks you to allow the access.",
            _WHAT,
        ),
    )


def _none_such() -> rx.Component:
    return empty(
        "list_filter",
        "No such connections",
        "None of them is in this state.",
        button_link("Show all", rx.cond(Connections.whose == "", CONNECTIONS, f"{CONNECTIONS}?of=everyone")),
    )


def _account(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    owner = rx.cond(Connections.whose == "everyone", f" · {row.owner}", "")
    return rx.el.span(
        app_mark(row.logo, row.initials),
        rx.el.span(row.app, rx.el.span(row.account, owner, class_name="hub-sub hub-break")),
        class_name="hub-row hub-row-firm",
    )


def _state(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    return rx.el.div(
        status_badge(row.status, STATES),
        rx.cond(
            (row.error != "") & (row.status != "connected"),
            rx.el.span(row.error, class_name="hub-sub hub-wide-only"),
        ),
    )


def _scopes(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    return rx.fragment(row.scopes, rx.cond(row.missing != "", rx.el.span(row.missing, class_name="hub-sub")))


def _end(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    renewed = rx.el.span("Hub renews it before", class_name="hub-sub")
    ends = rx.fragment(time(row.expires_at, none="not by itself"), rx.cond(row.refreshes, renewed))
    return rx.cond((row.status == "connected") | (row.status == "error"), ends, "—")


def _again(row: rx.vars.ObjectVar[ConnectionRow]) -> rx.Component:
    return rx.cond(
        row.again,
        rx.el.span(
            button("Reconnect", small=True, mark="refresh_cw", on_click=Connection.reconnect(row.id)),
            class_name="hub-above",
        ),
    )
