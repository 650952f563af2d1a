"""What each type of job does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

from hub_app.kernel import sources
from hub_app.sync.engine import (
    checking,
    deletions,
    duplicates,
    exporting,
    importing,
    linking,
    restoring,
    retrying,
    streams,
    undoing,
)
from hub_app.sync.engine.run import Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.provider.source import Source


@asynccontextmanager
async def opened(run: Run) -> AsyncIterator[Source]:
    """The source of the job's connection, for the time of the block. ApiError when nobody may use it."""
    family = sources.families()[run.connection.family]
    async with family.open(run.tenant_id, run.connection_id, run.config) as source:
        if not isinstance(source, Source):
            raise TypeError(f"{run.connection.family} must open sources of the sync engine.")
        yield source


async def _streams(run: Run, source: Source) -> list[Stream]:
    """The streams that the job is for: those it was asked for, or all that the source has."""
    wanted = cast("list[str] | None", run.config.get("resources"))
    found = await streams.load(run.connection)
    return [
        one for one in found if one.resource in source.resources and (not wanted or one.resource in wanted)
    ]


async def _import(run: Run, *, full: bool) -> None:
    async with opened(run) as source:
        found = await _streams(run, source)
        await exporting.look_for_all(run, source, found)
        await importing.import_all(run, source, found, full=full)
        if not run.dry_run:
            await duplicates.look(run)
        if not full and run.connection.direction == "both":
            # What was changed there is known before anything is written.
            await exporting.export_all(run, source, found)


async def _export(run: Run) -> None:
    async with opened(run) as source:
        await exporting.export_all(run, source, await _streams(run, source))


async def _mark_confirmed(run: Run) -> None:
    async with opened(run) as source:
        await deletions.mark_confirmed(run, source, await _streams(run, source))


async def _retry(run: Run) -> None:
    found = await streams.load(run.connection)
    if run.config.get("offline"):
        # There is nothing to ask: what was read is all that there is.
        await retrying.retry_all(run, None, found)
    else:
        async with opened(run) as source:
            await retrying.retry_all(run, source, found)
    if not run.dry_run:
        await duplicates.look(run)


async def _check(run: Run) -> None:
    async with opened(run) as source:
        await checking.check_all(run, source, await _streams(run, source))


async def _undo(run: Run) -> None:
    """Of an export, what it has written is taken back at the source; of all others, here alone. What was linked is taken apart, and
    does not come again by itself.
    """
    undone = await undoing.type_of(run)
    if undone == "merge":
        await linking.part_all(run)
        return
    await undoing.pause(run)
    is_export = undone == "export"
    if is_export:
        async with opened(run) as source:
            await restoring.restore(run, source, await _streams(run, source))
    else:
        await restoring.tell_sent(run, await streams.load(run.connection))
    await undoing.undo(run, pushes=is_export)


WORK: dict[str, Callable[[Run], Awaitable[None]]] = {
    "full_import": partial(_import, full=True),
    "incremental_sync": partial(_import, full=False),
    "mapping_update": partial(_import, full=True),
    "export": _export,
    "retry": _retry,
    "check": _check,
    "deletions": _mark_confirmed,
    "undo": _undo,
    "merge": linking.link_all,
}
