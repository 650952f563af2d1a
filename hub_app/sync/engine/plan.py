"""What is to become of a page's records: rows to write, and what is told of each. Pure: it reads no clock and no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from pydantic import JsonValue

from hub_app.kernel.ids import new_id
from hub_app.sync import merge
from hub_app.sync.engine.erased import SKIPPED, is_erased
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.listed import listed
from hub_app.sync.engine.run import Note, Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.engine.tally import Tally
from hub_app.sync.journal import ARCHIVED, LinkState, difference
from hub_app.sync.mapping.mapper import Mapped
from hub_app.sync.mapping.raw import storable
from hub_app.sync.merge import MISSING, Base
from hub_app.sync.provider.source import Item

Row = dict[str, Any]
MOST_EXAMPLES = 200
"""Of a dry run, for each kind of finding. What comes after is counted, not shown."""
MERGED = "merged_here"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record of the source that may have changed, and what the mapping makes of it."""

    item: Item
    payload_hash: bytes
    mapped: Mapped


@dataclass(frozen=True, slots=True)
class Finding:
    """What a dry run tells of a record."""

    kind: str
    external_id: str
    name: str
    record_id: UUID | None
    detail: dict[str, Any]


@dataclass
class Plan:
    """Rows to write, by table; those of `new_…` are inserted, the others update what is there."""

    stream: Stream
    run: Run
    now: datetime
    new_records: list[Row] = field(default_factory=list[Row])
    new_data: list[Row] = field(default_factory=list[Row])
    new_links: list[Row] = field(default_factory=list[Row])
    records: list[Row] = field(default_factory=list[Row])
    archived: list[Row] = field(default_factory=list[Row])
    data: list[Row] = field(default_factory=list[Row])
    links: list[Row] = field(default_factory=list[Row])
    versions: list[Row] = field(default_factory=list[Row])
    new_conflicts: list[Row] = field(default_factory=list[Row])
    conflicts: list[Row] = field(default_factory=list[Row])
    quarantine: list[Row] = field(default_factory=list[Row])
    released: list[str] = field(default_factory=list[str])
    references: dict[UUID, list[tuple[str, UUID, str]]] = field(
        default_factory=dict[UUID, list[tuple[str, UUID, str]]]
    )
    replaced: list[tuple[UUID, str]] = field(default_factory=list[tuple[UUID, str]])
    notes: list[Note] = field(default_factory=list[Note])
    findings: list[Finding] = field(default_factory=list[Finding])
    pushes: list[str] = field(default_factory=list[str])
    """The fields of the record merged last that its source has yet to get."""

    @property
    def tally(self) -> Tally:
        return self.run.tally(self.stream.resource)

    def take(self, one: Incoming, known: Known | None) -> None:
        """Plan what becomes of a record that is new, or may have changed."""
        if known is not None and known.link.state == "merged":
            # It may have been merged while this page was on its way.
            self.skip(one.item, MERGED)
            self.released.append(one.item.external_id)
            return
        if one.item.gone and known is not None:
            self.tally.skip("deleted_there")
            self.mark_gone(known)
            return
        if known is not None and is_erased(known):
            self.skip(one.item, SKIPPED)
            return
        self._warn(one, known)
        if one.mapped.refused:
            self.refuse(one.item, one.mapped.refused, known.record_id if known else None)
        elif known is None:
            self._create(one)
        else:
            self._merge(one, known)

    def refuse(self, item: Item, why: str, record_id: UUID | None = None) -> None:
        """Plan that a record is kept apart until somebody has looked at it."""
        self.quarantined(item.external_id, why, dict(item.payload), record_id, is_payload=True)

    def quarantined(
        self,
        external_id: str,
        why: str,
        raw: JsonValue,
        record_id: UUID | None = None,
        *,
        is_payload: bool = False,
    ) -> None:
        """Plan that what was read is kept apart: a payload, or a row that could not be read."""
        self.tally.quarantined += 1
        row = {
            "external_id": external_id[:200],
            "reason": why[:500],
            "raw": storable(raw),
            "is_payload": is_payload,
        }
        self.quarantine.append(row)
        self._note("warning", f"Quarantined: {why}", external_id, record_id)
        self._find("quarantine", external_id, "", record_id, {"reason": why})

    def skip(self, item: Item, why: str) -> None:
        self.tally.skip(why)
        self._find("skip", item.external_id, "", None, {"reason": why})

    def version_after(self, known: Known) -> int:
        """The version that a record has once this plan is written."""
        found = [row["version"] for row in self.records if row["id"] == known.record_id]
        return found[-1] if found else known.version

    def mark_gone(self, known: Known) -> None:
        """Plan that a record is one which the source no longer has. Here it stays; where the connection says so, in the archive."""
        link = replace(known.link, state="gone", gone_at=self.now, gone_runs=0, owes=False)
        archives = self.run.connection.deletions == "archive" and known.archived_at is None
        number = known.version + archives
        after: dict[str, Any] = {ARCHIVED: self.now.isoformat()} if archives else {}
        if archives:
            link = replace(link, synced_version=number)
            self._archive(known, number, self.now)
        self.tally.gone += 1
        self.links.append({"id": known.link_id, "updated_at": self.now, **link.columns()})
        link_change = known.link.changes(link)
        self._version(known.record_id, number, "gone", known.link_id, {}, after, link_change)
        self._find("gone", known.external_id, known.name, known.record_id, {})

    def settle(self, one: Incoming, known: Known, acknowledged: Mapping[str, Base]) -> None:
        """Plan what becomes of a record that its source has just been sent: these fields are settled, and what the source has made of
        the others by itself, such as a name of its parts, comes in.
        """
        source, hub = merge.packed({**merge.unpacked(known.link.base, known.link.base_hub), **acknowledged})
        link = replace(known.link, base=source, base_hub=hub, pushed_at=self.now)
        tally, counted, pushed = self.tally, self.tally.unchanged, len(self.versions)
        self._version(
            known.record_id, known.version, "pushed", known.link_id, {}, {}, known.link.changes(link)
        )
        tally.read += 1
        self._merge(one, replace(known, link=link))
        if not self.links:
            self.links.append({"id": known.link_id, "updated_at": self.now, **link.columns()})
        if self.records:
            return
        # It was met before in this run.
        tally.repeated, tally.unchanged = tally.repeated + 1, counted
        written = {name: self.links[-1][name] for name in link.columns()}
        self.versions[pushed]["link_change"] = known.link.changes(LinkState(**written))
        del self.versions[pushed + 1 :]

    def _archive(self, known: Known, version: int, at: datetime | None) -> None:
        """Plan that a record is taken from the lists, or put back into them."""
        row = {"id": known.record_id, "version": version, "archived_at": at, "updated_at": self.now}
        self.archived.append(row)

    def _create(self, one: Incoming) -> None:
        stream, item = self.stream, one.item
        values: dict[str, Any] = {}
        base: dict[str, Base] = {}
        for name, terms in stream.terms.items():
            theirs = one.mapped.values.get(name, MISSING)
            if theirs is MISSING:
                continue
            ours = None if terms.direction == "out" else theirs
            base[name] = Base(ours, theirs)
            if ours is not None:
                values[name] = ours
        record_id, link_id = new_id(), new_id()
        source, hub = merge.packed(base)
        link = LinkState(
            external_version=item.version[:100],
            modified=item.modified,
            payload_hash=one.payload_hash,
            mapping_version=stream.mapping_version,
            synced_version=1,
            base=source,
            base_hub=hub,
        )
        shown = listed(stream.fields, values)
        self.tally.created += 1
        self.new_records.append(
            self._made(
                record_id,
                collection_id=stream.collection_id,
                version=1,
                archived_at=None,
                updated_at=self.now,
                **shown,
            )
        )
        self.new_data.append(
            self._made(record_id, contents=values, stamps={}, stamped_at=item.modified or self.now)
        )
        self.new_links.append(
            self._made(
                link_id,
                stream_id=stream.id,
                record_id=record_id,
                external_id=item.external_id,
                updated_at=self.now,
                **link.columns(),
            )
        )
        self._version(record_id, 1, "created", link_id, {}, {}, {})
        self._refer(record_id, values, list(stream.references))
        self.released.append(item.external_id)
        self._find("create", item.external_id, shown["name"], None, {"values": values})

    def _merge(self, one: Incoming, known: Known) -> None:
        stream, item = self.stream, one.item
        merged = merge.merge_record(
            stream.terms,
            merge.unpacked(known.link.base, known.link.base_hub),
            known.values,
            one.mapped.values,
            theirs_newer=lambda name: is_newer(item.modified, known, name),
        )
        self.pushes = merged.push
        values = _with(known.values, merged.changes)
        before, after = difference(known.values, values)
        if known.archived_at is not None and known.archived_at == known.link.gone_at:
            # Its source had taken it from the lists, and nobody else.
            before[ARCHIVED] = known.archived_at.isoformat()
        changed = bool(before or after)
        version = known.version + changed
        source, hub = merge.packed(merged.base)
        link = LinkState(
            external_version=item.version[:100],
            modified=item.modified or known.link.modified,
            payload_hash=one.payload_hash,
            mapping_version=stream.mapping_version,
            synced_version=version,
            base=source,
            base_hub=hub,
            owes=bool(merged.push) or _owes(merged.base),
            pushed_at=known.link.pushed_at,
        )
        link_change = known.link.changes(link)
        self.released.append(item.external_id)
        if changed:
            self.tally.updated += 1
            names = sorted({*before, *after} - {ARCHIVED})
            self._update(known, values, version, names, item.modified or self.now)
            if ARCHIVED in before:
                self._archive(known, version, None)
        else:
            self.tally.unchanged += 1
        if link_change:
            self.links.append({"id": known.link_id, "updated_at": self.now, **link.columns()})
        if changed or link_change:
            kind = "updated" if changed else "linked"
            stamps = {name: known.stamps.get(name) for name in ({*before, *after} - {ARCHIVED})}
            self._version(known.record_id, version, kind, known.link_id, before, after, link_change, stamps)
        self._settle(known, one, merged)
        if changed:
            detail = {"before": before, "after": after}
            self._find("change", item.external_id, known.name, known.record_id, detail)

    def _update(
        self, known: Known, values: dict[str, Any], version: int, names: Sequence[str], stamp: datetime
    ) -> None:
        shown = listed(self.stream.fields, values)
        stamps = known.stamps | dict.fromkeys(names, stamp.isoformat())
        self.records.append({"id": known.record_id, "version": version, "updated_at": self.now, **shown})
        self.data.append({"id": known.record_id, "contents": values, "stamps": stamps})
        references = [name for name in self.stream.references if name in names]
        self.replaced += [(known.record_id, name) for name in references]
        self._refer(known.record_id, values, references)

    def _settle(self, known: Known, one: Incoming, merged: merge.RecordMerge) -> None:
        """Plan what becomes of a conflict: one that is new, has changed, or is over."""
        fields = {
            name: _sides(merged.base.get(name, Base()), known.values.get(name), one.mapped.values[name])
            for name in merged.conflicts
        }
        if fields:
            self.tally.conflicts += 1
            self._find("conflict", known.external_id, known.name, known.record_id, {"fields": fields})
        if fields and known.conflict_id is None:
            self.new_conflicts.append(
                self._made(
                    new_id(),
                    record_id=known.record_id,
                    link_id=known.link_id,
                    connection_id=self.stream.connection_id,
                    job_id=self.run.job_id,
                    fields=fields,
                    status="open",
                    chosen={},
                    resolved_by="",
                    resolved_at=None,
                    updated_at=self.now,
                )
            )
        elif known.conflict_id is not None:
            status = "open" if fields else "obsolete"
            self.conflicts.append(
                {
                    "id": known.conflict_id,
                    "fields": fields,
                    "chosen": {},
                    "status": status,
                    "updated_at": self.now,
                }
            )

    def _refer(self, record_id: UUID, values: Mapping[str, Any], names: Sequence[str]) -> None:
        self.references.setdefault(record_id, []).extend(named_in(self.stream, values, names))

    def _version(
        self,
        record_id: UUID,
        number: int,
        kind: str,
        link_id: UUID,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        link_change: Mapping[str, Any],
        stamps: Mapping[str, str | None] | None = None,
    ) -> None:
        self.versions.append(
            self._made(
                new_id(),
                record_id=record_id,
                number=number,
                kind=kind,
                job_id=self.run.job_id,
                made_by=self.run.made_by,
                link_id=link_id,
                before=before,
                after=after,
                link_change=link_change,
                stamps=stamps,
                undone_by=None,
            )
        )

    def _warn(self, one: Incoming, known: Known | None) -> None:
        self.tally.warned += len(one.mapped.warnings)
        for warning in one.mapped.warnings:
            detail = {"field": warning.target, "value": warning.value}
            record_id = known.record_id if known else None
            self._note("warning", f"{warning.target}: {warning.why}", one.item.external_id, record_id, detail)

    def _note(
        self,
        level: str,
        message: str,
        external_id: str,
        record_id: UUID | None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        self.notes.append(Note(level, message, self.stream.resource, external_id, record_id, detail))

    def _find(
        self, kind: str, external_id: str, name: str, record_id: UUID | None, detail: dict[str, Any]
    ) -> None:
        self.findings.append(Finding(kind, external_id, name, record_id, detail))

    def _made(self, row_id: UUID, **values: object) -> Row:
        return {"id": row_id, "created_at": self.now, **values}


def is_newer(modified: datetime | None, known: Known, name: str) -> bool:
    """Whether the source changed a record after the hub's field was changed. The source tells one time for all of its fields."""
    stamp = known.stamps.get(name)
    ours = datetime.fromisoformat(stamp) if stamp else known.stamped_at
    return modified is not None and (ours is None or modified > ours)


def named_in(stream: Stream, values: Mapping[str, Any], names: Iterable[str]) -> list[tuple[str, UUID, str]]:
    """What these fields of a record name: the field, the stream of the other record, its external id."""
    found: list[tuple[str, UUID, str]] = []
    for name in names:
        value = values.get(name)
        ids = cast("list[object]", value if isinstance(value, list) else [value] if value else [])
        found += [(name, stream.references[name], str(one)[:200]) for one in ids]
    return found


def _with(values: Mapping[str, Any], changes: Mapping[str, merge.Value]) -> dict[str, Any]:
    """The values after these changes; a field that is empty has none."""
    left = {**values, **changes}
    return {name: one for name, one in left.items() if one is not None and one is not MISSING}


def _owes(base: Mapping[str, Base]) -> bool:
    """Whether the source has yet to get a value that it could not be asked for now."""
    return any(one.hub is MISSING and one.source is not MISSING for one in base.values())


def _sides(base: Base, ours: object, theirs: object) -> dict[str, Any]:
    agreed = base.source if base.hub is MISSING else base.hub
    return {"base": None if agreed is MISSING else agreed, "hub": ours, "source": theirs}
