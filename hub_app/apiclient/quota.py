"""How often an account of an API may be called, counted for all processes together."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from limits.errors import StorageError

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import ratelimit

_log = logging.getLogger(__name__)


class Rate(NamedTuple):
    """At most so many calls in any so many seconds."""

    calls: int
    seconds: int


def rates(*, per_minute: int = 0, per_hour: int = 0) -> tuple[Rate, ...]:
    """What an API's documentation says most often; 0 is no limit."""
    return tuple(Rate(*one) for one in ((per_minute, 60), (per_hour, 3600)) if one[0])


@dataclass(frozen=True, slots=True)
class Quota:
    """The calls of one account: `of` names it, such as the id of a connection. Without `rates` there may be as many as one
    likes, but for the time for which the API has asked to wait. `groups` are calls of which there may be fewer, such as searches.
    """

    of: str
    rates: Sequence[Rate] = ()
    groups: Mapping[str, Sequence[Rate]] = field(default_factory=dict[str, Sequence[Rate]])

    async def take(self, group: str = "") -> None:
        """Count a call that is about to be made; ApiError, of the kind `rate_limited`, when it must wait.

        A counter that does not answer stops nobody: the API itself refuses what is too much.
        """
        try:
            wait, why = await ratelimit.held("quota", self.of), "The API asked Hub to wait"
            if not wait:
                wait, why = await self._over(group), "As many calls were made as this API allows"
        except StorageError:
            _log.warning("Calls of an API could not be counted; it is called all the same.")
            return
        if wait:
            message = f"{why}. The next call can be made in {max(1, round(wait)):,} s."
            raise ApiError("rate_limited", message, retry_after=wait, sent=False)

    async def hold(self, seconds: float) -> None:
        """Let nobody call for so long."""
        try:
            await ratelimit.hold(seconds, "quota", self.of)
        except StorageError:
            _log.warning("That an API asks to wait could not be noted.")

    async def _over(self, group: str) -> float:
        """How long until the next call may be made; 0 when it may be made now, and is counted."""
        of_group = [(rate, ("quota", self.of, group)) for rate in self.groups.get(group, ())]
        of_all = [(rate, ("quota", self.of)) for rate in self.rates]
        # Where the longer window is full, a call that is counted in the shorter one alone does no harm.
        for (calls, seconds), counter in sorted(of_group + of_all, key=lambda one: one[0].seconds):
            wait = await ratelimit.take(calls, seconds, *counter)
            if wait:
                return wait
        return 0
