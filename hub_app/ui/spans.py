"""Stretches of time up to now, by which lists are filtered."""

from datetime import datetime, timedelta

from hub_app.kernel.clock import utcnow

SPANS = {
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
}
_LENGTHS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}


def since(span: str) -> datetime | None:
    """When it begins; None for none."""
    return utcnow() - _LENGTHS[span] if span else None
