"""Figures of the installation for Prometheus: what this process counted, and what the database knows of all of them."""

import logging
from collections import Counter
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from hub_app.kernel import backlogs, capabilities, db, figures, forwarded, processes
from hub_app.kernel.actor import Actor
from hub_app.kernel.backlogs import Standing
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Forbidden, Unauthenticated
from hub_app.kernel.figures import Gauge
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import Schedule
from hub_app.operation.service.queues import LATELY

_log = logging.getLogger(__name__)


def is_open() -> bool:
    """Whether this machine's own requests can be told from those of a proxy: none stands before Hub, as far as its settings
    say. One on this machine that says nothing of itself looks like the machine.
    """
    settings = get_settings()
    host = urlsplit(settings.public_url).netloc
    return not settings.trusted_proxies and (not host or forwarded.is_loopback(host))


async def text(actor: Actor | None, *, direct: bool) -> bytes:
    """Everything, in Prometheus' text format, for whoever asks directly on this machine, and for the operator's API token.

    Unauthenticated and Forbidden for others.
    """
    if not direct:
        if actor is None:
            raise Unauthenticated(
                "Metrics need an operator's API token, unless Hub's own machine asks and no proxy stands before Hub."
            )
        actor.require_operator()
        if actor.via != "token":
            raise Forbidden("The operator's API token is required")
    try:
        gauges, up = await _gauges(), True
    except (SQLAlchemyError, OSError):
        _log.exception("The database could not be asked for metrics.")
        gauges, up = [], False
    return figures.text([Gauge("hub_database_up", "1 when the database responds.", up), *gauges])


async def _gauges() -> list[Gauge]:
    gauges = [*await _queues(), *await _schedule(), *await _processes(), *_pool()]
    for capability in capabilities.every():
        if capability.gauges is not None:
            gauges += await capability.gauges()
    return gauges


async def _queues() -> list[Gauge]:
    found: list[Gauge] = []
    now = utcnow()
    for backlog in backlogs.every().values():
        async with db.system("queues are counted") as session:
            standing = list((await backlog.standing(session, now - LATELY)).values())
        due = min((one.due_since for one in standing if one.due_since), default=now)
        labels = {"queue": backlog.name}
        found += [
            Gauge("hub_queue_waiting", "Work that waits.", _sum(standing, "waiting"), labels),
            Gauge(
                "hub_queue_on_hold",
                "Work of suspended tenants, which waits until they are resumed.",
                _sum(standing, "on_hold"),
                labels,
            ),
            Gauge("hub_queue_running", "Work under way.", _sum(standing, "running"), labels),
            Gauge(
                "hub_queue_failed_24h",
                "Work that failed in the last 24 hours.",
                _sum(standing, "failed"),
                labels,
            ),
            Gauge(
                "hub_queue_oldest_seconds",
                "How long the oldest work that waits has been due.",
                max(0.0, (now - due).total_seconds()),
                labels,
            ),
        ]
    return found


def _sum(standing: list[Standing], name: str) -> int:
    return sum(getattr(one, name) for one in standing)


async def _schedule() -> list[Gauge]:
    now = utcnow()
    async with db.system("is the scheduler late?") as session:
        rows = (await session.exec(select(Schedule.name, Schedule.due_at, Schedule.error))).all()
    found: list[Gauge] = []
    for name, due_at, error in rows:
        late = max(0.0, (now - due_at).total_seconds())
        labels = {"task": name}
        found.append(Gauge("hub_task_late_seconds", "How long a periodic task has been due.", late, labels))
        found.append(Gauge("hub_task_failed", "1 when the task's last run failed.", bool(error), labels))
    return found


async def _processes() -> list[Gauge]:
    counts = Counter(one.role for one in await processes.alive())
    about = "Processes of this installation that are alive, by role."
    return [Gauge("hub_processes", about, count, {"role": role}) for role, count in counts.items()]


def _pool() -> list[Gauge]:
    in_use, idle = db.connections()
    about = "Database connections of this process's pool."
    return [
        Gauge("hub_database_connections", about, in_use, {"state": "in_use"}),
        Gauge("hub_database_connections", about, idle, {"state": "idle"}),
    ]
