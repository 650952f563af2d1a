"""The operator's page of accounts."""

import reflex as rx

from hub_app.identity.pages.links import link_dialog
from hub_app.identity.state.accounts import AccountsState
from hub_app.ui import components as ui
from hub_app.ui.shell import page


def page_of_accounts() -> rx.Component:
    return page(
        "Accounts",
        "Search for an account of any tenant, for example when someone can no longer sign in.",
        rx.cond(AccountsState.loaded, rx.cond(AccountsState.refused, ui.operators_only(), _found())),
        breadcrumb=[("Operator", "")],
    )


def _found() -> rx.Component:
    return rx.fragment(
        ui.card(_search(), title="Search for an account"),
        rx.cond(AccountsState.email != "", _account()),
        _reset(),
        link_dialog(
            AccountsState,
            "link",
            AccountsState.link,
            title=f"New password for {AccountsState.name}",
            text="It works once, within an hour. Make sure that you give it to this person only.",
        ),
    )


def _search() -> rx.Component:
    return ui.form(
        ui.text_field(
            "email",
            "E-mail",
            kind="email",
            of=AccountsState,
            text="The full address that the account signs in with.",
            auto_focus=True,
        ),
        rx.el.div(
            ui.submit_button("Search", busy=AccountsState.busy & (AccountsState.dialog == "")),
            class_name="hub-row",
        ),
        on_submit=AccountsState.find,
    )


def _account() -> rx.Component:
    return ui.card(
        ui.facts(
            ("E-mail", rx.el.span(AccountsState.email, class_name="hub-break")),
            ("Belongs to", rx.cond(AccountsState.places != "", AccountsState.places, "No tenant")),
            ("Operator", rx.cond(AccountsState.is_operator, "Yes", "No")),
            ("Since", ui.time(AccountsState.since, show="date")),
        ),
        rx.cond(
            AccountsState.is_self, ui.only_line("This is you. Change your password on your account page.")
        ),
        title=AccountsState.name,
        actions=(
            rx.cond(
                ~AccountsState.is_self,
                ui.button(
                    "Reset password", small=True, mark="key_round", on_click=AccountsState.ask("reset")
                ),
            ),
        ),
    )


def _reset() -> rx.Component:
    return ui.confirm(
        AccountsState,
        "reset",
        f"Reset the password of {AccountsState.name}",
        text="You get a link to pass on. Whoever opens it within an hour can choose a new password and sign in as this"
        " person. Until then, the old password works. Earlier links stop working. The audit log of each tenant of the"
        " account records that you created the link.",
        action="Create the link",
        on_confirm=AccountsState.reset_password,
        danger=False,
    )
