"""The command line: `python -m hub_app run | dev | demo | migrate | rotate-keys | verify-audit`, and the commands of
capabilities (`kernel/commands.py`).
"""

import argparse
import asyncio
import os
import socket
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from hub_app import build
from hub_app.kernel import (
    audit_anchor,
    audit_check,
    audit_runs,
    capabilities,
    datafolder,
    db,
    keycheck,
    log,
    migrations,
    rotation,
)
from hub_app.kernel.audit_chain import End
from hub_app.kernel.commands import Command
from hub_app.kernel.errors import HubError
from hub_app.kernel.settings import KeysMissing, Settings, get_settings
from hub_app.kernel.validation import field_errors
from hub_app.kernel.vault import SealBroken
from hub_app.serve import ServingEnded, serve, work

Result = TypeVar("Result")


class StartError(Exception):
    """A command cannot do its work. The message says what is wrong and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did its work, 1 with a sentence on stderr when it could not."""
    parser = argparse.ArgumentParser(prog="python -m hub_app", description="Hub, the integration hub")
    of_capabilities = {one.name: one for capability in capabilities.every() for one in capability.commands}
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, explanation) in _COMMANDS.items():
        commands.add_parser(name, help=explanation, description=explanation)
    commands.choices["run"].add_argument(
        "--role",
        choices=["all", "web", "worker"],
        help="do all of Hub's work in this process (all), or only screens and REST (web), or only what runs in the"
        " background (worker); the setting ROLE says the same",
    )
    commands.choices["verify-audit"].add_argument(
        "--anchor",
        metavar="FILE",
        # From where the command was given: Hub then changes into its own folder.
        type=lambda path: Path(path).absolute(),
        help="compare with this file, kept where the database is not, and add what is new to it",
    )
    for one in of_capabilities.values():
        more = commands.add_parser(one.name, help=one.explanation, description=one.explanation)
        for argument, text in one.arguments.items():
            more.add_argument(argument, help=text)
    options = parser.parse_args(arguments)
    chosen: str = options.command
    os.chdir(build.ROOT)
    datafolder.only_mine()
    try:
        settings = _checked_settings()
        log.setup(settings.log_level)
        datafolder.tighten(settings)
        if chosen in of_capabilities:
            command = of_capabilities[chosen]
            _run_command(settings, command, [getattr(options, one) for one in command.arguments])
        else:
            _COMMANDS[chosen][0](settings, options)
    except (StartError, build.BuildFailed, migrations.DatabaseTooOld) as error:
        refusals = _REFUSALS | {name: one.refusal for name, one in of_capabilities.items()}
        print(f"{refusals.get(chosen, 'Hub cannot start.')} {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run_command(settings: Settings, command: Command, arguments: Sequence[str]) -> None:
    _migrate(settings)
    try:
        print(asyncio.run(_with_keys(settings, lambda: command.work(*arguments))))
    except HubError as error:
        raise StartError(error.detail) from None


def _checked_settings() -> Settings:
    try:
        return get_settings()
    except KeysMissing as error:
        raise StartError(str(error)) from None
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


def _run(settings: Settings, options: Namespace) -> None:
    if options.role is not None:
        os.environ["ROLE"] = options.role
        get_settings.cache_clear()
        settings = _checked_settings()
    if settings.role != "all" and settings.sqlalchemy_url().get_backend_name() == "sqlite":
        raise StartError(
            "SQLite is for one process that does everything. Set DATABASE_URL to a PostgreSQL database, or leave the role"
            " out."
        )
    if settings.role != "worker":
        _check_port(settings.host, settings.port, "PORT=3001")
    elif settings.worker_metrics_port is not None:
        _check_port("127.0.0.1", settings.worker_metrics_port, "WORKER_METRICS_PORT=9301")
    _migrate(settings)
    asyncio.run(_with_keys(settings, _nothing))
    if settings.redis_url:
        _check_redis(settings.redis_url)
    if settings.role == "worker":
        work(settings)
    else:
        _serve(settings)


def _serve(settings: Settings) -> None:
    print("Checking the screens …", flush=True)
    if build.ensure():
        print("The screens were built.", flush=True)
    try:
        serve(settings)
    except ServingEnded:
        raise StartError("The server ended by itself; the lines above say why.") from None


def _dev(settings: Settings, _options: Namespace) -> None:
    _migrate(settings)
    os.environ.update(build.reflex_environment())
    os.execv(sys.executable, [sys.executable, "-m", "reflex", "run", "--env", "dev"])  # noqa: S606 - our own command


def _demo(settings: Settings, _options: Namespace) -> None:
    _check_port(settings.host, settings.port, "PORT=3001")
    os.execv(sys.executable, [sys.executable, "-m", "hub_app.demo"])  # noqa: S606 - our own command


def _migrate(settings: Settings, _options: Namespace | None = None) -> None:
    shown = settings.sqlalchemy_url().render_as_string(hide_password=True)
    try:
        asyncio.run(migrations.upgrade(settings))
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StartError(
            f"The database {shown} could not be opened or migrated: {reason}. Check DATABASE_URL, and that the server"
            " runs and lets Hub in."
        ) from None


def _rotate_keys(settings: Settings, _options: Namespace) -> None:
    _migrate(settings)
    done = asyncio.run(_with_keys(settings, rotation.reseal))
    print(f"{done.count:,} stored secrets were sealed again with ENCRYPTION_KEY.")
    if done.unopened:
        places = "".join(f"\n  {place}" for place in done.unopened)
        raise StartError(
            "These do not open with any key that Hub has. Name the key that sealed them in ENCRYPTION_KEYS_OLD and run"
            f" this again, or have them entered again:{places}"
        )
    print("ENCRYPTION_KEYS_OLD can be emptied.")


def _verify_audit(settings: Settings, options: Namespace) -> None:
    _migrate(settings)
    path: Path | None = options.anchor
    try:
        if path is None:
            asyncio.run(_with_keys(settings, _verified))
        else:
            with audit_anchor.opened(path) as anchor:
                report = asyncio.run(_with_keys(settings, partial(_verified, anchor.known)))
                print(anchor.extend(report.ends))
    except audit_anchor.AnchorBroken as error:
        raise StartError(str(error)) from None
    print("The audit log of every tenant is intact.")


async def _verified(anchored: Mapping[UUID, End] | None = None) -> audit_check.Report:
    """What was found, when nothing is wrong; StartError otherwise."""
    kept, report = await audit_runs.run("command", anchored)
    if report is None:
        raise StartError(kept.note)
    if not report.whole:
        raise StartError("\n".join(report.told(await capabilities.tenant_names())))
    return report


async def _with_keys(settings: Settings, work: Callable[[], Awaitable[Result]]) -> Result:
    """Do `work` on the database; StartError when its secrets are not of these keys."""
    await db.connect(settings)
    try:
        await keycheck.check()
        return await work()
    except SealBroken:
        raise StartError(
            "ENCRYPTION_KEY is not the one this database's secrets were sealed with. Set the former key again, in"
            " ENCRYPTION_KEY or in keys.env of the data folder, or name it in ENCRYPTION_KEYS_OLD."
        ) from None
    finally:
        await db.disconnect()


async def _nothing() -> None:
    return


def _check_redis(url: str) -> None:
    try:
        Redis.from_url(url, socket_connect_timeout=5).execute_command("PING")  # pyright: ignore[reportUnknownMemberType]
    except (RedisError, ValueError, OSError) as error:
        raise StartError(f"Redis could not be reached: {error}. Check REDIS_URL, or unset it.") from None


def _check_port(host: str, port: int, instead: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"Address {host} port {port} cannot be used: {error.strerror}. Stop the program that"
                f" has it, or start Hub on another one with {instead}."
            ) from None


_REFUSALS = {
    "rotate-keys": "Not every secret was sealed again.",
    "verify-audit": "The audit log does not verify.",
}
_COMMANDS: dict[str, tuple[Callable[[Settings, Namespace], None], str]] = {
    "run": (_run, "Migrate the database, build the screens when they changed, serve, and do the work."),
    "dev": (_dev, "Serve with hot reload, for working on Hub itself."),
    "demo": (_demo, "Serve with example data and outside systems played on this machine."),
    "migrate": (_migrate, "Bring the database to this version's schema."),
    "rotate-keys": (_rotate_keys, "Seal every stored secret again with the newest ENCRYPTION_KEY."),
    "verify-audit": (_verify_audit, "Find out whether anybody changed the audit log."),
}
