"""Sending an endpoint's failed deliveries again: how many there are, and the job that does it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.mixins import DialogState
from hub_app.webhooks.service import recovery, stats
from hub_app.webhooks.state.endpoint import endpoint_id

SPANS = {"1": "Last hour", "24": "Last 24 hours", "168": "Last 7 days", "720": "Last 30 days"}
_FIRST = "24"


class Recovery(DialogState, rx.State):
    """The dialog. `count` is how many deliveries failed in the chosen span, as far as they are counted; `many` says so."""

    span: str = _FIRST
    count: int = 0
    many: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def load(self) -> None:
        self._open("")

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask(self) -> None:
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
        self.count = await recovery.count(actor, endpoint_id(self), since, failed_only=True)
        self.many = stats.counted(self.count)

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def start(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Start the job."""
        del data
        self.busy = True
        yield None
        since = utcnow() - timedelta(hours=int(self.span))
        await recovery.recover(await current_actor(self), endpoint_id(self), since, failed_only=True)
        self._open("")
        yield rx.toast.success("They are being sent again. The top bar shows how far it is.")
