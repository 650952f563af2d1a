"""What verifications of the audit log found, and whether that is to be believed: each row has a code under Hub's key.

Without it a row that says "whole", put in by hand, would silence what a verification has found.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit_mac
from hub_app.kernel.audit_mac import Verdict
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import AuditVerification

State = Literal["whole", "changed", "unchecked", "forged"]
CONCLUSIVE = ("whole", "changed", "unchecked")
_CLOCKS_DIFFER = timedelta(minutes=10)
_AT_ONCE = 5
_MOST = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """How the audit log stands. `newest` is the last genuine verification that says something about it; None before the first.
    `state` is what it found, "forged" when somebody changed or added results since, "unchecked" when a key is missing to
    tell; None when nothing is known.
    """

    newest: AuditVerification | None
    state: State | None


def prove(row: AuditVerification) -> None:
    """Give a row its code, after each change and before it is written."""
    row.mac = audit_mac.verification(row, audit_mac.newest())


def judge(row: AuditVerification) -> Verdict:
    """What a row's code says of it. One of the future is WRONG too: it would stand above all that are made until then."""
    verdict = audit_mac.of_verification(row, row.mac)
    return Verdict.WRONG if row.created_at > utcnow() + _CLOCKS_DIFFER else verdict


def is_genuine(row: AuditVerification) -> bool:
    return judge(row) is Verdict.RIGHT


async def standing(session: AsyncSession) -> Standing:
    """How the log stands by the newest rows, down to the first that is genuine and says something."""
    met: set[Verdict] = set()
    newest: AuditVerification | None = None
    try:
        async for row in _newest_first(session):
            verdict = judge(row)
            met.add(verdict)
            if verdict is Verdict.RIGHT and row.outcome in CONCLUSIVE:
                newest = row
                break
    except (TypeError, ValueError):
        # A column that cannot be read: Hub has not written it.
        met.add(Verdict.WRONG)
    if Verdict.WRONG in met:
        return Standing(newest, "forged")
    found = newest and _state(newest)
    return Standing(newest, "unchecked" if Verdict.OTHER_KEY in met and found != "changed" else found)


async def _newest_first(session: AsyncSession) -> AsyncIterator[AuditVerification]:
    """The newest rows, few at once: mostly the first ones tell."""
    statement = select(AuditVerification).order_by(col(AuditVerification.id).desc()).limit(_AT_ONCE)
    following = statement
    for _ in range(0, _MOST, _AT_ONCE):
        rows = (await session.exec(following)).all()
        for row in rows:
            yield row
        if len(rows) < _AT_ONCE:
            return
        following = statement.where(col(AuditVerification.id) < rows[-1].id)


def _state(row: AuditVerification) -> State:
    return "whole" if row.outcome == "whole" else "changed" if row.outcome == "changed" else "unchecked"
