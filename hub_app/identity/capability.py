"""What identity brings."""

from datetime import timedelta
from typing import Any

from hub_app.identity import commands, service, worker
from hub_app.identity.api import auth, me, members, operator, tenant, tokens
from hub_app.identity.personal import PERSONAL
from hub_app.identity.service import operated, suspending
from hub_app.identity.service.access import authenticate
from hub_app.identity.service.erasure import MEMBERS
from hub_app.identity.service.usage import count_call
from hub_app.identity.tables import ApiUsage, Invitation, LoginSession, PasswordReset
from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.retention import Retention
from hub_app.kernel.scopes import Family
from hub_app.kernel.settings import get_settings


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.identity.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[
        auth.router,
        me.router,
        tokens.router,
        members.router,
        members.invitations,
        members.operator,
        operator.router,
        tenant.router,
    ],
    pages=_add_pages,
    acts={
        "session.signed_in": "Signed in",
        "session.signed_out": "Signed out",
        "session.sign_in_failed": "Sign-in failed",
        "session.revoked": "Session ended",
        "session.all_revoked": "All sessions ended",
        "user.password_changed": "Password changed",
        "user.updated": "Profile changed",
    },
    scopes={"members": Family("members and invitations")},
    navigation=[
        NavEntry("API tokens", "/developers/tokens", "key_round", group="Developers", order=1),
        NavEntry("Usage", "/developers/usage", "chart_column", group="Developers", order=2),
        NavEntry("API reference", "/api/docs", "book_open", group="Developers", order=3, external=True),
        NavEntry("Members", "/settings/members", "users", group="Settings", order=1),
        NavEntry("Tenant", "/settings/tenant", "building_2", group="Settings", order=2),
        NavEntry("Tenants", "/operator/tenants", "building_2", group="Operator", order=0),
        NavEntry("Tiers", "/operator/tiers", "gauge", group="Operator", order=2),
        NavEntry("Accounts", "/operator/accounts", "contact", group="Operator", order=3),
    ],
    running=worker.running,
    periodic=worker.PERIODIC,
    retention=[
        Retention(LoginSession, by="expires_at", runs_out=True),
        Retention(
            LoginSession,
            by="last_seen_at",
            after=lambda: timedelta(hours=get_settings().session_idle_hours),
            runs_out=True,
        ),
        Retention(Invitation, by="expires_at", runs_out=True),
        Retention(PasswordReset, by="expires_at", runs_out=True),
        Retention(ApiUsage, by="minute", after=timedelta(days=90)),
    ],
    commands=commands.COMMANDS,
    status={"identity": service.status},
    suspended=suspending.suspended,
    search=operated.search,
    tenant_names=service.tenant_names,
    gauges=service.gauges,
    authenticate=authenticate,
    count_call=count_call,
    personal=PERSONAL,
    members=MEMBERS,
)
