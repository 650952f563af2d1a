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
        self._now: set[str] = set()
        self._soon: set[str] = set()

    def add(self, statement: Statement) -> int:
        """Add a statement; where in what `commit` gives back its rows will be."""
        self.statements.append(statement)
        return len(self.statements) - 1

    def notify(self, topic: str, *, soon: bool = False) -> None:
        """Wake those who wait for `topic` once this has committed, in this process and in every other one; with `soon`,
        other processes a tenth of a second later.
        """
        (self._soon if soon else self._now).add(topic)

    async def commit(self) -> list[list[tuple[Any, ...]]]:
        """Run and commit; the rows of each statement. Raises IntegrityError, and then nothing was written."""
        database, statements = self._database, self.statements
        if database.write_lock is not None:
            async with database.write_lock:
                found = await database.direct.run(statements)
        else:
            found = await database.direct.run([db.role_of(self._tenant), *statements])
            found = found[1:]
            database.notifier.tell(self._soon, soon=True)
            database.notifier.tell(self._now)
        signals.wake(self._now | self._soon)
        return found
