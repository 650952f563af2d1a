"""The operator's catalogue of OAuth apps."""

import reflex as rx

from hub_app.oauth.pages.marks import app_mark
from hub_app.oauth.state.apps import AppRow, OauthAppsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page

STATES: dict[str, tuple[str, ui.Tone]] = {
    "ready": ("Ready", "success"),
    "missing": ("Not set up yet", "warning"),
    "off": ("Off", "neutral"),
}


def page_of_apps() -> rx.Component:
    return page(
        "OAuth apps",
        "The services that members of all tenants can connect, and how Hub is registered with each.",
        rx.cond(OauthAppsState.refused, ui.operators_only(), ui.card(_list(), flush=True)),
        _create(),
        actions=[rx.cond(SessionState.is_operator, _add())],
        breadcrumb=[("Operator", "")],
    )


def _add() -> rx.Component:
    return ui.button(
        "Add app",
        "primary",
        mark="plus",
        on_click=OauthAppsState.ask_create,
        attributes=ui.opener(OauthAppsState, "create"),
    )


def _list() -> rx.Component:
    return ui.table(
        "OAuth apps",
        [
            ui.Column(label="App", cell=_name),
            ui.Column(label="State", cell=lambda row: ui.status_badge(row.state, STATES)),
            ui.Column(label="Connections", cell=lambda row: row.connections, end=True, phone=False),
        ],
        OauthAppsState.rows,
        loaded=OauthAppsState.loaded,
        empty=ui.empty(
            "app_window",
            "No apps yet",
            "An app describes how Hub connects to an outside service, and with which client ID. Add an app, then register Hub with the service.",
            _add(),
        ),
        href=lambda row: row.href,
        pager=ui.Pager(previous=OauthAppsState.previous, next=OauthAppsState.next),
    )


def _name(row: rx.vars.ObjectVar[AppRow]) -> rx.Component:
    return rx.el.span(
        app_mark(row.logo, row.initials),
        rx.el.span(row.name, rx.el.span(row.slug, class_name="hub-sub hub-mono")),
        class_name="hub-row hub-row-firm",
    )


def _create() -> rx.Component:
    return ui.form_dialog(
        OauthAppsState,
        "create",
        ui.text_field(
            "name",
            "Name",
            of=OauthAppsState,
            auto_focus=True,
            text="The name that people know the service by.",
        ),
        ui.text_field(
            "slug",
            "ID",
            of=OauthAppsState,
            mono=True,
            placeholder="acme-books",
            text="Identifies the app in the REST API and in URLs: lowercase letters, digits and hyphens. It cannot be changed later.",
        ),
        title="Add app",
        text="You fill in the URLs, client ID and scopes on the app's page.",
        on_submit=OauthAppsState.create,
        submit="Add app",
    )
