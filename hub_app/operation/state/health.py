"""The operator's page of health."""

from dataclasses import dataclass

import reflex as rx

from hub_app.kernel.actor import Actor, Role
from hub_app.operation.schemas import Installation
from hub_app.operation.service import health
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.live import follow

_POLL_SECONDS = 10
_NO_TOPIC = "health"


@dataclass(frozen=True)
class CheckRow:
    name: str
    href: str
    """Where there is more; "" for nowhere."""
    state: str
    detail: str


@dataclass(frozen=True)
class ProcessRow:
    name: str
    role: str
    started_at: str
    seen_at: str


class HealthState(rx.State):
    """How the installation is. `refused` for people who do not run this Hub."""

    loaded: bool = False
    refused: bool = False
    status: str = ""
    checks: rx.Field[list[CheckRow]] = rx.field(default_factory=list)
    processes: rx.Field[list[ProcessRow]] = rx.field(default_factory=list)
    database: str = ""
    size: str = ""
    schema: str = ""
    redis: str = ""
    python: str = ""
    started_at: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor = await current_actor(self)
        self.refused, self.loaded = not actor.is_operator, True
        if not self.refused:
            await self._show(await _look(actor))

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Look again every few seconds. Reflex ends this when the page is left."""
        if (await current_actor(self)).is_operator:
            await follow(self, _NO_TOPIC, _look, self._show, poll_seconds=_POLL_SECONDS)

    async def _show(self, found: Installation) -> None:
        self.status = found.status
        pages = health.pages()
        self.checks = [
            CheckRow(name.capitalize(), pages.get(name, ""), "ok" if one.ok else "degraded", one.detail)
            for name, one in found.checks.items()
        ]
        self.processes = [
            ProcessRow(
                f"{one.host}, process {one.pid}", one.role, words.iso(one.started_at), words.iso(one.seen_at)
            )
            for one in found.processes
        ]
        base = found.database
        self.database, self.size = f"{base.kind} {base.version}", words.size(base.size)
        self.schema = (
            base.revision
            if base.revision == base.expected
            else f"{base.revision}, this version needs {base.expected}"
        )
        self.redis = "In use" if found.redis else "Not in use"
        self.python, self.started_at = found.python, words.iso(found.started_at)


async def _look(actor: Actor) -> Installation:
    return await health.describe(actor)
