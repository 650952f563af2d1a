"""A second process of Hub that is known as alive, sends deliveries, and runs a connector's action."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from uuid import UUID

from pydantic import JsonValue

from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import runs
from hub_app.kernel import capabilities, db, outbound, processes
from hub_app.kernel.actor import Actor
from hub_app.kernel.settings import get_settings
from hub_app.webhooks import worker
from tests.forks import FORKS
from tests.hearing import until_reliable

_END_SECONDS = 60


@dataclass(frozen=True)
class Process:
    """It is connected to the database, and hears of what other processes commit."""

    process: ForkServerProcess
    connection: Connection

    def wait(self) -> None:
        """Until the action has ended, and the process."""
        assert self.connection.recv() == "called"
        self.connection.send("stop")
        self.process.join(_END_SECONDS)
        assert self.process.exitcode == 0


def start(actor: Actor, connector_id: UUID, params: Mapping[str, JsonValue]) -> Process:
    """One that has begun to run the action `it` with these parameters."""
    ours, theirs = FORKS.Pipe()
    arguments = (theirs, dict(os.environ), actor, connector_id, dict(params))
    process = FORKS.Process(target=_main, args=arguments, daemon=True)
    process.start()
    theirs.close()
    assert ours.recv() == "ready"
    return Process(process, ours)


def _main(
    told: Connection,
    environment: dict[str, str],
    actor: Actor,
    connector_id: UUID,
    params: dict[str, JsonValue],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    asyncio.run(_work(told, actor, connector_id, params))


async def _work(told: Connection, actor: Actor, connector_id: UUID, params: dict[str, JsonValue]) -> None:
    capabilities.load_tables()
    await db.connect(get_settings())
    try:
        async with processes.running(), worker.running():
            await until_reliable()
            told.send("ready")
            await runs.run_action(actor, connector_id, "it", RunIn(params=params))
            told.send("called")
            await asyncio.to_thread(told.recv)
    finally:
        await outbound.close_client()
        await db.disconnect()
