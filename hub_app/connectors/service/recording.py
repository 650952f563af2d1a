"""Writing down what became of a call: its execution, and whether the credential was accepted, in one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.transcript import Transcript
from hub_app.connectors.schemas.runs import RunError
from hub_app.connectors.service import credentials, executions
from hub_app.connectors.service.calling import CallResult
from hub_app.connectors.service.credentials import Secret
from hub_app.connectors.service.executions import Attempt
from hub_app.connectors.tables import ConnectorCredential, Execution
from hub_app.kernel import audit, db, processes
from hub_app.kernel.errors import Invalid, NotFound

_HELD_UP = (
    "Hub was held up for more than 45 seconds while this call was in progress, so what came of it was not kept. It may have been"
    " made."
)


def kept(came: CallResult) -> CallResult:
    """What may be written down of what came of a call: nothing, once this process may have been taken for gone. Somebody may
    have been erased since who is in it.
    """
    if not processes.was_silent():
        return came
    nothing = Transcript("", {}, "", None, {}, "", truncated=False)
    return CallResult(
        nothing,
        duration_ms=came.duration_ms,
        error=RunError(kind="internal", detail=_HELD_UP),
        sent=came.sent,
        secret=came.secret,
    )


@asynccontextmanager
async def recording(attempt: Attempt, came: CallResult) -> AsyncIterator[AsyncSession]:
    """A transaction that records what came of an attempt, and takes what belongs to it. NotFound when the connector was
    deleted meanwhile.
    """
    try:
        async with db.begin(attempt.actor.tenant_id) as session:
            await executions.add(
                session, attempt, came.kept, came.told, duration_ms=came.duration_ms, pages=came.pages
            )
            await _mark(session, attempt, came)
            yield session
    except IntegrityError:
        raise NotFound("Integration not found") from None


async def record_refused(attempt: Attempt, endpoint: str, refusal: Invalid) -> None:
    """Record an attempt of whose parameters no call could be made."""
    kept = Transcript(f"{attempt.connector.base_url}{endpoint}", {}, "", None, {}, "", truncated=False)
    async with recording(attempt, CallResult(kept, error=RunError(kind="params", detail=refusal.detail))):
        pass


async def record_cached(
    session: AsyncSession, attempt: Attempt, kept: Transcript, status: int, pages: int
) -> None:
    """Record a run that the cache answered, in the open transaction."""
    kept = replace(kept, status_code=status)
    await executions.add(session, attempt, kept, None, pages=pages, cached=True)


async def audit_use(session: AsyncSession, attempt: Attempt, came: CallResult) -> None:
    """Audit that a call took the connector's credential, once for each run of a plan. Record last."""
    if came.secret == Secret() or (attempt.plan_run_id is not None and await _was_used(session, attempt)):
        return
    summary = {"execution": str(attempt.id)}
    if attempt.plan_run_id is not None:
        summary["plan_run"] = str(attempt.plan_run_id)
    await audit.act(session, attempt.actor, "connector.credential_used", attempt.connector, **summary)


async def _was_used(session: AsyncSession, attempt: Attempt) -> bool:
    """Whether a step before, or a try of this one, took the same credential."""
    statement = select(Execution.id).where(
        col(Execution.id).in_(attempt.earlier),
        Execution.connector_id == attempt.connector.id,
        col(Execution.cached).is_(False),
        or_(
            col(Execution.status_code).is_not(None),
            col(Execution.error_kind).not_in(("params", "credential")),
        ),
    )
    return (await session.exec(statement.limit(1))).first() is not None


async def _mark(session: AsyncSession, attempt: Attempt, came: CallResult) -> None:
    """Remember what the call tells of the credential: a test always, a run when that is news."""
    if came.verdict is None:
        return
    row = await credentials.find(session, attempt.connector)
    if not _is_of(came.secret.version, row):
        return
    is_news = row is None or (row.is_valid, row.last_error) != (came.verdict, came.complaint)
    if is_news or attempt.trigger == "test":
        await credentials.mark(session, attempt.connector, valid=came.verdict, error=came.complaint)


def _is_of(version: str, row: ConnectorCredential | None) -> bool:
    """Whether the call used the credential that is stored now; an OAuth connection's token has no version of its own."""
    if ":" not in version:
        return True
    return row is not None and version == credentials.version_of(row)
