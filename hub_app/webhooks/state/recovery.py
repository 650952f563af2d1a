"""Sending an endpoint's failed deliveries again: how many there are, and the job that does it."""

from datetime import timedelta

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.ui.forms import DialogState, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.webhooks.service import recovery, stats
from hub_app.webhooks.state.address import EndpointAddress

SPANS = {"1": "Last hour", "24": "Last 24 hours", "168": "Last 7 days", "720": "Last 30 days"}
_FIRST = "24"


class RecoveryState(DialogState, rx.State):
    """The dialog. `count` is how many deliveries failed in the chosen span, as far as they are counted; `many` says so."""

    span: str = _FIRST
    count: int = 0
    many: str = ""

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask_recover(self) -> None:
        await self._choose(_FIRST)
        self._open("recover")

    @rx.event
    @guarded(Role.ENGINEER)
    async def choose(self, span: str) -> None:
        """Count what failed within these hours."""
        await self._choose(span if span in SPANS else _FIRST)

    async def _choose(self, span: str) -> None:
        self.span = span
        since = utcnow() - timedelta(hours=int(span))
        actor = await current_actor(self)
        self.count = await recovery.count(actor, EndpointAddress.at(self).id, since, failed_only=True)
        self.many = stats.counted(self.count)

    @confirmed(Role.ENGINEER)
    async def start(self) -> str:
        """Start the job."""
        since = utcnow() - timedelta(hours=int(self.span))
        await recovery.recover(
            await current_actor(self), EndpointAddress.at(self).id, since, failed_only=True
        )
        return "They are being sent again. The top bar shows the progress."
