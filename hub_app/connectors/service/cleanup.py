"""What has had its time is deleted: executions, idempotency keys, cached answers."""

from datetime import timedelta

from sqlmodel import col

from hub_app.connectors.tables import CachedAnswer, Execution, RunKey
from hub_app.kernel import cleaning
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings

EVERY = timedelta(hours=1)


async def clean_up() -> None:
    """Delete what is past its time."""
    now = utcnow()
    await cleaning.delete_below(col(RunKey.expires_at), now)
    await cleaning.delete_below(col(CachedAnswer.expires_at), now)
    oldest = lowest_at(now - timedelta(days=get_settings().execution_retention_days))
    await cleaning.delete_below(col(Execution.id), oldest)
