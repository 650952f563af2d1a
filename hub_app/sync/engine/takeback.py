"""What a record is once a job's changes of it are taken back. Pure: it reads no clock and no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from hub_app.sync.journal import ARCHIVED, Change, LinkState, changed_since, link_change, origin, put_back
from hub_app.sync.tables import SyncData, SyncLink, SyncRecord, SyncVersion

_HASH = "payload_hash"


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that a job changed, as it is now. `versions` are the job's changes of it, `earlier` all that were made before the
    last of them, both newest first. It `is_somebodys` when others than syncs of this connection have made something of it.
    """

    record: SyncRecord
    data: SyncData
    links: Mapping[UUID, SyncLink]
    versions: Sequence[SyncVersion]
    earlier: Sequence[SyncVersion] = ()
    is_somebodys: bool = False


@dataclass
class Left:
    """What is left of a record: nothing when it is `removed`. `kept` are the fields that others have changed since, and all that is
    somebody else's by now. `values` have the record's own column, too (`journal.ARCHIVED`).
    """

    values: dict[str, Any]
    stamps: dict[str, str]
    links: dict[UUID, LinkState]
    removed: bool = False
    kept: set[str] = field(default_factory=set[str])
    is_kept: bool = False
    torn: set[UUID] = field(default_factory=set[UUID])
    """The links of which later changes stay."""
    done: list[UUID] = field(default_factory=list[UUID])
    """The changes that need not be looked at again."""


def take_back(subject: Subject) -> Left:
    """Take a job's changes of a record back, from the last one on."""
    left = Left(
        values=values_of(subject.record, subject.data),
        stamps=dict(subject.data.stamps),
        links={one.id: LinkState.of(one) for one in subject.links.values()},
    )
    for version in subject.versions:
        if version.kind == "created":
            left.is_kept = subject.is_somebodys
            left.removed = not subject.is_somebodys
            if left.is_kept:
                continue
        earlier = [one for one in subject.earlier if one.id < version.id]
        _values(left, version, earlier)
        _link(left, version, earlier)
        left.done.append(version.id)
    _settle(subject, left)
    return left


def values_of(record: SyncRecord, data: SyncData) -> dict[str, Any]:
    """A record's values, with its own column."""
    archived = {} if record.archived_at is None else {ARCHIVED: record.archived_at.isoformat()}
    return {**data.contents, **archived}


def archived_at(values: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(values[ARCHIVED]) if ARCHIVED in values else None


def _values(left: Left, version: SyncVersion, earlier: Sequence[SyncVersion]) -> None:
    keep = changed_since(left.values, version.before, version.after)
    left.kept |= keep
    change = Change(version.before, version.after)
    former = [Change(one.before, one.after, one.undone_by is not None) for one in earlier]
    for name in {**version.before, **version.after}.keys() - keep:
        at = origin(change, former, name)
        first = version if at < 0 else earlier[at]
        left.values = put_back(left.values, _only(first.before, name), _only(version.after, name))
        stamp = (first.stamps or {}).get(name)
        left.stamps.pop(name, None)
        if stamp is not None:
            left.stamps[name] = stamp


def _link(left: Left, version: SyncVersion, earlier: Sequence[SyncVersion]) -> None:
    """Take back what was changed of the link; what has changed since stays."""
    state = left.links.get(version.link_id) if version.link_id else None
    if version.link_id is None or state is None or not version.link_change:
        return
    change = link_change(version.link_change, undone=False)
    former = [
        link_change(one.link_change, undone=one.undone_by is not None)
        for one in earlier
        if one.link_id == version.link_id and one.link_change
    ]
    now = state.told()
    if now[_HASH] is None and _HASH in change.after:
        # It was forgotten so that the record would be looked at again.
        now[_HASH] = change.after[_HASH]
    keep = changed_since(now, change.before, change.after)
    left.torn |= {version.link_id} if keep else set()
    for name in {**change.before, **change.after}.keys() - keep:
        at = origin(change, former, name)
        first = change if at < 0 else former[at]
        now = put_back(now, _only(first.before, name), _only(change.after, name))
    left.links[version.link_id] = LinkState.read(now)


def _settle(subject: Subject, left: Left) -> None:
    """A record that was settled with a source before the job, and is as it was then, still is; else it has to be looked at again."""
    has_changed = left.values != values_of(subject.record, subject.data)
    number = subject.record.version + has_changed
    for link_id, link in left.links.items():
        before = LinkState.of(subject.links[link_id])
        if (left.kept or link_id in left.torn) and (has_changed or link != before):
            left.links[link_id] = replace(link, payload_hash=None)
        elif before.synced_version == subject.record.version and _was_settled(subject, link_id):
            left.links[link_id] = replace(link, synced_version=number)


def _was_settled(subject: Subject, link_id: UUID) -> bool:
    """Whether the record was settled with this source before the job's first change of it."""
    of_link = [one for one in subject.versions if one.link_id == link_id and one.link_change]
    if not of_link:
        return False
    first = of_link[-1]
    changes = first.link_change or {}
    former = changes.get("synced_version", {}).get("before")
    number = first.number - bool(first.before or first.after)
    return former is None or former == number


def _only(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: values[name]} if name in values else {}
