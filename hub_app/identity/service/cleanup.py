"""What has run out goes: login sessions, invitations, password resets, old usage counts."""

from datetime import timedelta

from sqlmodel import col

from hub_app.identity.tables import ApiUsage, Invitation, LoginSession, PasswordReset
from hub_app.kernel import cleaning
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import get_settings

EVERY = timedelta(hours=1)
USAGE_KEPT = timedelta(days=90)


async def clean_up() -> None:
    """Delete what nobody can use any more. It may be cut off and run again."""
    now = utcnow()
    await cleaning.delete_below(col(LoginSession.expires_at), now)
    idle_since = now - timedelta(hours=get_settings().session_idle_hours)
    await cleaning.delete_below(col(LoginSession.last_seen_at), idle_since)
    await cleaning.delete_below(col(Invitation.expires_at), now)
    await cleaning.delete_below(col(PasswordReset.expires_at), now)
    await cleaning.delete_below(col(ApiUsage.minute), now - USAGE_KEPT)
