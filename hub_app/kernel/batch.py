"""A whole transaction in one hop to the database, for what happens thousands of times a second.

Its statements are known beforehand: none can use what another one gives back. Everything else is a unit of work (`kernel/db.py`).
"""

from typing import Any
from uuid import UUID

from hub_app.kernel import db, signals
from hub_app.kernel.statements import Statement, Writes


class Batch(Writes):
    """One transaction of a tenant, or of the system where `tenant` is None."""

    def __init__(self, tenant: UUID | None) -> None:
        self._database = db.current()
        super().__init__(self._database.dialect, tenant)
        self._topics: set[str] = set()

    def add(self, statement: Statement) -> int:
        """Add a statement; where in what `commit` gives back its rows will be."""
        self.statements.append(statement)
        return len(self.statements) - 1

    def notify(self, topic: str) -> None:
        """Wake those who wait for `topic`, in every process, once this has committed."""
        self._topics.add(topic)

    async def commit(self) -> list[list[tuple[Any, ...]]]:
        """Run and commit; the rows of each statement. Raises IntegrityError, and then nothing was written."""
        database, statements = self._database, self.statements
        if database.write_lock is not None:
            async with database.write_lock:
                found = await database.direct.run(statements)
        else:
            notices = [_notice(self._topics)] if self._topics else []
            found = await database.direct.run([db.role_of(self._tenant), *statements, *notices])
            found = found[1 : 1 + len(statements)]
        signals.wake(self._topics)
        return found


def _notice(topics: set[str]) -> Statement:
    return Statement(
        "select pg_notify(%(channel)s, %(topics)s)",
        {"channel": signals.CHANNEL, "topics": signals.encode(topics)},
    )
