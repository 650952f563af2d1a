"""The apps that can be connected, as cards, and the dialogs of connecting with choices."""

import reflex as rx

from hub_app.oauth.pages.marks import app_mark
from hub_app.oauth.state.catalogue import Catalogue, OfferRow
from hub_app.oauth.state.place import CATALOGUE
from hub_app.ui.components import (
    badge,
    button,
    button_link,
    card,
    checks_field,
    empty,
    form_dialog,
    icon_button,
    menu,
    menu_item,
    only,
    password_field,
    skeleton,
    text_field,
)
from hub_app.ui.session import Session


def catalogue() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Apps to connect", class_name="hub-h2", custom_attrs={"id": "catalogue"}),
        rx.cond(
            Catalogue.loaded,
            rx.cond(
                Catalogue.offers.length() > 0,
                rx.el.div(rx.foreach(Catalogue.offers, _offer), class_name="hub-grid-3"),
                card(_none(), flush=True),
            ),
            skeleton(3, label="Loading apps"),
        ),
        class_name="hub-stack hub-spaced",
    )


def _none() -> rx.Component:
    return empty(
        "app_window",
        "No apps on offer",
        "The operator of this Hub decides which apps can be connected, and has added none.",
        rx.cond(Session.is_operator, button_link("OAuth apps", CATALOGUE, "primary")),
    )


def _offer(row: rx.vars.ObjectVar[OfferRow]) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.div(
                app_mark(row.logo, row.initials),
                rx.el.h3(row.name, class_name="hub-h2"),
                rx.cond(row.ready, rx.fragment(), badge("Not set up yet", "warning")),
                class_name="hub-row",
            ),
            rx.cond(row.ready, _asks(row), _not_ready(row)),
            class_name="hub-stack",
        )
    )


def _asks(row: rx.vars.ObjectVar[OfferRow]) -> rx.Component:
    return rx.fragment(
        rx.el.p(
            rx.cond(row.asks != "", f"Asks for: {row.asks}.", "Asks for what the app grants by itself."),
            rx.cond(row.more != "", rx.el.span(row.more, class_name="hub-sub")),
            class_name="hub-small hub-text-2",
        ),
        only(Session.is_engineer, _controls(row)),
    )


def _controls(row: rx.vars.ObjectVar[OfferRow]) -> rx.Component:
    name = f"app-{row.slug}"
    label = f"Other ways to connect {row.name}"
    return rx.el.div(
        button(
            f"Connect {row.name}",
            "primary",
            small=True,
            mark="plug",
            busy=Catalogue.busy & (Catalogue.chosen == row.slug) & (Catalogue.dialog == ""),
            on_click=Catalogue.connect(row.slug),
        ),
        rx.el.span(
            icon_button("ellipsis", label, small=True, opens=name),
            menu(
                name,
                label,
                menu_item("Choose scopes", Catalogue.ask_scopes(row.slug), mark="list_checks"),
                menu_item("Paste a token got elsewhere", Catalogue.ask_token(row.slug), mark="key_round"),
            ),
        ),
        class_name="hub-row hub-row-between",
    )


def _not_ready(row: rx.vars.ObjectVar[OfferRow]) -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "An operator must fill in the client id before anybody can connect it.",
            class_name="hub-small hub-text-2",
        ),
        rx.cond(
            Session.is_operator,
            rx.el.div(button_link(f"Set up {row.name}", row.set_up, small=True, mark="settings")),
        ),
    )


def dialogs() -> rx.Component:
    return rx.fragment(_choose(), _paste())


def _choose() -> rx.Component:
    return form_dialog(
        checks_field("scopes", "Hub asks for", Catalogue.scopes, errors=Catalogue.errors),
        title=f"Scopes of {Catalogue.chosen_name}",
        text="Take only what you need. The app shows them again before you allow them.",
        open=Catalogue.dialog == "scopes",
        on_open_change=Catalogue.toggle,
        on_close=Catalogue.close,
        on_submit=Catalogue.connect_chosen,
        submit="Connect",
        busy=Catalogue.busy,
    )


def _paste() -> rx.Component:
    return form_dialog(
        password_field(
            "access_token",
            "Access token",
            errors=Catalogue.errors,
            auto_complete="off",
            text="Hub tries it at once. It is stored encrypted and cannot be read back.",
        ),
        password_field(
            "refresh_token",
            "Refresh token",
            errors=Catalogue.errors,
            auto_complete="off",
            optional=True,
            text="With it Hub renews the access by itself, if it was made for the client id that Hub uses.",
        ),
        text_field(
            "expires_at",
            "Ends",
            errors=Catalogue.errors,
            mono=True,
            optional=True,
            placeholder="2030-01-31T12:00:00Z",
            text="When the access token ends, with its time zone.",
        ),
        title=f"Paste a token of {Catalogue.chosen_name}",
        text="For tokens that you got elsewhere. Usually Connect is easier.",
        open=Catalogue.dialog == "token",
        on_open_change=Catalogue.toggle,
        on_close=Catalogue.close,
        on_submit=Catalogue.adopt,
        submit="Connect",
        busy=Catalogue.busy,
    )
