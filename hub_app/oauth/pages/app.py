"""The page of one app of the catalogue."""

import reflex as rx

from hub_app.oauth.pages.app_forms import entry_card, registration_card, scopes_card
from hub_app.oauth.pages.app_quirks import quirks_card
from hub_app.oauth.pages.apps import STATES
from hub_app.oauth.state.address import CATALOGUE
from hub_app.oauth.state.app import OauthAppState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_app() -> rx.Component:
    return page(
        OauthAppState.name,
        rx.cond(
            OauthAppState.missing, "", "How Hub is registered with this app, and what it may ask for there."
        ),
        rx.cond(OauthAppState.loaded, rx.cond(OauthAppState.missing, _missing(), _found()), ui.skeleton(6)),
        actions=[
            rx.cond(
                OauthAppState.loaded & ~OauthAppState.missing,
                ui.switch_button(OauthAppState.state != "off", OauthAppState.turn),
            )
        ],
        breadcrumb=[("Operator", ""), ("OAuth apps", CATALOGUE)],
        mark="app_window",
        id=rx.cond(OauthAppState.missing, "", OauthAppState.slug),
        badge=rx.cond(
            OauthAppState.missing | ~OauthAppState.loaded, "", ui.status_badge(OauthAppState.state, STATES)
        ),
    )


def _missing() -> rx.Component:
    return rx.cond(SessionState.is_operator, ui.missing("app_window", "app", CATALOGUE), ui.operators_only())


def _found() -> rx.Component:
    return rx.el.div(
        rx.cond(
            OauthAppState.state == "off",
            ui.callout(
                "Tenants do not see it and cannot connect it. Existing connections keep working.",
                "warning",
                title="This app is off",
            ),
        ),
        rx.cond(
            OauthAppState.lacks != "",
            ui.callout(
                f"Nobody can connect it until you fill in {OauthAppState.lacks}.",
                "warning",
                title="Not set up yet",
            ),
        ),
        registration_card(),
        entry_card(),
        scopes_card(),
        quirks_card(),
        ui.delete_card(
            "app",
            "Its connections are deleted too. To keep them, turn the app off instead.",
            OauthAppState.ask_delete,
        ),
        _delete(),
        class_name="hub-stack",
    )


def _delete() -> rx.Component:
    return ui.confirm(
        OauthAppState,
        "delete",
        f"Delete {OauthAppState.name}",
        text=OauthAppState.losses,
        on_confirm=OauthAppState.delete,
        type_name=OauthAppState.name,
    )
