"""Identity's screens."""

import reflex as rx

from hub_app.identity.pages import account, accounts, members, sign_in, tenant, tenants, tiers, tokens, usage
from hub_app.identity.state.account import AccountState, TenantSettingsState
from hub_app.identity.state.accounts import AccountsState
from hub_app.identity.state.members import MembersState
from hub_app.identity.state.sign_in import (
    InvitationState,
    NewPasswordState,
    SetUpState,
    SignInState,
    StartState,
)
from hub_app.identity.state.tenant import OperatedTenantState
from hub_app.identity.state.tenants import TenantsState
from hub_app.identity.state.tiers import TiersState
from hub_app.identity.state.tokens import TokensState
from hub_app.identity.state.usage import UsageState
from hub_app.ui.session import SessionState
from hub_app.ui.shell import add_entrance, add_page


def register(app: rx.App) -> None:
    app.add_page(sign_in.start, route="/", title="Hub", on_load=[SessionState.load, StartState.load])
    app.add_page(sign_in.sign_in, route="/login", title="Sign in · Hub", on_load=SignInState.load)
    add_entrance(app, sign_in.set_up, "/setup", "Set up", SetUpState.load)
    add_entrance(app, sign_in.invited, "/invite/[invitation]", "Invitation", InvitationState.load)
    add_entrance(app, sign_in.new_password, "/reset-password", "New password", NewPasswordState.load)
    for body, route, title, load in (
        (members.page_of_members, "/settings/members", "Members", MembersState.load),
        (account.page_of_tenant, "/settings/tenant", "Tenant", TenantSettingsState.load),
        (account.page_of_account, "/account", "Account", AccountState.load),
        (tokens.page_of_tokens, "/developers/tokens", "API tokens", TokensState.load),
        (tenants.page_of_tenants, "/operator/tenants", "Tenants", TenantsState.load),
        (tiers.page_of_tiers, "/operator/tiers", "Tiers", TiersState.load),
        (accounts.page_of_accounts, "/operator/accounts", "Accounts", AccountsState.load),
        (usage.page_of_usage, "/developers/usage", "Usage", UsageState.load),
    ):
        add_page(app, body, route, title, load)
    add_page(
        app,
        tenant.page_of_operated_tenant,
        "/operator/tenants/[tenant]",
        "Tenant",
        OperatedTenantState.load,
        name=OperatedTenantState.name,
    )
