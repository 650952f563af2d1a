"""A second process that runs a connector's action when it is told to."""

import asyncio
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from uuid import UUID

from hub_app.connectors.schemas.runs import RunIn
from hub_app.connectors.service import runs
from hub_app.governance.service import consents
from hub_app.kernel import db, outbound, signals
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import HubError
from hub_app.kernel.settings import get_settings
from tests.forks import FORKS
from tests.hearing import until_reliable

_END_SECONDS = 60


@dataclass(frozen=True)
class Process:
    """It is connected to the database, and hears of what other processes commit."""

    process: ForkServerProcess
    connection: Connection

    def call(self, *, once_heard: bool = False) -> str:
        """Why the action was not run, "" when it was. `once_heard`: not before a signal that a consent changed has come since
        the last call.
        """
        self.connection.send("heard" if once_heard else "now")
        answer: str = self.connection.recv()
        return answer

    def stop(self) -> None:
        self.connection.send("stop")
        self.process.join(_END_SECONDS)
        assert self.process.exitcode == 0


def start(actor: Actor, connector_id: UUID) -> Process:
    ours, theirs = FORKS.Pipe()
    arguments = (theirs, dict(os.environ), actor, connector_id)
    process = FORKS.Process(target=_main, args=arguments, daemon=True)
    process.start()
    theirs.close()
    ours.recv()
    return Process(process, ours)


def _main(told: Connection, environment: dict[str, str], actor: Actor, connector_id: UUID) -> None:
    os.environ.clear()
    os.environ.update(environment)
    asyncio.run(_work(told, actor, connector_id))


async def _work(told: Connection, actor: Actor, connector_id: UUID) -> None:
    await db.connect(get_settings())
    try:
        with signals.watch(consents.TOPIC) as changed:
            await until_reliable()
            await changed.wait(0)
            told.send("ready")
            while (order := await asyncio.to_thread(told.recv)) != "stop":
                if order == "heard":
                    assert await changed.wait(_END_SECONDS)
                try:
                    await runs.run_action(actor, connector_id, "it", RunIn(params={}))
                except HubError as error:
                    told.send(error.detail)
                else:
                    told.send("")
    finally:
        await outbound.close_client()
        await db.disconnect()
