"""How long rows are kept: each capability declares it (`Capability.retention`), one periodic task deletes what is older."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from sqlmodel import SQLModel

from hub_app.kernel import capabilities, cleaning, uses
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at
from hub_app.kernel.scheduler import Periodic

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """Rows of `model` go, with what hangs on them, once the time in the column `by` is `after` ago and `only` holds.

    Ids tell the time too. The column must have an index, or one behind the tenant's id (`cleaning.delete_below`).
    """

    model: type[SQLModel]
    by: str = "id"
    after: timedelta | Callable[[], timedelta] = timedelta()
    """A setting is read when it is needed."""
    only: Sequence[sa.ColumnElement[bool]] = ()
    needed_as: str = ""
    """Of which kind its rows are to other capabilities, whose waiting work keeps them (`Capability.needs`)."""
    runs_out: bool = False
    """The rows have an end of their own, which comes while their tenant is suspended too. Others are kept until it is resumed."""

    async def apply(self) -> None:
        """Delete what has had its time. It may be cut off and run again."""
        until = utcnow() - (self.after if isinstance(self.after, timedelta) else self.after())
        limit = lowest_at(until) if self.by == "id" else until
        column = getattr(self.model, self.by)
        await cleaning.delete_below(column, limit, *self.only, *self._unneeded(), of_suspended=self.runs_out)

    def _unneeded(self) -> list[sa.ColumnElement[bool]]:
        if not self.needed_as:
            return []
        columns = sa.inspect(self.model).columns
        return [~one for one in uses.needed(self.needed_as, columns.tenant_id, columns.id)]


async def apply(rules: Sequence[Retention]) -> None:
    """Apply one rule after the other. RuntimeError, once all had their turn, when some failed."""
    failed: list[str] = []
    for rule in rules:
        try:
            await rule.apply()
        except Exception:  # noqa: BLE001 - one rule's bug must not keep everything else for ever
            _log.exception("Old rows of %s could not be deleted.", rule.model.__name__)
            failed.append(rule.model.__name__)
    if failed:
        raise RuntimeError(f"Old rows could not be deleted: {', '.join(failed)}.")


def every_task() -> list[Periodic]:
    """What the scheduler runs: deleting what is old, and the periodic tasks of every capability."""
    found = capabilities.every()
    rules = [rule for capability in found for rule in capability.retention]
    return [task(rules), *(one for capability in found for one in capability.periodic)]


def task(rules: Sequence[Retention]) -> Periodic:
    run: Callable[[], Awaitable[None]] = partial(apply, rules)
    about = "Deletes records that are older than the retention settings allow."
    return Periodic("retention", timedelta(hours=1), run, about)
