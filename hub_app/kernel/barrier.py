"""Waiting until all that was under way at a moment has ended, in every process of the installation.

Each process tells since when its oldest work is under way, by its own clock (kernel/processes.py). So nobody's work is slowed
down, and when work began is never compared between machines: a process that is asked answers with a moment of its own, and
later with one that its oldest work began after. One that was not heard of for a minute is gone (clocks may differ by less).
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import col, update

from hub_app.kernel import db, processes, underway
from hub_app.kernel.clock import utcnow
from hub_app.kernel.tables import HubProcess


@dataclass(frozen=True, slots=True)
class Barrier:
    """A moment: that of this process, and the number of the question that each other process was asked then."""

    moment: datetime
    asked: dict[UUID, int]
    answers: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])

    async def passed(self) -> bool:
        """Whether everything that was under way at that moment has ended."""
        return not _before(underway.busy_since(), self.moment) and (
            not self.asked or all(self._has_ended(one) for one in await processes.alive())
        )

    def _has_ended(self, one: HubProcess) -> bool:
        number = self.asked.get(one.id)
        if number is None:
            return True  # It began later.
        if one.answered < number:
            return False
        return not _before(one.busy_since, self.answers.setdefault(one.id, one.seen_at))


async def raised() -> Barrier:
    """A barrier for this moment. No transaction may be open."""
    underway.recall()
    moment = utcnow()
    others = col(HubProcess.seen_at) > moment - processes.ALIVE, col(HubProcess.id) != processes.own_id()
    async with db.system("what is under way?", write=True) as session:
        ask = update(HubProcess).where(*others).values(asked=col(HubProcess.asked) + 1)
        found = await session.exec(ask.returning(col(HubProcess.id), col(HubProcess.asked)))
        asked = {one[0]: one[1] for one in found.all()}
        db.notify(session, processes.ASKED)
    return Barrier(moment, asked)


def _before(since: datetime | None, moment: datetime) -> bool:
    return since is not None and since <= moment
