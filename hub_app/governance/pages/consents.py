"""Consents: the status of each connection, the history with a drawer, and how the tenant asks."""

from typing import cast

import reflex as rx

from hub_app.governance.pages.consent_drawer import BADGES, consent_drawer
from hub_app.governance.pages.consent_status import dialogs, renew_button, status_tab
from hub_app.governance.state.consent_address import HERE, STATES, TYPES
from hub_app.governance.state.consent_status import ConsentStatusState
from hub_app.governance.state.consents import ConsentRow, ConsentSettingsState, ConsentsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page
from hub_app.ui.spans import SPANS


def page_of_consents() -> rx.Component:
    shown = rx.match(ConsentStatusState.tab, ("history", _history()), ("settings", _settings()), status_tab())
    return page(
        "Consents",
        "The outside systems that Hub may call, and who gave consent. Hub stops calling a system as soon as consent is revoked.",
        ui.tabs(
            "Consents",
            ConsentStatusState.tab,
            ("status", "Connections", HERE),
            ("history", "History", f"{HERE}?tab=history"),
            ("settings", "Settings", f"{HERE}?tab=settings"),
        ),
        cast("rx.Component", shown),
        consent_drawer(),
        dialogs(),
        actions=[renew_button()],
        breadcrumb=[("Governance", "")],
    )


def _history() -> rx.Component:
    return rx.fragment(_filters(), ui.card(_table(), flush=True))


def _filters() -> rx.Component:
    state = ConsentsState
    return ui.filter_bar(
        ui.filter_select("Type", state.type, [("", "All"), *TYPES.items()], on_change=state.filter("type")),
        ui.filter_select("Given by", state.person, state.people, on_change=state.filter("person")),
        ui.filter_select(
            "State", state.state, [("", "All"), *STATES.items()], on_change=state.filter("state")
        ),
        ui.filter_select("Time", state.span, [("", "Any"), *SPANS.items()], on_change=state.filter("span")),
        rx.cond(
            state.resource != "",
            ui.button_link("Only this resource", state.without_resource, mark="x", small=True),
        ),
    )


def _table() -> rx.Component:
    return ui.table(
        "History of consents",
        [
            ui.Column(label="For", cell=_what),
            ui.Column(label="State", cell=lambda row: ui.status_badge(row.state, BADGES)),
            ui.Column(label="Type", cell=lambda row: row.type, phone=False),
            ui.Column(label="Given by", cell=_who, phone=False),
            ui.Column(label="When", cell=lambda row: ui.time(row.at), end=True, quiet=True),
        ],
        ConsentsState.rows,
        loaded=ConsentsState.loaded,
        empty=rx.cond(
            ConsentsState.filtered,
            ui.empty(
                "handshake",
                "No matching consents",
                "No consent matches these filters. Change or clear them.",
            ),
            ui.empty(
                "handshake",
                "No consents yet",
                "Hub records consent whenever someone connects an outside system.",
            ),
        ),
        href=lambda row: row.href,
        keep_scroll=True,
        selected=lambda row: row.id == ConsentsState.selected,
        pager=ui.Pager(previous=ConsentsState.previous, next=ConsentsState.next),
    )


def _what(row: rx.vars.ObjectVar[ConsentRow]) -> rx.Component:
    return rx.fragment(row.name, rx.el.span(row.kind, class_name="hub-sub"))


def _who(row: rx.vars.ObjectVar[ConsentRow]) -> rx.Component:
    return rx.fragment(row.who, rx.el.span(row.source, class_name="hub-sub"))


def _settings() -> rx.Component:
    state = ConsentSettingsState
    said = rx.cond(
        state.asks,
        "A REST call that connects something must include a consent object. Without one, Hub refuses it.",
        "A REST call that connects something counts as consent by the person whose token it uses.",
    )
    turn = ui.only(SessionState.is_owner, ui.switch_button(state.asks, state.turn), "Owners can change this.")
    body = rx.el.div(rx.el.p(said, class_name="hub-text-2"), turn, class_name="hub-row hub-row-between")
    return rx.cond(
        state.loaded,
        ui.stack(
            ui.card(
                body, title="Require explicit consent over REST", note="In the browser, Hub always asks."
            ),
            ui.card(
                ui.facts(("Policy version", state.version)),
                title="Policy",
                note="When the policy changes, the operator raises the version, and Hub asks for consents to be renewed.",
            ),
        ),
        ui.skeleton(4),
    )
