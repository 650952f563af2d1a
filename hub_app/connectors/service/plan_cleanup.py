"""Runs of plans that have had their time are deleted, never one that is under way."""

from datetime import timedelta

from sqlmodel import col

from hub_app.connectors.tables import PlanRun
from hub_app.kernel import cleaning
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.settings import get_settings

EVERY = timedelta(hours=1)


async def clean_up() -> None:
    """Delete ended runs past their time."""
    oldest = lowest_at(utcnow() - timedelta(days=get_settings().execution_retention_days))
    await cleaning.delete_below(col(PlanRun.id), oldest, col(PlanRun.status) != "pending")
