"""Sending one claimed delivery: sign, post, judge the answer, decide what is next."""

import logging
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import figures, ratelimit, suspension
from hub_app.kernel.clock import utcnow
from hub_app.kernel.outbound import OutboundError, OutboundResponse
from hub_app.kernel.redaction import Redactor
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import SealBroken
from hub_app.webhooks.delivery import payload, retry, signing, store, targets
from hub_app.webhooks.delivery.claimed import ClaimedDelivery, Outcome, Result
from hub_app.webhooks.delivery.sender import get_sender
from hub_app.webhooks.delivery.targets import Target

_KEPT_BYTES = 4096
_KEPT_HEADER = 500
_KEPT_HEADERS = 40
_ASKING_TO_WAIT = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_INTERRUPTED = "Hub was stopped while it sent this test. It may have arrived; send another one to be sure."

_log = logging.getLogger(__name__)


async def seconds_to_wait(delivery: ClaimedDelivery) -> float:
    """How long the endpoint's own rate limit holds this delivery back; 0 when it may go now."""
    target = await targets.one(delivery.endpoint)
    if target is None or target.rate_limit is None:
        return 0
    allowance = await ratelimit.hit(target.rate_limit, 1, "endpoint", str(target.endpoint_id))
    return 0 if allowance.allowed else allowance.reset


async def deliver(delivery: ClaimedDelivery) -> Result | None:
    """Send a claimed delivery once, or settle it unsent; None when its endpoint is gone, and the delivery with it.

    SealBroken when what is stored of the endpoint does not open.
    """
    target = await targets.one(delivery.endpoint)
    if target is None:
        return None
    if (unsent := await _unsent(target, delivery)) is not None:
        return unsent
    body = await store.payload_of(delivery)
    if body is None:
        return None
    return _judge(target, delivery, await _attempt(target, delivery, body))


async def _unsent(target: Target, delivery: ClaimedDelivery) -> Result | None:
    """What comes of a delivery that is not to be sent now; None for one that is."""
    now = utcnow()
    if await suspension.is_suspended(delivery.held.tenant_id):
        # Before its life is judged, which does not run out for this.
        return Result(delivery, "pending", suspension.PARKED)
    if delivery.expires_at <= now:
        return Result(delivery, "expired", now)
    if delivery.trigger == "test":
        # Whoever sends a test holds its lease, and was stopped.
        return Result(delivery, "failed", now, _failed(now, 0, ApiError("internal", _INTERRUPTED)))
    if not target.enabled:
        # Kept until the endpoint is turned on, which makes it due, or its time is over.
        return Result(delivery, "pending", delivery.expires_at)
    return None


async def test(delivery: ClaimedDelivery) -> Result | None:
    """Send a delivery once, whether its endpoint is on or off; None when that is gone."""
    target, body = await targets.one(delivery.endpoint), await store.payload_of(delivery)
    if target is None or body is None:
        return None
    outcome = await _attempt(target, delivery, body)
    return Result(delivery, "succeeded" if outcome.ok else "failed", utcnow(), outcome)


def unreadable(delivery: ClaimedDelivery, error: SealBroken) -> Result:
    """What comes of a delivery whose endpoint's stored URL, headers or secret cannot be opened."""
    now = utcnow()
    return Result(delivery, "failed", now, _failed(now, 0, ApiError("internal", error.detail)))


def went_well(result: Result | None) -> bool:
    return result is None or result.outcome is None or result.outcome.ok


async def _attempt(target: Target, delivery: ClaimedDelivery, body: bytes) -> Outcome:
    """Post the delivery once. Every way it can fail is an outcome."""
    outcome = await _post(target, delivery, body)
    figures.attempt(outcome.error_kind, outcome.duration_ms / 1000)
    return outcome


async def _post(target: Target, delivery: ClaimedDelivery, body: bytes) -> Outcome:
    started_at = utcnow()
    settings = get_settings()
    try:
        response = await get_sender().post(
            target.address,
            target.head,
            _signature(target, delivery, body, started_at),
            body,
            timeout=settings.webhook_timeout_seconds,
            max_body=_KEPT_BYTES,
        )
        return _answered(started_at, response, target.clean)
    except OutboundError as error:
        return _failed(started_at, error.duration_ms, ApiError.of(error))
    except Exception:  # noqa: BLE001 - see below
        # One broken delivery must not stop the others; it shows as a failed attempt and is retried.
        _log.exception("A delivery could not be sent.")
        error = ApiError("internal", "Hub could not send this delivery. Its log says why.")
        return _failed(started_at, 0, error)


def _signature(target: Target, delivery: ClaimedDelivery, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0.0."""
    message_id, timestamp = payload.message_id(delivery.held.id), int(now.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signing.sign(target.signing_keys(), message_id, timestamp, body),
    }


def _failed(started_at: datetime, duration_ms: int, error: ApiError) -> Outcome:
    return Outcome(started_at, duration_ms, error_kind=error.kind, error_detail=error.message)


def _answered(started_at: datetime, response: OutboundResponse, clean: Redactor) -> Outcome:
    accepted = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
    shown = list(response.headers.items())[:_KEPT_HEADERS]
    text = response.body[:_KEPT_BYTES].decode(errors="replace").replace("\x00", "\ufffd")
    outcome = Outcome(
        started_at,
        response.duration_ms,
        status_code=response.status,
        response_headers={n: clean.text(v)[:_KEPT_HEADER] for n, v in shown},
        response_body=clean.text(text, cut_off=response.truncated),
    )
    if accepted:
        return outcome
    error = ApiError.answered(response, f"The receiver answered {_phrase(response.status)}.")
    # Every refusal is a `status`: which one, the code beside it tells. How long to wait at most is the endpoint's policy to say.
    asked = response.headers.get("retry-after") if response.status in _ASKING_TO_WAIT else None
    return replace(outcome, error_kind="status", error_detail=error.message, retry_after=asked)


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _judge(target: Target, delivery: ClaimedDelivery, outcome: Outcome) -> Result:
    now = utcnow()
    if outcome.ok:
        return Result(delivery, "succeeded", now, outcome)
    if outcome.status_code == HTTPStatus.GONE:
        return Result(delivery, "failed", now, outcome)
    settings = get_settings()
    next_at = retry.next_attempt(
        target.policy,
        delivery.tries + 1,
        now=now,
        base_seconds=settings.webhook_retry_backoff_seconds,
        max_retries=settings.webhook_max_retries,
        retry_after=outcome.retry_after,
    )
    if next_at is None:
        return Result(delivery, "failed", now, outcome)
    if next_at >= delivery.expires_at:
        return Result(delivery, "expired", now, outcome)
    return Result(delivery, "pending", next_at, outcome)
