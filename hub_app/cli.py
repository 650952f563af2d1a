"""The command line: `python -m hub_app run | dev | migrate`."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence

from granian.constants import Interfaces
from granian.server.embed import Server
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from hub_app import build
from hub_app.kernel import log, migrations
from hub_app.kernel.settings import Settings, get_settings
from hub_app.kernel.validation import field_errors


class StartError(Exception):
    """Hub cannot start. The message says what is wrong and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its work, 1 with a sentence on stderr when it could not."""
    parser = argparse.ArgumentParser(prog="python -m hub_app", description="Hub, the integration hub")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, explanation) in _COMMANDS.items():
        commands.add_parser(name, help=explanation, description=explanation)
    chosen = parser.parse_args(arguments).command
    os.chdir(build.ROOT)
    try:
        settings = _checked_settings()
        log.setup(settings.log_level)
        _COMMANDS[chosen][0](settings)
    except (StartError, build.BuildFailed, migrations.DatabaseTooOld) as error:
        print(f"Hub cannot start. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _checked_settings() -> Settings:
    try:
        return get_settings()
    except ValidationError as error:
        wrong = "\n".join(f"  {e.field.upper()} {e.message}" for e in field_errors(error.errors()))
        raise StartError(
            f"These settings are wrong; correct them in the environment or .env:\n{wrong}"
        ) from None
    except OSError as error:
        raise StartError(
            f"The data folder cannot be written: {error.strerror} ({error.filename}). Set DATA_DIR to a folder that"
            " this user may write."
        ) from None


def _run(settings: Settings) -> None:
    _check_port(settings)
    _migrate(settings)
    print("Checking the screens …", flush=True)
    if build.ensure():
        print("The screens were built.", flush=True)
    asyncio.run(_serve(settings))


def _dev(settings: Settings) -> None:
    _migrate(settings)
    os.environ.update(build.reflex_environment())
    os.execv(sys.executable, [sys.executable, "-m", "reflex", "run", "--env", "dev"])  # noqa: S606 - our own command


def _migrate(settings: Settings) -> None:
    shown = settings.sqlalchemy_url().render_as_string(hide_password=True)
    try:
        asyncio.run(migrations.upgrade(settings))
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StartError(
            f"The database {shown} could not be opened or migrated: {reason}. Check DATABASE_URL, and that the server"
            " runs and lets Hub in."
        ) from None


def _check_port(settings: Settings) -> None:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise StartError(
                f"Address {settings.host} port {settings.port} cannot be used: {error.strerror}. Stop the program that"
                " has it, or start Hub on another one with PORT=3001."
            ) from None


async def _serve(settings: Settings) -> None:
    os.environ.update(
        {
            "REFLEX_ENV_MODE": "prod",
            "REFLEX_STATES_WORKDIR": str(settings.data_dir / "states"),
            # Reflex's internal switches (the version is pinned): serve the finished build, compile nothing.
            "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
            "__REFLEX_SKIP_COMPILE": "true",
        }
    )
    if settings.redis_url:
        os.environ["REFLEX_REDIS_URL"] = settings.redis_url
    from hub_app.hub_app import app

    server = Server(
        app(),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        backlog=1024,
    )
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        server.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    name = "localhost" if settings.host in {"0.0.0.0", "::", "127.0.0.1"} else settings.host  # noqa: S104 - compared only
    print(f"Hub is at {settings.public_url or f'http://{name}:{settings.port}'}", flush=True)
    await server.serve()
    if not stopping.is_set():
        raise StartError("The server ended by itself; the lines above say why.")


_COMMANDS: dict[str, tuple[Callable[[Settings], None], str]] = {
    "run": (_run, "Migrate the database, build the screens when they changed, and serve."),
    "dev": (_dev, "Serve with hot reload, for working on Hub itself."),
    "migrate": (_migrate, "Bring the database to this version's schema."),
}
