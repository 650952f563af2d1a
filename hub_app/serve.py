"""Serving screens and REST from this process, or working in the background, until it is told to stop."""

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn

from granian.constants import Interfaces
from granian.server.embed import Server

from hub_app.kernel import figures, processes
from hub_app.kernel.datafolder import STATES
from hub_app.kernel.settings import Settings
from hub_app.lifespan import lifespan

# The front door (`ui/sockets.py`) knows how much each may send. This is behind it, so that none of it is cut here.
_MESSAGE_BYTES = 4 * 1024 * 1024
_FAREWELL_SECONDS = 3
_PATIENCE_SECONDS = 10
_log = logging.getLogger(__name__)


class ServingEnded(Exception):
    """The server ended though nobody told it to."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, let what runs finish, and end the process; ServingEnded if it ends by itself."""
    asyncio.run(_serve(settings))


def work(settings: Settings) -> None:
    """Do the background's work until SIGTERM or SIGINT, and let what runs finish. OSError when its metrics' port is taken."""
    if settings.worker_metrics_port is not None:
        figures.serve_on(settings.worker_metrics_port)
    asyncio.run(_work())


async def _work() -> None:
    told_to_stop = _signalled()
    async with lifespan():
        print("Hub works in the background", flush=True)
        await told_to_stop.wait()


def _signalled() -> asyncio.Event:
    """Set by SIGTERM and SIGINT."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


def _prepare_reflex(settings: Settings) -> None:
    """Set what Reflex reads from its environment on import: serve the finished build, compile nothing."""
    os.environ.update(
        {
            "REFLEX_ENV_MODE": "prod",
            "REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE": str(_MESSAGE_BYTES),
            "REFLEX_STATES_WORKDIR": str(settings.data_dir / STATES),
            # Two underscores: internal switches, kept by pinning Reflex's version.
            "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
            "__REFLEX_SKIP_COMPILE": "true",
        }
    )
    if settings.redis_url:
        os.environ["REFLEX_REDIS_URL"] = settings.redis_url


async def _serve(settings: Settings) -> None:
    _prepare_reflex(settings)
    from hub_app.hub_app import app, behind_the_front_door

    # Before Reflex's own layers instead of within them: REST need not pass through those.
    app.api_transformer = None
    server = Server(
        behind_the_front_door(app()),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        backlog=1024,
    )
    told_to_stop = _signalled()
    print(f"Hub is at {settings.own_address()}", flush=True)
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(told_to_stop.wait())
    await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
    if not told_to_stop.is_set():
        waiting.cancel()
        await serving
        raise ServingEnded
    processes.leave()
    # While the server still runs: it sends nothing more on a websocket once it is told to stop.
    engine: Any = getattr(app.sio, "eio", None)
    if engine is not None and engine.sockets:
        # A client that vanishes at this very moment may never take what it is sent: engineio would wait for it.
        with suppress(TimeoutError):
            await asyncio.wait_for(engine.disconnect(), _FAREWELL_SECONDS)
    server.stop()
    await asyncio.wait((serving,), timeout=_PATIENCE_SECONDS)
    if not serving.done():
        _log.warning("Some requests did not end within %s seconds; they are cut.", _PATIENCE_SECONDS)
    _leave()


def _leave() -> NoReturn:
    """End the process here: the loop would wait for ever for connections that the server has dropped."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)
