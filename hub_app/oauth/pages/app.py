"""The page of one app of the catalogue."""

import reflex as rx

from hub_app.oauth.pages.app_forms import entry_card, quirks_card, registration_card, scopes_card
from hub_app.oauth.pages.apps import STATES, nothing_here
from hub_app.oauth.state.app import OauthAppEntry
from hub_app.oauth.state.place import CATALOGUE
from hub_app.ui.components import button, callout, card, confirm, skeleton, status_badge
from hub_app.ui.shell import page


def page_of_app() -> rx.Component:
    return page(
        OauthAppEntry.name,
        rx.cond(OauthAppEntry.missing, "", rx.el.span(OauthAppEntry.slug, class_name="hub-mono")),
        rx.cond(OauthAppEntry.loaded, rx.cond(OauthAppEntry.missing, nothing_here(), _found()), skeleton(6)),
        actions=[rx.cond(OauthAppEntry.missing | ~OauthAppEntry.loaded, rx.fragment(), _turn())],
        breadcrumb=[("Operator", ""), ("OAuth apps", CATALOGUE)],
        mark="app_window",
        badge=rx.cond(
            OauthAppEntry.missing | ~OauthAppEntry.loaded, "", status_badge(OauthAppEntry.state, STATES)
        ),
    )


def _turn() -> rx.Component:
    return rx.cond(
        OauthAppEntry.state == "off",
        button("Turn on", "primary", mark="play", on_click=OauthAppEntry.turn(True)),
        button("Turn off", mark="pause", on_click=OauthAppEntry.turn(False)),
    )


def _found() -> rx.Component:
    return rx.el.div(
        rx.cond(OauthAppEntry.state == "off", _off()),
        rx.cond(OauthAppEntry.lacks != "", _lacks()),
        registration_card(),
        entry_card(),
        scopes_card(),
        quirks_card(),
        _danger(),
        _delete(),
        class_name="hub-stack",
    )


def _off() -> rx.Component:
    return callout(
        "Tenants do not see it and cannot connect it anew. Connections that exist go on working.",
        "warning",
        title="This app is off",
    )


def _lacks() -> rx.Component:
    return callout(
        rx.fragment("Nobody can connect it before you have filled in ", OauthAppEntry.lacks, "."),
        "warning",
        title="Not set up yet",
    )


def _danger() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(
                "Connections go with it. To keep them, turn the app off instead.", class_name="hub-text-2"
            ),
            button("Delete app", "danger-quiet", mark="trash_2", on_click=OauthAppEntry.ask_delete),
            class_name="hub-row hub-row-between",
        ),
        title="Delete",
    )


def _delete() -> rx.Component:
    return confirm(
        title=f"Delete {OauthAppEntry.name}?",
        text=OauthAppEntry.losses,
        action=f"Delete {OauthAppEntry.name}",
        open=OauthAppEntry.dialog == "delete",
        on_open_change=OauthAppEntry.toggle,
        on_cancel=OauthAppEntry.close,
        on_confirm=OauthAppEntry.delete,
        busy=OauthAppEntry.busy,
        type_name=OauthAppEntry.name,
    )
