"""The apps that can be connected, as cards, and the dialogs of connecting with choices."""

import reflex as rx

from hub_app.oauth.pages.marks import app_mark
from hub_app.oauth.state.address import CATALOGUE
from hub_app.oauth.state.catalogue import CatalogueState, OfferRow
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def catalogue() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Apps to connect", class_name="hub-h2", custom_attrs={"id": "catalogue"}),
        rx.cond(
            CatalogueState.loaded,
            rx.cond(
                CatalogueState.offers.length() > 0,
                rx.el.div(rx.foreach(CatalogueState.offers, _offer), class_name="hub-grid-3"),
                ui.card(_none(), flush=True),
            ),
            ui.skeleton(3, label="Loading apps"),
        ),
        class_name="hub-stack hub-spaced",
    )


def _none() -> rx.Component:
    return ui.empty(
        "app_window",
        "No apps available",
        "The operator of this installation decides which apps can be connected and has not added any yet.",
        rx.cond(SessionState.is_operator, ui.button_link("OAuth apps", CATALOGUE, "primary")),
    )


def _offer(row: rx.vars.ObjectVar[OfferRow]) -> rx.Component:
    return ui.card(
        rx.el.div(
            rx.el.div(
                app_mark(row.logo, row.initials),
                rx.el.h3(row.name, class_name="hub-h2"),
                rx.cond(row.ready, rx.fragment(), ui.badge("Not set up yet", "warning")),
                class_name="hub-row",
            ),
            rx.cond(row.ready, _asks(row), _not_ready(row)),
            class_name="hub-stack",
        )
    )


def _asks(row: rx.vars.ObjectVar[OfferRow]) -> rx.Component:
    return rx.fragment(
        rx.el.p(
            rx.cond(row.asks != "", f"Requests: {row.asks}.", "Requests the app's default access."),
            rx.cond(row.more != "", rx.el.span(row.more, class_name="hub-sub")),
            class_name="hub-small hub-text-2",
        ),
        ui.only(SessionState.is_engineer, _controls(row)),
    )


def _controls(row: rx.vars.ObjectVar[OfferRow]) -> rx.Component:
    name = f"app-{row.slug}"
    label = f"Other ways to connect {row.name}"
    return rx.el.div(
        ui.button(
            f"Connect {row.name}",
            "primary",
            small=True,
            mark="plug",
            on_click=CatalogueState.ask_consent(row.slug),
        ),
        rx.el.span(
            ui.icon_button("ellipsis", label, small=True, opens=name),
            ui.menu(
                name,
                label,
                ui.menu_item(
                    "Choose scopes",
                    CatalogueState.ask_scopes(row.slug),
                    attributes=ui.opener(CatalogueState, "scopes", row.slug),
                    mark="list_checks",
                ),
                ui.menu_item(
                    "Paste a token from elsewhere",
                    CatalogueState.ask_token(row.slug),
                    attributes=ui.opener(CatalogueState, "token", row.slug),
                    mark="key_round",
                ),
            ),
        ),
        class_name="hub-row hub-row-between",
    )


def _not_ready(row: rx.vars.ObjectVar[OfferRow]) -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "An operator has to fill in the client ID before anyone can connect it.",
            class_name="hub-small hub-text-2",
        ),
        rx.cond(
            SessionState.is_operator,
            rx.el.div(ui.button_link(f"Set up {row.name}", row.set_up, small=True, mark="settings")),
        ),
    )


def dialogs() -> rx.Component:
    return rx.fragment(_connect(), _choose(), _paste())


def _consent() -> rx.Component:
    return ui.consent_field(CatalogueState.terms, of=CatalogueState)


def _connect() -> rx.Component:
    return ui.form_dialog(
        CatalogueState,
        "connect",
        _consent(),
        title=f"Connect {CatalogueState.chosen_name}",
        text=f"Next, you sign in at {CatalogueState.chosen_name} and allow access.",
        on_submit=CatalogueState.connect,
        submit="Connect",
    )


def _choose() -> rx.Component:
    return ui.form_dialog(
        CatalogueState,
        "scopes",
        ui.checks_field("scopes", "Scopes to request", CatalogueState.scopes, of=CatalogueState),
        rx.cond(CatalogueState.again == "", _consent()),
        title=f"Scopes for {CatalogueState.chosen_name}",
        text="Choose only what you need. The app shows them again before you allow access.",
        on_submit=CatalogueState.connect_chosen,
        submit="Connect",
    )


def _paste() -> rx.Component:
    return ui.form_dialog(
        CatalogueState,
        "token",
        ui.password_field(
            "access_token",
            "Access token",
            of=CatalogueState,
            auto_complete="off",
            text="Hub tests it immediately. It is stored encrypted and cannot be read back.",
        ),
        ui.password_field(
            "refresh_token",
            "Refresh token",
            of=CatalogueState,
            auto_complete="off",
            optional=True,
            text="Hub uses it to get new access tokens, if it was issued for the client ID that Hub uses.",
        ),
        ui.text_field(
            "expires_at",
            "Expires",
            of=CatalogueState,
            mono=True,
            optional=True,
            placeholder="2030-01-31T12:00:00Z",
            text="When the access token expires, with the time zone.",
        ),
        _consent(),
        title=f"Paste a token for {CatalogueState.chosen_name}",
        text="For a token that you got elsewhere. Connect is usually easier.",
        on_submit=CatalogueState.adopt,
        submit="Connect",
    )
