"""One's own account, and the tenant's settings."""

import reflex as rx

from hub_app.identity.state.account import AccountState, SessionRow, TenantSettingsState
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState
from hub_app.ui.shell import page


def page_of_account() -> rx.Component:
    return page(
        "Account",
        "Your name, your password, and where you are signed in.",
        rx.cond(
            AccountState.changed == "password",
            ui.callout("Your other browsers are signed out.", "success", title="Your password is changed."),
        ),
        rx.el.div(_profile(), _password(), class_name="hub-grid-2"),
        ui.card(
            _sessions(),
            title="Where you are signed in",
            actions=(ui.button("Sign out everywhere", small=True, on_click=AccountState.ask("end_all")),),
            flush=True,
        ),
        ui.confirm(
            AccountState,
            "end_all",
            "Sign out everywhere",
            text="All your sessions end, including this one. Your API tokens keep working.",
            on_confirm=AccountState.end_all,
        ),
    )


def _profile() -> rx.Component:
    return ui.card(
        rx.cond(
            AccountState.loaded,
            ui.form(
                ui.text_field("name", "Name", of=AccountState, auto_complete="name"),
                ui.facts(
                    ("E-mail", SessionState.email),
                    (f"Role in {SessionState.tenant_name}", SessionState.role_label),
                ),
                rx.el.div(ui.submit_button("Save", busy=AccountState.busy), class_name="hub-row"),
                on_submit=AccountState.rename,
                guard_changes=True,
            ),
        ),
        title="You",
    )


def _password() -> rx.Component:
    return ui.card(
        ui.native_form(
            ui.password_field("current_password", "Current password"),
            ui.password_field(
                "new_password",
                "New password",
                auto_complete="new-password",
                text="At least 12 characters. Your other browsers are signed out.",
            ),
            action="/auth/password",
            submit="Change password",
        ),
        title="Password",
    )


def _sessions() -> rx.Component:
    return ui.table(
        "Sessions",
        [
            ui.Column(label="Browser", cell=_browser),
            ui.Column(
                label="Address", cell=lambda row: rx.el.span(row.ip, class_name="hub-mono"), phone=False
            ),
            ui.Column(label="Signed in", cell=lambda row: ui.time(row.since), quiet=True, phone=False),
            ui.Column(label="Last seen", cell=lambda row: ui.time(row.last_seen), quiet=True),
            ui.Column(label="Actions", cell=_end, end=True, tight=True, hide_label=True),
        ],
        AccountState.rows,
        loaded=AccountState.loaded,
        empty=ui.empty("monitor", "No sessions", "You are not signed in anywhere."),
    )


def _browser(row: rx.vars.ObjectVar[SessionRow]) -> rx.Component:
    return rx.el.span(
        row.browser,
        rx.cond(row.is_current, ui.badge("This browser", "success")),
        class_name="hub-row",
    )


def _end(row: rx.vars.ObjectVar[SessionRow]) -> rx.Component:
    return rx.cond(~row.is_current, ui.button("Sign out", small=True, on_click=AccountState.end(row.id)))


def page_of_tenant() -> rx.Component:
    return page(
        "Tenant",
        "The name that everyone sees, and what the tier allows.",
        rx.el.div(_tenant_name(), _tier(), class_name="hub-grid-2"),
        breadcrumb=[("Settings", "")],
        id=SessionState.tenant_id,
    )


def _tenant_name() -> rx.Component:
    rename = ui.form(
        ui.text_field("name", "Name", of=TenantSettingsState),
        rx.el.div(ui.submit_button("Save", busy=TenantSettingsState.busy), class_name="hub-row"),
        on_submit=TenantSettingsState.rename,
        guard_changes=True,
    )
    return ui.card(
        rx.cond(
            TenantSettingsState.loaded,
            rx.cond(
                SessionState.is_owner,
                rename,
                ui.stack(
                    ui.facts(("Name", SessionState.tenant_name)),
                    ui.only_line("Owners can rename the tenant."),
                ),
            ),
        ),
        title="Name",
    )


def _tier() -> rx.Component:
    return ui.card(
        ui.facts(
            ("Tier", SessionState.tier_label),
            ("Calls per token", TenantSettingsState.limit),
            ("Tenant since", ui.time(TenantSettingsState.since, show="date")),
        ),
        ui.only_line("The operator of this installation sets the tier."),
        title="Tier",
    )
