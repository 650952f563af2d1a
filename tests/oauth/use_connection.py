"""A second process that uses a connection."""

import asyncio
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from uuid import UUID

from hub_app.kernel import db, outbound
from hub_app.kernel.settings import get_settings
from hub_app.oauth.service import tokens
from tests.forks import FORKS

_USES = 10
_END_SECONDS = 60


@dataclass(frozen=True)
class Process:
    """It is connected to the database, and begins when it is told to."""

    process: ForkServerProcess
    connection: Connection

    def begin(self) -> None:
        self.connection.send("go")

    def got(self) -> list[str]:
        """The token that each of its uses got, once it has ended."""
        tokens = self.connection.recv()
        self.process.join(_END_SECONDS)
        assert self.process.exitcode == 0
        assert len(tokens) == _USES
        return tokens


def start(tenant_id: UUID, connection_id: UUID) -> Process:
    ours, theirs = FORKS.Pipe()
    arguments = (theirs, dict(os.environ), tenant_id, connection_id)
    process = FORKS.Process(target=_main, args=arguments, daemon=True)
    process.start()
    theirs.close()
    ours.recv()
    return Process(process, ours)


def _main(told: Connection, environment: dict[str, str], tenant_id: UUID, connection_id: UUID) -> None:
    os.environ.clear()
    os.environ.update(environment)
    asyncio.run(_use(told, tenant_id, connection_id))


async def _use(told: Connection, tenant_id: UUID, connection_id: UUID) -> None:
    await db.connect(get_settings())
    try:
        told.send("ready")
        await asyncio.to_thread(told.recv)
        uses = (tokens.access_token(tenant_id, connection_id) for _ in range(_USES))
        told.send(await asyncio.gather(*uses))
    finally:
        await outbound.close_client()
        await db.disconnect()
