"""The operator's page of accounts."""

import reflex as rx

from hub_app.identity.pages.links import link_dialog
from hub_app.identity.state.accounts import Accounts
from hub_app.ui.components import (
    button,
    button_link,
    card,
    confirm,
    empty,
    facts,
    form,
    only_line,
    submit_button,
    text_field,
    time,
)
from hub_app.ui.shell import page


def page_of_accounts() -> rx.Component:
    return page(
        "Accounts",
        "People of all tenants, when one of them cannot sign in any more.",
        rx.cond(Accounts.loaded, rx.cond(Accounts.refused, _nothing_here(), _found())),
        breadcrumb=[("Operator", "")],
    )


def _nothing_here() -> rx.Component:
    """What people see who do not run this Hub, as at an address without a page."""
    return card(
        empty(
            "search_x",
            "There is nothing here",
            "The address is mistyped, or what it led to has been deleted.",
            button_link("Go to the start", "/", "primary"),
        )
    )


def _found() -> rx.Component:
    return rx.fragment(
        card(_search(), title="Find an account"),
        rx.cond(Accounts.email != "", _account()),
        _reset(),
        link_dialog(
            Accounts.link,
            title=f"New password for {Accounts.name}",
            text="It works once, within an hour. Make sure that you hand it to this very person.",
            open=Accounts.dialog == "link",
            on_open_change=Accounts.toggle,
            on_close=Accounts.close,
        ),
    )


def _search() -> rx.Component:
    return form(
        text_field(
            "email",
            "E-mail",
            kind="email",
            errors=Accounts.errors,
            text="The whole address that the account signs in with.",
            auto_focus=True,
        ),
        rx.el.div(submit_button("Find", busy=Accounts.busy & (Accounts.dialog == "")), class_name="hub-row"),
        on_submit=Accounts.find,
    )


def _account() -> rx.Component:
    return card(
        facts(
            ("E-mail", rx.el.span(Accounts.email, class_name="hub-break")),
            ("Belongs to", rx.cond(Accounts.places != "", Accounts.places, "No tenant")),
            ("Runs this Hub", rx.cond(Accounts.is_operator, "Yes", "No")),
            ("Since", time(Accounts.since, show="date")),
        ),
        rx.cond(Accounts.is_self, only_line("This is you: change your password on your account's page.")),
        title=Accounts.name,
        actions=(
            rx.cond(
                Accounts.is_self,
                rx.fragment(),
                button("Reset password", small=True, mark="key_round", on_click=Accounts.ask_reset),
            ),
        ),
    )


def _reset() -> rx.Component:
    return confirm(
        title=f"Reset the password of {Accounts.name}?",
        text="You get a link to hand over: whoever opens it within an hour chooses a new password, and can then sign in"
        " as this person. The old password holds until then. An earlier link stops working. Each tenant of the account"
        " sees in its audit log that you made it.",
        action="Make the link",
        open=Accounts.dialog == "reset",
        on_open_change=Accounts.toggle,
        on_cancel=Accounts.close,
        on_confirm=Accounts.reset_password,
        busy=Accounts.busy,
        danger=False,
    )
