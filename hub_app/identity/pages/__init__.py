"""Identity's screens."""

import reflex as rx

from hub_app.identity.pages import account, accounts, entering, members, tokens, usage
from hub_app.identity.state.account import Account, TenantSettings
from hub_app.identity.state.accounts import Accounts
from hub_app.identity.state.entering import Invited, NewPassword, SetUp, SignIn, Start
from hub_app.identity.state.members import Members
from hub_app.identity.state.tokens import Tokens
from hub_app.identity.state.usage import Usage
from hub_app.ui.session import Session
from hub_app.ui.shell import add_entrance, add_page


def register(app: rx.App) -> None:
    app.add_page(entering.start, route="/", title="Hub", on_load=[Session.load, Start.load])
    app.add_page(entering.sign_in, route="/login", title="Sign in · Hub", on_load=SignIn.load)
    add_entrance(app, entering.set_up, "/setup", "Set up", SetUp.load)
    add_entrance(app, entering.invited, "/invite/[invitation]", "Invitation", Invited.load)
    add_entrance(app, entering.new_password, "/reset-password", "New password", NewPassword.load)
    for body, route, title, load in (
        (members.page_of_members, "/settings/members", "Members", Members.load),
        (account.page_of_tenant, "/settings/tenant", "Tenant", TenantSettings.load),
        (account.page_of_account, "/account", "Account", Account.load),
        (tokens.page_of_tokens, "/developers/tokens", "API tokens", Tokens.load),
        (accounts.page_of_accounts, "/operator/accounts", "Accounts", Accounts.load),
        (usage.page_of_usage, "/developers/usage", "Usage", Usage.load),
    ):
        add_page(app, body, route, title, load)
