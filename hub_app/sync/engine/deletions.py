"""What a source no longer has. It is concluded from a full run alone that nothing can have misled, and never acted on in bulk
without somebody's word; here a record is marked at most, and nothing is passed on to other systems.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, delete

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import bulk, db, rows
from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id
from hub_app.sync.engine import ending, known, merging, writing
from hub_app.sync.engine.pages import Intake
from hub_app.sync.engine.plan import Plan
from hub_app.sync.engine.run import Note, Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.provider.source import Resource, Source
from hub_app.sync.tables import SyncFinding, SyncLink, SyncRecord, SyncStream

MISSING = "missing"
"""The kind of finding that a list to be confirmed consists of."""
_CHUNK = 1000
_STEP = 100
# So few may be gone without anybody being asked.
_FEW = 20
_SHARE = 0.05
_FALL = 0.2
# Without a way to ask for one record, so many full runs in a row must have missed it.
_RUNS = 2


@dataclass(frozen=True, slots=True)
class _Link:
    id: UUID
    record_id: UUID
    external_id: str
    gone_runs: int
    name: str


async def conclude(run: Run, source: Source, stream: Stream, resource: Resource, intake: Intake) -> bool:
    """Mark what a full run did not find, as far as it may be concluded; else say why not. Whether the account has all that is
    linked to it.
    """
    missing, live = await _missing(run, stream, intake)
    unmet = run.part("unmet")
    unmet[stream.resource] = len(missing)
    if not missing:
        return True
    if why := _misleading(intake):
        told = f"{len(missing):,} records were not found, which tells nothing: {why}."
        await _note(run, stream, told)
    elif why := _suspicious(run, stream, intake, len(missing), live):
        await _ask(run, stream, missing, live, why)
    else:
        unmet[stream.resource] -= await _mark_gone(run, source, stream, resource, missing)
        return True
    return stream.account in ("", run.connection.account)


def _misleading(intake: Intake) -> str:
    """Why nothing can be concluded from this run; "" when something can."""
    place = intake.place
    if not place.clean:
        return place.why
    if place.total is not None and intake.given < place.total:
        return f"the source says that it has {place.total:,}, and gave {intake.given:,}"
    return ""


def _suspicious(run: Run, stream: Stream, intake: Intake, missing: int, live: int) -> str:
    """Why somebody has to confirm this; "" when nobody has to."""
    if stream.account not in ("", run.connection.account):
        return "This is another account than the one of the last full import."
    if not intake.seen:
        return "The source gave no records at all."
    if missing > max(_FEW, _SHARE * live):
        return f"{missing:,} of {live:,} records are missing."
    before = stream.last_full.get("stated")
    if before and intake.place.total is not None and intake.place.total < before * (1 - _FALL):
        return f"The source had {before:,} records, and has {intake.place.total:,} now."
    return ""


async def _missing(run: Run, stream: Stream, intake: Intake) -> tuple[list[_Link], int]:
    """The links of which this run met no record, and how many there are in all. Those that it met again after they had been missed
    count from 0 anew.
    """
    after, count, missing, found_again = UUID(int=0), 0, list[_Link](), list[UUID]()
    while True:
        # Said of both: PostgreSQL would begin with the first record each time.
        some = _links(stream).where(col(SyncLink.record_id) > after, col(SyncRecord.id) > after)
        some = some.order_by(col(SyncLink.record_id)).limit(_CHUNK)
        async with db.read(run.tenant_id) as session:
            links = [_Link(*row) for row in (await session.execute(some)).all()]
        count += len(links)
        missing += [link for link in links if hash(link.external_id) not in intake.seen]
        found_again += [link.id for link in links if link.gone_runs and hash(link.external_id) in intake.seen]
        if len(links) < _CHUNK:
            await _count_runs(run, dict.fromkeys(found_again, 0))
            return missing, count
        after = links[-1].record_id


def _links(stream: Stream) -> "sa.Select[UUID, UUID, str, int, str]":
    columns = (
        col(SyncLink.id),
        col(SyncLink.record_id),
        col(SyncLink.external_id),
        col(SyncLink.gone_runs),
        col(SyncRecord.name),
    )
    of_stream = sa.select(*columns).join(SyncRecord, col(SyncRecord.id) == SyncLink.record_id)
    return of_stream.where(col(SyncLink.stream_id) == stream.id, known.IS_LINKED)


async def _mark_gone(
    run: Run, source: Source, stream: Stream, resource: Resource, links: Sequence[_Link]
) -> int:
    """Mark those that are gone, asked for one by one where the source can be asked; how many. Cut off, it goes on with those that are
    left.
    """
    if not resource.gets:
        counted = await _counted(run, stream, links)
        await _mark(run, stream, counted)
        return len(counted)
    marked = there = unknown = 0
    for begin in range(0, len(links), _STEP):
        gone: list[str] = []
        for one in links[begin : begin + _STEP]:
            try:
                item = await source.get(stream.resource, one.external_id)
            except ApiError as error:
                if error.retryable or ending.ends_connection(error):
                    raise
                unknown += 1
                continue
            if item is None or item.gone:
                gone.append(one.external_id)
            else:
                there += 1
        await _mark(run, stream, gone)
        marked += len(gone)
    if there:
        told = f"{there:,} records are there although the list did not have them."
        await _note(run, stream, told)
    if unknown:
        told = f"Of {unknown:,} records the source does not say whether they are there: they were left as they are."
        await _note(run, stream, told)
    return marked


async def _mark(run: Run, stream: Stream, external_ids: Sequence[str]) -> None:
    """Mark records as gone, in small steps."""
    for begin in range(0, len(external_ids), _STEP):
        some = external_ids[begin : begin + _STEP]
        async with run.step() as session:
            plan = Plan(stream, run, utcnow())
            for one in (await known.details(session, stream.id, some, lock=True)).values():
                if one.link.state == "linked":
                    merging.mark_gone(plan, one)
            await writing.write(session, run, plan)


async def _counted(run: Run, stream: Stream, links: Sequence[_Link]) -> list[str]:
    """Those that enough full runs in a row have missed. This one counts once, however often it is taken up again."""
    counted = run.part("counted")
    counts = {one.id: one.gone_runs if stream.resource in counted else one.gone_runs + 1 for one in links}
    counted[stream.resource] = True
    await _count_runs(run, counts)
    return [one.external_id for one in links if counts[one.id] >= _RUNS]


async def mark_confirmed(run: Run, source: Source, streams: Sequence[Stream]) -> None:
    """Mark what somebody has confirmed to be gone, unless the source says of one that it is there."""
    for stream in streams:
        place = run.part("streams").setdefault(stream.resource, {})
        if place.get("done"):
            continue
        listed = (
            _links(stream)
            .join(SyncFinding, col(SyncFinding.external_id) == SyncLink.external_id)
            .where(
                col(SyncFinding.job_id) == UUID(run.config["job_id"]),
                col(SyncFinding.kind) == MISSING,
                col(SyncFinding.resource) == stream.resource,
            )
        )
        async with db.read(run.tenant_id) as session:
            links = [_Link(*row) for row in (await session.execute(listed)).all()]
        resource = source.resources[stream.resource]
        if resource.gets:
            marked = await _mark_gone(run, source, stream, resource, links)
        else:
            await _mark(run, stream, [one.external_id for one in links])
            marked = len(links)
        async with run.step() as session:
            place["done"] = True
            # Who confirms the list knows which account it is of.
            row = await rows.get(session, SyncStream, stream.id, lock=True)
            row.account = run.connection.account
            row.last_full = {**row.last_full, "unmet": max(0, row.last_full.get("unmet", 0) - marked)}
            session.add(row)


async def _count_runs(run: Run, runs: dict[UUID, int]) -> None:
    if runs:
        async with run.step() as session:
            counted: list[dict[str, Any]] = [{"id": one, "gone_runs": count} for one, count in runs.items()]
            await bulk.update(session, SyncLink, counted)


async def _ask(run: Run, stream: Stream, missing: Sequence[_Link], live: int, why: str) -> None:
    """Have somebody confirm the list, and exactly this one."""
    asked = run.part("confirm")
    if stream.resource in asked:
        return
    now = utcnow()
    for begin in range(0, len(missing), _CHUNK):
        found: list[dict[str, Any]] = [
            {
                "id": new_id(),
                "created_at": now,
                "job_id": run.job_id,
                "kind": MISSING,
                "resource": stream.resource,
                "external_id": one.external_id,
                "record_id": one.record_id,
                "name": one.name[:300],
                "detail": {},
            }
            for one in missing[begin : begin + _CHUNK]
        ]
        async with run.step() as session:
            if not begin:
                # Those of a run that was cut off here.
                of_job = col(SyncFinding.job_id) == run.job_id, col(SyncFinding.kind) == MISSING
                of_stream = col(SyncFinding.resource) == stream.resource
                await session.exec(delete(SyncFinding).where(*of_job, of_stream))
            await bulk.insert(session, SyncFinding, found)
    digest = digest_of(one.external_id for one in missing)
    account = run.connection.account
    asked[stream.resource] = {
        "count": len(missing), "live": live, "why": why, "digest": digest, "account": account,
    }  # fmt: skip
    await _note(run, stream, f"{why} Nothing was marked: somebody has to confirm it.")


def digest_of(external_ids: Iterable[str]) -> str:
    """What tells one list of records from another."""
    return hashlib.sha256("\n".join(sorted(external_ids)).encode()).hexdigest()[:32]


async def _note(run: Run, stream: Stream, message: str) -> None:
    async with run.step() as session:
        run.add_notes(session, [Note("warning", message, stream.resource)])
