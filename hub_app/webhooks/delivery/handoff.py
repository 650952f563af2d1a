"""Fresh deliveries straight from their publisher to the dispatcher of the same process: written as claimed, and sent at once.

What finds no room here is written as due, and claimed like everything else. Whoever dies between writing and sending leaves a
lease that runs out.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from hub_app.webhooks.delivery.claimed import ClaimedDelivery


class Taker(Protocol):
    """A dispatcher, seen from a publisher."""

    def reserve(self, endpoint_id: UUID) -> bool: ...

    def give_up(self, endpoint_id: UUID) -> None: ...

    def take(self, deliveries: Sequence[ClaimedDelivery]) -> None: ...


_taker: Taker | None = None


def open_to(taker: Taker | None) -> None:
    """Hand over to this dispatcher from now on; to nobody when None."""
    global _taker  # noqa: PLW0603 - one dispatcher per process
    _taker = taker


def taker() -> Taker | None:
    """Who takes fresh deliveries in this process. None in one that sends none."""
    return _taker
