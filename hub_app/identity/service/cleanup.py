"""What has run out goes: login sessions, invitations, old usage counts."""

from datetime import timedelta

from sqlalchemy import delete, or_
from sqlmodel import col

from hub_app.identity.tables import ApiUsage, Invitation, LoginSession
from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import get_settings

EVERY = timedelta(hours=1)
USAGE_KEPT = timedelta(days=90)


async def clean_up() -> None:
    """Delete what nobody can use any more. It may be cut off and run again."""
    now = utcnow()
    idle_since = now - timedelta(hours=get_settings().session_idle_hours)
    async with db.system("what has run out is deleted", write=True) as session:
        await session.exec(
            delete(LoginSession).where(
                or_(col(LoginSession.expires_at) <= now, col(LoginSession.last_seen_at) <= idle_since)
            )
        )
        await session.exec(delete(Invitation).where(col(Invitation.expires_at) <= now))
        await session.exec(delete(ApiUsage).where(col(ApiUsage.minute) <= now - USAGE_KEPT))
