"""Importing: all streams of a connection, one after the other, in full or as far as they changed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, delete, select

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import db, rows
from hub_app.kernel.clock import utcnow
from hub_app.sync.engine import deletions, reading
from hub_app.sync.engine.pages import Intake
from hub_app.sync.engine.reading import Place, ReadPage
from hub_app.sync.engine.run import Note, Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.provider.source import Resource, Source
from hub_app.sync.tables import SyncSeen, SyncStream

_LOST = {
    "absent": "no record has it any more where the mapping looks for it. What is here was kept. See the field mapping.",
    "unreadable": "it is of another type now, and cannot be read. What is here was kept. See the field mapping.",
}
_FIRST = datetime.min.replace(tzinfo=UTC)


async def import_all(run: Run, source: Source, streams: list[Stream], *, full: bool) -> None:
    """Import every stream that is not yet done. ApiError when the source cannot be read; the job may go on from there."""
    for stream in streams:
        resource = source.resources[stream.resource]
        place = Place.of(run.part("streams").get(stream.resource))
        if not place.done:
            await _import(run, source, stream, resource, place, full=full or not resource.incremental)


async def _import(
    run: Run, source: Source, stream: Stream, resource: Resource, place: Place, *, full: bool
) -> None:
    if not full:
        # What changed meanwhile has moved to the top of the list, above where this run was.
        place = Place()
    intake = Intake(run, stream, resource, place, full, since=run.connection.since)
    await _remember(run, stream, intake)
    try:
        await _read(run, source, stream, resource, intake, full=full)
        if full:
            await _catch_up(run, source, stream, resource, intake)
    except ApiError:
        # What was read before the source failed is not read again.
        await intake.save()
        raise
    await intake.save()
    is_whole = full
    if full:
        _expect_all(intake)
        if resource.whole and not run.dry_run:
            is_whole = await deletions.conclude(run, source, stream, resource, intake)
    await _end(run, stream, intake, full=full, is_whole=is_whole)


async def _read(
    run: Run, source: Source, stream: Stream, resource: Resource, intake: Intake, *, full: bool
) -> None:
    """Read the stream's list to its end, or to where everything was known before."""
    place = intake.place
    until = None if full or stream.mark is None else _before(stream.mark, resource.lateness)
    stops = until is not None and resource.order == "newest_first"
    since = until if resource.filters else None
    async for read in reading.pages(source, stream.resource, place, since=since, ahead=not stops):
        await intake.take(read)
        # All that was read before this page came is written down, or will be read again.
        run.piece.goes_on(read.received_at)
        if full:
            _state(run, stream, place)
        if until is not None and stops and _reaches(read, until):
            place.ended = True
            return


def _before(mark: datetime, lateness: timedelta) -> datetime | None:
    """From when on changes are asked for; None for all of them."""
    return mark - lateness if mark > _FIRST + lateness else None


async def _catch_up(run: Run, source: Source, stream: Stream, resource: Resource, intake: Intake) -> None:
    """What was changed or made while a list was read has moved to its top, where this run was no more: read that again."""
    place = intake.place
    if (
        place.total is None
        or intake.given >= place.total
        or resource.order != "newest_first"
        or not place.top
    ):
        return
    top = datetime.fromisoformat(place.top)
    async for read in reading.pages(source, stream.resource, Place(), since=None, ahead=False):
        await intake.take(read, again=True)
        run.piece.goes_on(read.received_at)
        if _reaches(read, top):
            return


def _expect_all(intake: Intake) -> None:
    """A list that ends before all that its source stated was given has left something out, and nobody knows what."""
    place = intake.place
    if place.least is not None and intake.given < place.least:
        place.doubt(f"the source says that it has {place.least:,}, and gave {intake.given:,}")


def _reaches(read: ReadPage, until: datetime) -> bool:
    """Whether this page has records that were known before. Of those that changed in the same moment some may be below it, so
    it takes an older one.
    """
    return any(item.modified is not None and item.modified < until for item in read.page.items)


def _state(run: Run, stream: Stream, place: Place) -> None:
    """Take note of how many there are in all, where the source says so."""
    run.tally(stream.resource).stated = place.total
    stated = [tally.stated for tally in run.tallies.values()]
    run.total = None if None in stated else sum(one for one in stated if one is not None)


async def _remember(run: Run, stream: Stream, intake: Intake) -> None:
    """What this run has read before it was cut off."""
    of_stream = select(SyncSeen).where(SyncSeen.job_id == run.job_id, SyncSeen.stream_id == stream.id)
    async with db.read(run.tenant_id) as session:
        for page in (await session.exec(of_stream)).all():
            intake.seen |= {hash(one) for one in page.external_ids}
            intake.pages = max(intake.pages, page.page)


async def _end(run: Run, stream: Stream, intake: Intake, *, full: bool, is_whole: bool) -> None:
    """A stream is read to its end. Its mark moves only when nothing can have been missed; the account that it is of is the one
    that has all of its records.
    """
    place = intake.place
    place.done = True
    async with run.step() as session:
        run.part("streams")[stream.resource] = place.as_json()
        of_stream = delete(SyncSeen).where(
            col(SyncSeen.job_id) == run.job_id, col(SyncSeen.stream_id) == stream.id
        )
        await session.exec(of_stream)
        if run.dry_run:
            return
        row = await rows.get(session, SyncStream, stream.id, lock=True)
        if place.clean and place.top:
            # A record whose time lies in the future would hide all that changes until then.
            row.mark = min(datetime.fromisoformat(place.top), run.started_at)
        if full:
            row.last_full = {
                **run.tally(stream.resource).as_json(),
                "clean": place.clean,
                "why": place.why,
                "unmet": run.part("unmet").get(stream.resource, 0),
            }
            row.last_full_at, row.last_full_job_id = utcnow(), run.job_id
            row.account = run.connection.account if is_whole else row.account
        if row.mapping_version == stream.mapping_version:
            lost = intake.losses.concluded(row.lost, utcnow().isoformat(), full=full)
            run.add_notes(session, _noticed(stream, row.lost, lost))
            row.lost = lost
        session.add(row)


def _noticed(stream: Stream, before: Mapping[str, Any], lost: Mapping[str, Any]) -> list[Note]:
    """What is told of fields that were found missing by this run."""
    labels = {one.key: one.label for one in stream.fields}
    return [
        Note(
            "warning",
            f"{labels.get(key, key)}: {_LOST[one['why']]}",
            stream.resource,
            detail={"field": key, **one},
        )
        for key, one in lost.items()
        if key not in before
    ]
