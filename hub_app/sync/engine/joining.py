"""Making one record of two, and two again, in the open transaction: values, links, and what names them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import rows
from hub_app.kernel.errors import Conflict
from hub_app.sync import merge
from hub_app.sync.engine import changes, duplicates
from hub_app.sync.engine.changes import Subject
from hub_app.sync.journal import changed_since, put_back
from hub_app.sync.merge import MISSING, Base, is_blank
from hub_app.sync.tables import SyncConflict, SyncDuplicate, SyncLink, SyncReference, SyncVersion

_STATES = ("linked", "gone", "sent", "merged")


async def subjects(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Subject]:
    """Both records, locked before their pair is, as jobs do it, and in one order everywhere, so that two who lock the same rows wait
    for each other instead of locking up.
    """
    return {one: await changes.subject(session, one) for one in sorted(ids)}


@dataclass(frozen=True, slots=True)
class By:
    """Who makes one of two, or two of one: a person, or a job that somebody started."""

    name: str
    job_id: UUID | None = None


async def join(
    session: AsyncSession,
    by: By,
    kept: Subject,
    other: Subject,
    take: Sequence[str],
    *,
    settles: bool = False,
) -> dict[str, Any]:
    """Make one record of two, with the other one's values in the fields to `take`; what to take it back by. With `settles` what
    differs between the two is no change of either side: each source keeps its own value until that is changed somewhere.
    """
    values = {name: other.data.contents[name] for name in take}
    version = await changes.change(session, kept, values, kind="merged", made_by=by.name, job_id=by.job_id)
    if version is None:
        # Its history tells, and an undo of what made it sees, that somebody has made something of it.
        version = changes.note(session, kept, kind="merged", made_by=by.name, job_id=by.job_id)
    ids = (kept.record.id, other.record.id)
    links = (await session.exec(select(SyncLink).where(col(SyncLink.record_id).in_(ids)))).all()
    settled = {
        str(link.id): _settle(link, other.data.contents, kept.data.contents)
        for link in links
        if settles and link.record_id == other.record.id
    }
    moved = await _join_links(session, links, kept.record.id)
    conflicts = update(SyncConflict).where(
        col(SyncConflict.record_id) == other.record.id, col(SyncConflict.status) == "open"
    )
    await session.exec(conflicts.values(status="obsolete"))
    await changes.archive(session, other, kind="merged", made_by=by.name, job_id=by.job_id)
    await changes.owe(session, kept.record.id)
    await session.flush()
    await duplicates.offer_for(session, [kept.record.id])
    return {
        "kept": str(kept.record.id),
        "other": str(other.record.id),
        "version": str(version.id),
        "links": moved,
        "settled": settled,
    }


def _settle(link: SyncLink, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Take the values of the record that the link comes to for agreed on, where both have one and they differ. What was agreed on
    before, by field.
    """
    base = merge.unpacked(link.base, link.base_hub)
    former: dict[str, Any] = {}
    for name, one in base.items():
        is_settled = one.hub is not MISSING and one.hub == before.get(name)
        if is_settled and not is_blank(one.hub) and not is_blank(now.get(name)) and now[name] != one.hub:
            former[name], base[name] = one.hub, Base(now[name], one.source)
    if former:
        link.base, link.base_hub = merge.packed(base)
    return former


def _unsettle(link: SyncLink, former: Mapping[str, Any], shared: Mapping[str, Any]) -> None:
    """Put back what was agreed on before, where nothing has been agreed on since. `shared` is what the record has that the link leaves."""
    base = merge.unpacked(link.base, link.base_hub)
    for name, value in former.items():
        if name in base and base[name].hub == shared.get(name):
            base[name] = Base(value, base[name].source)
    link.base, link.base_hub = merge.packed(base)


async def _join_links(
    session: AsyncSession, links: Sequence[SyncLink], kept_id: UUID
) -> list[dict[str, str]]:
    """Let all links be the kept record's. Of each stream one is read on: one that is at the source before one that is gone, the kept
    record's own before the other one's. What the links were, to take it back by.
    """
    moved: list[dict[str, str]] = []
    taken = set[UUID]()
    for link in sorted(links, key=lambda one: (_STATES.index(one.state), one.record_id != kept_id)):
        before, is_other = link.state, link.record_id != kept_id
        if link.state != "merged" and link.stream_id in taken:
            link.state = "merged"
        taken |= {link.stream_id} if link.state != "merged" else set()
        if not is_other and link.state == before:
            continue
        moved.append(
            {"id": str(link.id), "record": str(link.record_id), "state": before, "became": link.state}
        )
        link.record_id, link.synced_version = kept_id, 0
        session.add(link)
        await _point(session, link)
    return moved


async def part(
    session: AsyncSession, by: By, both: Mapping[UUID, Subject], merged: Mapping[str, Any]
) -> list[str]:
    """Make two records again; the fields that somebody has changed since, which stay as they are."""
    kept, other = both[UUID(merged["kept"])], both[UUID(merged["other"])]
    left = await left_of(session, kept, merged)
    version = await rows.get(session, SyncVersion, UUID(merged["version"]))
    if version.before or version.after:
        now = kept.data.contents
        values = put_back(now, version.before, version.after, keep=frozenset(left))
        emptied = dict.fromkeys(now)
        await changes.change(
            session, kept, {**emptied, **values}, kind="taken_apart", made_by=by.name, job_id=by.job_id
        )
    await _part_links(session, merged, kept)
    await changes.unarchive(session, other, kind="taken_apart", made_by=by.name, job_id=by.job_id)
    return left


async def left_of(session: AsyncSession, kept: Subject, merged: Mapping[str, Any]) -> list[str]:
    """The fields that a merging gave the record that stayed, and that somebody has changed since."""
    version = await rows.get(session, SyncVersion, UUID(merged["version"]))
    return sorted(changed_since(kept.data.contents, version.before, version.after))


async def _part_links(session: AsyncSession, merged: Mapping[str, Any], kept: Subject) -> None:
    """Give links back to the records whose they were. One that its source has told otherwise of since keeps that state."""
    kept_id, settled = kept.record.id, merged.get("settled", {})
    before: dict[UUID, Mapping[str, str]] = {UUID(one["id"]): one for one in merged["links"]}
    found = select(SyncLink).where(col(SyncLink.id).in_(list(before)), SyncLink.record_id == kept_id)
    links = (await session.exec(found)).all()
    # Those that leave go first: of each stream a record has one at a time.
    for link in sorted(links, key=lambda one: before[one.id]["record"] == str(kept_id)):
        one = before[link.id]
        link.record_id, link.synced_version = UUID(one["record"]), 0
        if link.state == one["became"]:
            link.state = one["state"]
        _unsettle(link, settled.get(str(link.id), {}), kept.data.contents)
        session.add(link)
        await session.flush()
        await _point(session, link)


async def require_last(session: AsyncSession, kept_id: UUID) -> None:
    """Conflict when the record that stayed was merged into another one since."""
    if await is_merged_on(session, kept_id):
        raise Conflict(
            "The record that stayed was merged into another one since. Take those two apart first."
        )


async def is_merged_on(session: AsyncSession, kept_id: UUID) -> bool:
    """Whether the record that stayed was merged into another one since, which has all of its links by now."""
    # One after the other: for both at once, SQLite reads all pairs of the tenant.
    for column in (SyncDuplicate.first_id, SyncDuplicate.second_id):
        later = select(SyncDuplicate).where(col(column) == kept_id, SyncDuplicate.status == "merged")
        found = (await session.exec(later)).all()
        if any(one.merged.get("other") == str(kept_id) for one in found):
            return True
    return False


async def _point(session: AsyncSession, link: SyncLink) -> None:
    """Let what names the record that the link stands for name the one that it is now."""
    named = update(SyncReference).where(
        col(SyncReference.stream_id) == link.stream_id, col(SyncReference.external_id) == link.external_id
    )
    change = named.values(target_id=link.record_id)
    await session.exec(change.execution_options(synchronize_session=False))
