"""The drawer of one connection."""

from typing import cast

import reflex as rx

from hub_app.oauth.pages.marks import STATES
from hub_app.oauth.state.catalogue import Catalogue
from hub_app.oauth.state.connection import Connection, ScopeRow
from hub_app.ui.components import (
    badge,
    button,
    callout,
    confirm,
    drawer,
    facts,
    only_line,
    status_badge,
    time,
)
from hub_app.ui.components.badge import Tone

_GRANTED: dict[str, tuple[str, Tone]] = {
    "granted": ("Granted", "success"),
    "missing": ("Not granted", "warning"),
    "extra": ("Granted, not asked for", "info"),
}


def connection_drawer() -> rx.Component:
    return rx.fragment(
        drawer(
            _trouble(),
            _actions(),
            _facts(),
            _scopes(),
            rx.cond(Connection.kept.length() > 0, _kept()),
            rx.el.p(
                "Connecting, renewing by hand and disconnecting are in the audit log.", class_name="hub-help"
            ),
            title=Connection.app,
            sub=Connection.account,
            badge=status_badge(Connection.status, STATES),
            open=Connection.id != "",
            on_open_change=Connection.turn,
            on_close=Connection.shut,
        ),
        _disconnect(),
    )


def _trouble() -> rx.Component:
    error = Connection.error
    shown = rx.match(
        Connection.status,
        (
            "expired",
            callout(
                rx.fragment(error, " What uses this connection waits until it is connected again."),
                "danger",
                title="The access has ended",
            ),
        ),
        (
            "error",
            callout(
                rx.fragment(error, " Hub tries again by itself."),
                "warning",
                title="The access could not be renewed",
            ),
        ),
        (
            "revoked",
            callout(
                rx.fragment(error, " Hub holds no tokens of it. What used it has stopped."),
                "neutral",
                title="Disconnected",
            ),
        ),
        rx.cond(error != "", callout(error, "warning", title="The last renewal failed")),
    )
    return cast("rx.Component", shown)


def _actions() -> rx.Component:
    mine = rx.fragment(
        rx.cond(
            Connection.status == "connected",
            button("Reconnect", small=True, mark="plug", on_click=Connection.reconnect(Connection.id)),
            button(
                "Reconnect", "primary", small=True, mark="plug", on_click=Connection.reconnect(Connection.id)
            ),
        ),
        rx.cond(
            Connection.refreshes & (Connection.status != "revoked"),
            button(
                "Refresh now",
                small=True,
                mark="refresh_cw",
                busy=Connection.busy & (Connection.dialog == ""),
                on_click=Connection.refresh,
            ),
        ),
        rx.cond(
            Connection.scopes.length() > 0,
            rx.cond(
                Connection.slug != "",
                button(
                    "Choose scopes",
                    small=True,
                    mark="list_checks",
                    on_click=Catalogue.ask_scopes_again(Connection.id),
                ),
            ),
        ),
    )
    end = button("Disconnect", "danger-quiet", small=True, mark="unplug", on_click=Connection.ask_disconnect)
    nobody = ~(Connection.may_use | Connection.may_disconnect) & (Connection.status != "revoked")
    return rx.el.div(
        rx.cond(Connection.may_use, mine),
        rx.cond(Connection.may_disconnect, end),
        rx.cond(nobody, only_line("Its owner and customer admins can change it.")),
        class_name="hub-row",
    )


def _facts() -> rx.Component:
    alive = (Connection.status == "connected") | (Connection.status == "error")
    ends = time(Connection.expires_at, show="moment", none="not by itself")
    renewed = rx.cond(
        Connection.refreshes,
        rx.fragment("by Hub, last ", time(Connection.refreshed_at)),
        "by connecting again: the app gave no refresh token",
    )
    return facts(
        ("Connected by", rx.cond(Connection.owner != "", Connection.owner, "A connector of the tenant")),
        ("Account", rx.cond(Connection.account != "", Connection.account, "The app did not name it")),
        ("Account id", rx.el.span(rx.cond(Connection.account_id != "", Connection.account_id, "—"))),
        ("Access ends", rx.cond(alive, ends, "It has ended")),
        ("Renewed", rx.cond(alive, renewed, rx.fragment("last ", time(Connection.refreshed_at)))),
        ("First connected", time(Connection.since, show="date")),
    )


def _scopes() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Scopes", class_name="hub-h2"),
        rx.cond(
            Connection.scopes.length() > 0,
            rx.el.ul(rx.foreach(Connection.scopes, _scope), class_name="hub-attempts"),
            rx.el.p("None were asked for, and the app named none.", class_name="hub-small hub-text-2"),
        ),
    )


def _scope(row: rx.vars.ObjectVar[ScopeRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(row.scope, class_name="hub-mono hub-break"),
            rx.cond(row.words != "", rx.el.span(row.words, class_name="hub-sub")),
        ),
        rx.el.span(status_badge(row.state, _GRANTED)),
    )


def _kept() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Kept from the app's answer", class_name="hub-h2"),
        rx.el.ul(
            rx.foreach(
                Connection.kept,
                lambda pair: rx.el.li(
                    rx.el.span(pair[0], class_name="hub-mono hub-text-2"), badge(pair[1], dot=False)
                ),
            ),
            class_name="hub-attempts",
        ),
    )


def _disconnect() -> rx.Component:
    return confirm(
        title=f"Disconnect {Connection.app}?",
        text=(
            "Hub gives the tokens back, where the app takes them, and forgets them. Connectors, plans and bindings that"
            " use this account stop until someone connects it again. The entry stays in the list as disconnected."
        ),
        action=f"Disconnect {Connection.app}",
        open=Connection.dialog == "disconnect",
        on_open_change=Connection.toggle,
        on_cancel=Connection.close,
        on_confirm=Connection.disconnect,
        busy=Connection.busy,
    )
