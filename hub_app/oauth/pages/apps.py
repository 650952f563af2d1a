"""The operator's catalogue of OAuth apps."""

import reflex as rx

from hub_app.oauth.pages.marks import app_mark
from hub_app.oauth.state.apps import AppRow, OauthApps
from hub_app.ui.components import (
    Column,
    Pager,
    button,
    button_link,
    card,
    empty,
    form_dialog,
    status_badge,
    table,
    text_field,
)
from hub_app.ui.components.badge import Tone
from hub_app.ui.session import Session
from hub_app.ui.shell import page

STATES: dict[str, tuple[str, Tone]] = {
    "ready": ("Ready", "success"),
    "missing": ("Not set up yet", "warning"),
    "off": ("Off", "neutral"),
}


def page_of_apps() -> rx.Component:
    return page(
        "OAuth apps",
        "Which outside services the members of all tenants can connect, and how Hub is registered with each.",
        rx.cond(OauthApps.refused, nothing_here(), card(_list(), flush=True)),
        _create(),
        actions=[rx.cond(Session.is_operator, _add())],
        breadcrumb=[("Operator", "")],
    )


def nothing_here() -> rx.Component:
    """What people see who do not run this Hub, as at an address without a page."""
    return card(
        empty(
            "search_x",
            "There is nothing here",
            "The address is mistyped, or what it led to has been deleted.",
            button_link("Go to the start", "/", "primary"),
        )
    )


def _add() -> rx.Component:
    return button("Add app", "primary", mark="plus", on_click=OauthApps.ask_create)


def _list() -> rx.Component:
    return table(
        "OAuth apps",
        [
            Column(label="App", cell=_name),
            Column(label="State", cell=lambda row: status_badge(row.state, STATES)),
            Column(label="Connections", cell=lambda row: row.connections, end=True, phone=False),
        ],
        OauthApps.rows,
        loaded=OauthApps.loaded,
        empty=empty(
            "app_window",
            "No apps yet",
            "An app says how Hub talks to an outside service, and with which client id. Add one, then register Hub there.",
            _add(),
        ),
        href=lambda row: row.href,
        pager=Pager(previous=OauthApps.previous, next=OauthApps.next),
    )


def _name(row: rx.vars.ObjectVar[AppRow]) -> rx.Component:
    return rx.el.span(
        app_mark(row.logo, row.initials),
        rx.el.span(row.name, rx.el.span(row.slug, class_name="hub-sub hub-mono")),
        class_name="hub-row hub-row-firm",
    )


def _create() -> rx.Component:
    return form_dialog(
        text_field(
            "name", "Name", errors=OauthApps.errors, auto_focus=True, text="As people know the service."
        ),
        text_field(
            "slug",
            "Slug",
            errors=OauthApps.errors,
            mono=True,
            placeholder="acme-books",
            text="Names the app over REST and in addresses: small letters, digits and hyphens. It stays.",
        ),
        title="Add app",
        text="You fill in addresses, client id and scopes on the app's own page.",
        open=OauthApps.dialog == "create",
        on_open_change=OauthApps.toggle,
        on_close=OauthApps.close,
        on_submit=OauthApps.create,
        submit="Add app",
        busy=OauthApps.busy,
    )
