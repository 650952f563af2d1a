"""Refusals on their way to the audit log: the first of its kind at once, its repetitions as one entry with a count.

Whoever is refused may try again a thousand times a second, and name another thing each time. Within a window one actor
causes at most MOST_KINDS entries at once, as many again for reasons that were not among these, each at most once more with
a count at the window's end, and one for all further kinds. So nobody hides one refusal behind many others. What is counted
lives in this process's memory; it is written when the window ends, and when the process does.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from hub_app.kernel.actor import Actor

WINDOW_SECONDS = 60
MOST_KINDS = 20
# Of different people within one window. The longest known is written early when there are more.
MOST_ACTORS = 1_000
SEVERAL = "several"
_log = logging.getLogger(__name__)

# actor, reason, target, how many further times (0: it is the first)
Write = Callable[[Actor, str, str, int], Awaitable[None]]


@dataclass
class _Tally:
    """The refusals of one actor in the current window: how often each (reason, target) came again."""

    actor: Actor
    write: Write
    again: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    further: int = 0
    reason: str = ""

    async def settle(self) -> None:
        for (reason, target), count in self.again.items():
            if count:
                await self.write(self.actor, reason, target, count)
        if self.further:
            await self.write(self.actor, self.reason, SEVERAL, self.further)


_tallies: OrderedDict[object, _Tally] = OrderedDict()


async def note(actor: Actor, reason: str, target: str, *, write: Write) -> None:
    """Have a refusal written: now when it is the first of its kind in this window, else counted."""
    key = (actor.tenant_id, actor.user_id, actor.token_id, actor.via)
    tally = _tallies.get(key)
    if tally is None:
        tally = _tallies[key] = _Tally(actor, write)
        if len(_tallies) > MOST_ACTORS:
            await _tallies.popitem(last=False)[1].settle()
    kind = (reason, target)
    if kind in tally.again:
        tally.again[kind] += 1
    elif len(tally.again) < (MOST_KINDS if _is_known(reason, tally) else 2 * MOST_KINDS):
        tally.again[kind] = 0
        await write(actor, reason, target, 0)
    else:
        tally.further += 1
        tally.reason = reason


def _is_known(reason: str, tally: _Tally) -> bool:
    return any(one == reason for one, _ in tally.again)


async def settle() -> None:
    """End the window: write what was counted, and begin to count anew."""
    waiting = list(_tallies.values())
    _tallies.clear()
    for tally in waiting:
        try:
            await tally.settle()
        except SQLAlchemyError:
            _log.exception("Refusals of one member were not written to the audit log")


@asynccontextmanager
async def running() -> AsyncGenerator[None]:
    """Settle at the end of each window, and at the end of the block."""
    task = asyncio.create_task(_settle_again_and_again(), name="refusals")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await settle()


async def _settle_again_and_again() -> None:
    while True:
        await asyncio.sleep(WINDOW_SECONDS)
        await settle()
