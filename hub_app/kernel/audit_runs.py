"""Verifications of the audit log, each with what was found, as one row of the installation's.

The scheduler begins one a day, an operator asks for one, and `python -m hub_app verify-audit` makes one.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit_check, audit_results, capabilities, db
from hub_app.kernel.audit_chain import End
from hub_app.kernel.audit_check import Report, Unreadable
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import AuditVerification

Source = Literal["scheduler", "operator", "command"]
Outcome = Literal["waiting", "running", "whole", "changed", "unchecked", "failed"]
TOPIC = "audit_verifications"
CUT_OFF = timedelta(hours=6)
"""What is still under way after so long was cut off with its process."""
_MOST_OPEN = 100
_CUT_OFF_NOTE = "It did not come to an end: its process stopped."
_FAILED_NOTE = "It failed because of an internal error. See the log of Hub."
_LONGEST_NOTE = 1000
_MOST_LOGGED = 10
_log = logging.getLogger(__name__)


async def under_way(session: AsyncSession) -> AuditVerification | None:
    """The verification that waits or runs, if any. What somebody else wrote there keeps nobody waiting."""
    is_open = col(AuditVerification.finished_at).is_(None)
    still = col(AuditVerification.created_at) > utcnow() - CUT_OFF
    rows = await session.exec(select(AuditVerification).where(is_open, still).limit(_MOST_OPEN))
    return next((row for row in rows.all() if audit_results.is_genuine(row)), None)


async def ask(session: AsyncSession, asked_by: UUID) -> AuditVerification:
    """Note that this operator wants one: the next that the scheduler runs is theirs."""
    asked = AuditVerification(source="operator", asked_by=asked_by)
    audit_results.prove(asked)
    session.add(asked)
    await session.flush()
    db.notify(session, TOPIC)
    return asked


async def run(
    source: Source, anchored: Mapping[UUID, End] | None = None, *, beside_others: bool = False
) -> tuple[AuditVerification, Report | None]:
    """Verify every chain and keep what was found; no report when a row cannot be read. The arguments are those of
    `audit_check.verify`. An error that is none of the log's is raised again, once it is noted.
    """
    begun = await _begin(source)
    names = await capabilities.tenant_names()
    try:
        report = await audit_check.verify(names, anchored, beside_others=beside_others)
    except Unreadable as error:
        return await _end(begun.id, "changed", note=str(error)), None
    except BaseException as error:
        cut_off = isinstance(error, asyncio.CancelledError)
        await _end(begun.id, "failed", note=_CUT_OFF_NOTE if cut_off else _FAILED_NOTE)
        raise
    note = report.told_of_keys() if report.other_keys else ""
    outcome: Outcome = "changed" if report.problems else "unchecked" if report.other_keys else "whole"
    return await _end(begun.id, outcome, note=note, report=report), report


async def _begin(source: Source) -> AuditVerification:
    """The row of the verification that begins: the one that was asked for, where the scheduler begins it."""
    async with db.system("a verification of the audit log begins", write=True) as session:
        await _end_those_cut_off(session)
        asked = await under_way(session) if source == "scheduler" else None
        row = asked if asked is not None and asked.outcome == "waiting" else AuditVerification(source=source)
        row.outcome, row.started_at = "running", utcnow()
        audit_results.prove(row)
        session.add(row)
        db.notify(session, TOPIC)
    return row


async def _end_those_cut_off(session: AsyncSession) -> None:
    """Note the end of what was cut off. What was changed by hand stays as it is: a new code would vouch for it."""
    is_open = col(AuditVerification.finished_at).is_(None)
    long_ago = col(AuditVerification.created_at) <= utcnow() - CUT_OFF
    for row in (
        await session.exec(select(AuditVerification).where(is_open, long_ago).limit(_MOST_OPEN))
    ).all():
        if audit_results.is_genuine(row):
            row.outcome, row.note, row.finished_at = "failed", _CUT_OFF_NOTE, utcnow()
            audit_results.prove(row)
            session.add(row)


async def _end(
    row_id: UUID, outcome: Outcome, *, note: str = "", report: Report | None = None
) -> AuditVerification:
    async with db.system("a verification of the audit log has ended", write=True) as session:
        row = await session.get_one(AuditVerification, row_id)
        row.outcome, row.finished_at, row.note = outcome, utcnow(), note[:_LONGEST_NOTE]
        if report is not None:
            row.entries = report.entries
            row.problems = _problems(report)
        audit_results.prove(row)
        session.add(row)
        db.notify(session, TOPIC)
    if outcome in {"changed", "unchecked"}:
        told = [f"{tenant_id}: {' '.join(found)}" for tenant_id, found in row.problems.items()]
        more = f"and {len(told) - _MOST_LOGGED:,} more logs" if len(told) > _MOST_LOGGED else ""
        found = " ".join(one for one in (note, *told[:_MOST_LOGGED], more) if one)
        _log.error("The audit log does not verify. %s", found)
    return row


def _problems(report: Report) -> dict[str, list[str]]:
    found = {str(tenant_id): list(sentences) for tenant_id, sentences in report.problems.items()}
    for tenant_id, count in report.unchecked.items():
        first = report.first_unchecked.get(tenant_id)
        which = f", from entry {first:,} on," if first else ""
        what = f"1 row{which} was" if count == 1 else f"{count:,} rows{which} were"
        found.setdefault(str(tenant_id), []).append(
            f"{what} written with a key that is not here, and could not be checked."
        )
    return found
