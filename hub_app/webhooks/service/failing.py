"""Endpoints that fail: since when, and when Hub gives up on one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.kernel.settings import get_settings
from hub_app.webhooks.delivery import store, targets
from hub_app.webhooks.delivery.claimed import ClaimedDelivery, Outcome, Result
from hub_app.webhooks.delivery.targets import Target
from hub_app.webhooks.service import endpoints
from hub_app.webhooks.tables import WebhookHour

_GONE = "The receiver answered 410 Gone: it wants no more deliveries."


async def follow(results: Sequence[Result]) -> None:
    """Note the endpoints that began to fail or recovered; turn off those that are gone or failed for days."""
    telling = [r for r in results if r.outcome is not None and _tells(r.delivery, r.outcome)]
    latest = {r.delivery.endpoint: r for r in sorted(telling, key=_is_gone)}
    known = await targets.of(latest)
    for key, target in known.items():
        await _follow(target, latest[key])


def _tells(delivery: ClaimedDelivery, outcome: Outcome) -> bool:
    """Whether an outcome says anything about the receiver: a test is nobody's delivery, and some are our own fault."""
    return delivery.trigger != "test" and outcome.error_kind != "internal"


def _is_gone(result: Result) -> bool:
    return result.outcome is not None and result.outcome.status_code == HTTPStatus.GONE


async def _follow(target: Target, result: Result) -> None:
    outcome = result.outcome
    if outcome is None:
        return
    if _is_gone(result):
        await _turn_off(target, _GONE, result)
    elif outcome.ok:
        if target.failing_since is not None:
            await _mark(target, failing=False)
    elif target.failing_since is None:
        await _mark(target, failing=True)
    else:
        days = get_settings().webhook_disable_after_days
        # Whoever turned it on again gives the receiver that many days anew.
        begun = max(target.failing_since, target.turned_on_at or target.failing_since)
        if utcnow() - begun <= timedelta(days=days):
            return
        if await _worked_since(target, target.failing_since):
            await _mark(target, failing=True)
        else:
            await _turn_off(target, f"Every delivery failed for {days} days.", result)


async def _worked_since(target: Target, since: datetime) -> bool:
    """Whether another process saw a success meanwhile; this one may have heard of failures only."""
    async with db.system("an endpoint is about to be turned off") as session:
        statement = select(WebhookHour.hour).where(
            WebhookHour.tenant_id == target.tenant_id,
            WebhookHour.endpoint_id == target.endpoint_id,
            col(WebhookHour.hour) > since,
            col(WebhookHour.succeeded) > 0,
        )
        return (await session.exec(statement.limit(1))).first() is not None


async def _mark(target: Target, *, failing: bool) -> None:
    target.failing_since = utcnow() if failing else None
    async with db.system("an endpoint's health changed", write=True) as session:
        await store.mark_failing(session, (target.tenant_id, target.endpoint_id), target.failing_since)
        db.notify(session, f"endpoint:{target.endpoint_id}")


async def _turn_off(target: Target, reason: str, result: Result) -> None:
    if not target.enabled:
        return
    try:
        await endpoints.disable_endpoint(
            target.tenant_id, target.endpoint_id, reason, event_id=result.delivery.event_id
        )
    except NotFound:
        return  # Deleted meanwhile.
