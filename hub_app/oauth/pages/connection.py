"""The drawer of one connection."""

from functools import partial
from typing import cast

import reflex as rx

from hub_app.oauth.pages.marks import STATES
from hub_app.oauth.state.catalogue import CatalogueState
from hub_app.oauth.state.connection import ConnectionState, ScopeRow
from hub_app.ui import components as ui

_GRANTED: dict[str, tuple[str, ui.Tone]] = {
    "granted": ("Granted", "success"),
    "missing": ("Not granted", "warning"),
    "extra": ("Granted, not requested", "info"),
}


def connection_drawer() -> rx.Component:
    return rx.fragment(
        ui.drawer(
            ConnectionState,
            rx.cond(ConnectionState.stopped != "", _stopped(), _failure()),
            _actions(),
            _facts(),
            _scopes(),
            rx.cond(ConnectionState.kept.length() > 0, _kept()),
            rx.el.p(
                ui.audited("records connecting, manual refreshes and disconnecting.", ConnectionState.id),
                class_name="hub-help",
            ),
            title=ConnectionState.app,
            sub=ConnectionState.account,
            badge=ui.status_badge(
                rx.cond(ConnectionState.stopped != "", "stopped", ConnectionState.status), STATES
            ),
        ),
        _disconnect(),
    )


def _stopped() -> rx.Component:
    may = ConnectionState.consent != ""
    again = rx.cond(may, ui.button_link("Give consent again", ConnectionState.consent, small=True))
    who = rx.cond(may, "", " The person who connected it and customer admins can give it again.")
    return ui.callout(
        rx.fragment(ConnectionState.stopped, " Hub keeps its tokens but does not use them.", who),
        "danger",
        title="Hub does not use this connection",
        action=again,
    )


def _failure() -> rx.Component:
    error = ConnectionState.error
    shown = rx.match(
        ConnectionState.status,
        (
            "expired",
            ui.callout(
                rx.fragment(error, " Whatever uses this connection waits until it is connected again."),
                "danger",
                title="Access has expired",
            ),
        ),
        (
            "error",
            ui.callout(
                rx.fragment(error, " Hub will try again."),
                "warning",
                title="The access token could not be refreshed",
            ),
        ),
        (
            "revoked",
            ui.callout(
                rx.fragment(error, " Hub no longer has its tokens. Whatever used it has stopped."),
                "neutral",
                title="Disconnected",
            ),
        ),
        rx.cond(error != "", ui.callout(error, "warning", title="The last refresh failed")),
    )
    return cast("rx.Component", shown)


def _actions() -> rx.Component:
    reconnect = partial(
        ui.button,
        "Reconnect",
        small=True,
        mark="plug",
        on_click=ConnectionState.reconnect(ConnectionState.id),
    )
    mine = rx.fragment(
        rx.cond(ConnectionState.status == "connected", reconnect(), reconnect("primary")),
        rx.cond(
            ConnectionState.refreshes & (ConnectionState.status != "revoked"),
            ui.button(
                "Refresh now",
                small=True,
                mark="refresh_cw",
                busy=ConnectionState.busy & (ConnectionState.dialog == ""),
                on_click=ConnectionState.refresh,
            ),
        ),
        rx.cond(
            (ConnectionState.scopes.length() > 0) & (ConnectionState.slug != ""),
            ui.button(
                "Choose scopes",
                small=True,
                mark="list_checks",
                on_click=CatalogueState.ask_scopes_again(ConnectionState.id),
                attributes=ui.opener(CatalogueState, "scopes", ConnectionState.id),
            ),
        ),
    )
    end = ui.button(
        "Disconnect", "danger-quiet", small=True, mark="unplug", on_click=ConnectionState.ask("disconnect")
    )
    nobody = ~(ConnectionState.may_use | ConnectionState.may_disconnect) & (
        ConnectionState.status != "revoked"
    )
    return rx.el.div(
        rx.cond(ConnectionState.may_use & (ConnectionState.stopped == ""), mine),
        rx.cond(ConnectionState.may_disconnect, end),
        rx.cond(nobody, ui.only_line("The person who connected it and customer admins can change it.")),
        class_name="hub-row",
    )


def _facts() -> rx.Component:
    alive = (ConnectionState.status == "connected") | (ConnectionState.status == "error")
    ends = ui.time(ConnectionState.expires_at, show="moment", none="does not expire")
    renewed = rx.cond(
        ConnectionState.refreshes,
        rx.fragment("by Hub, last ", ui.time(ConnectionState.refreshed_at)),
        "by connecting again: the app issued no refresh token",
    )
    return ui.facts(
        (
            "Connected by",
            rx.cond(ConnectionState.owner != "", ConnectionState.owner, "A connector of the tenant"),
        ),
        (
            "Account",
            rx.cond(ConnectionState.account != "", ConnectionState.account, "Not provided by the app"),
        ),
        (
            "Account ID",
            rx.el.span(rx.cond(ConnectionState.account_id != "", ConnectionState.account_id, "—")),
        ),
        ("Access expires", rx.cond(alive, ends, "Expired")),
        ("Refreshed", rx.cond(alive, renewed, rx.fragment("last ", ui.time(ConnectionState.refreshed_at)))),
        ("First connected", ui.time(ConnectionState.since, show="date")),
    )


def _scopes() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Scopes", class_name="hub-h2"),
        rx.cond(
            ConnectionState.scopes.length() > 0,
            rx.el.ul(rx.foreach(ConnectionState.scopes, _scope), class_name="hub-attempts"),
            rx.el.p("None were requested, and the app reported none.", class_name="hub-small hub-text-2"),
        ),
    )


def _scope(row: rx.vars.ObjectVar[ScopeRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(row.scope, class_name="hub-mono hub-break"),
            rx.cond(row.words != "", rx.el.span(row.words, class_name="hub-sub")),
        ),
        rx.el.span(ui.status_badge(row.state, _GRANTED)),
    )


def _kept() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Values from the token response", class_name="hub-h2"),
        rx.el.ul(
            rx.foreach(
                ConnectionState.kept,
                lambda pair: rx.el.li(
                    rx.el.span(pair[0], class_name="hub-mono hub-text-2"), ui.badge(pair[1], dot=False)
                ),
            ),
            class_name="hub-attempts",
        ),
    )


def _disconnect() -> rx.Component:
    return ui.confirm(
        ConnectionState,
        "disconnect",
        f"Disconnect {ConnectionState.app}",
        text=(
            "Hub revokes the tokens, if the app supports it, and deletes them. Connectors and plans that use this"
            " account stop until someone connects it again. The connection stays in the list as disconnected."
        ),
        on_confirm=ConnectionState.disconnect,
    )
