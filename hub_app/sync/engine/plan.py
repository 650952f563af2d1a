"""What is to be written of a page's records: rows by table, and what is told of each. Pure: it reads no clock and no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from pydantic import JsonValue

from hub_app.kernel.ids import new_id
from hub_app.sync.engine.findings import Finding
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.listed import listed
from hub_app.sync.engine.run import Note, Run
from hub_app.sync.engine.streams import Stream
from hub_app.sync.engine.tally import Tally
from hub_app.sync.journal import LinkState
from hub_app.sync.mapping.columns import columns
from hub_app.sync.mapping.mapper import Mapped, Warned, shown
from hub_app.sync.mapping.raw import storable
from hub_app.sync.merge import MISSING
from hub_app.sync.provider.source import Item

Row = dict[str, Any]
MERGED = "merged_here"


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

    @property
    def tally(self) -> Tally:
        return self.run.tally(self.stream.resource)

    def version_after(self, known: Known) -> int:
        """The version that a record has once this plan is written."""
        found = [row["version"] for row in self.records if row["id"] == known.record_id]
        return found[-1] if found else known.version

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
        self.find("quarantine", external_id, "", record_id, {"reason": why})

    def skip(self, item: Item, why: str) -> None:
        self.tally.skip(why)
        self.find("skip", item.external_id, "", None, {"reason": why})

    def warn(self, item: Item, mapped: Mapped, known: Known | None) -> None:
        """Tell which values of a record are odd, and whether they are kept."""
        lost = [
            Warned(key, "holds text that belongs in no field", shown(text)) for key, text in item.lost.items()
        ]
        warnings = [*lost, *mapped.warnings]
        self.tally.warned += len(warnings)
        if not warnings:
            return
        labels = {one.key: one.label for one in self.stream.fields}
        told = {key: value for key, value in mapped.values.items() if value is not MISSING}
        name = known.name if known else columns(self.stream.fields, told).name
        record_id = known.record_id if known else None
        for one in warnings:
            detail = {"field": one.target, "value": one.value, "name": name}
            self._note(
                "warning",
                f"{labels.get(one.target, one.target)}: {one.said}",
                item.external_id,
                record_id,
                detail,
            )

    def find(
        self, kind: str, external_id: str, name: str, record_id: UUID | None, detail: dict[str, Any]
    ) -> None:
        """Tell what becomes of a record, should this be a dry run."""
        self.findings.append(Finding(kind, external_id, name, record_id, detail))

    def add_record(self, item: Item, values: dict[str, Any], link: LinkState) -> str:
        """Plan a new record, with its link and its first version. Its name."""
        stream, record_id, link_id = self.stream, new_id(), new_id()
        shown = listed(stream.fields, values)
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
        self.add_version(record_id, 1, "created", link_id, {}, {}, {})
        self._refer(record_id, values, list(stream.references))
        return shown["name"]

    def update_record(
        self, known: Known, values: dict[str, Any], version: int, names: Sequence[str], stamp: datetime
    ) -> None:
        """Plan that a record has these values, of which those with these names are new."""
        shown = listed(self.stream.fields, values)
        stamps = known.stamps | dict.fromkeys(names, stamp.isoformat())
        self.records.append({"id": known.record_id, "version": version, "updated_at": self.now, **shown})
        self.data.append({"id": known.record_id, "contents": values, "stamps": stamps})
        references = [name for name in self.stream.references if name in names]
        self.replaced += [(known.record_id, name) for name in references]
        self._refer(known.record_id, values, references)

    def update_link(self, known: Known, link: LinkState) -> None:
        self.links.append({"id": known.link_id, "updated_at": self.now, **link.columns()})

    def archive(self, known: Known, version: int, at: datetime | None) -> None:
        """Plan that a record is taken from the lists, or put back into them."""
        row = {"id": known.record_id, "version": version, "archived_at": at, "updated_at": self.now}
        self.archived.append(row)

    def add_version(
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

    def conflict(self, known: Known, fields: dict[str, Any]) -> None:
        """Plan what becomes of a record's conflict: one that is new, has changed, or, without any fields, is over."""
        if fields:
            self.tally.conflicts += 1
            self.find("conflict", known.external_id, known.name, known.record_id, {"fields": fields})
        row: Row = {"fields": fields, "chosen": {}, "status": "open", "updated_at": self.now}
        if known.conflict_id is not None:
            row["status"] = "open" if fields else "obsolete"
            self.conflicts.append({"id": known.conflict_id, **row})
        elif fields:
            self.new_conflicts.append(
                self._made(
                    new_id(),
                    record_id=known.record_id,
                    link_id=known.link_id,
                    connection_id=self.stream.connection_id,
                    job_id=self.run.job_id,
                    resolved_by="",
                    resolved_at=None,
                    **row,
                )
            )

    def _refer(self, record_id: UUID, values: Mapping[str, Any], names: Sequence[str]) -> None:
        self.references.setdefault(record_id, []).extend(named_in(self.stream, values, names))

    def _note(
        self,
        level: str,
        message: str,
        external_id: str,
        record_id: UUID | None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        self.notes.append(Note(level, message, self.stream.resource, external_id, record_id, detail))

    def _made(self, row_id: UUID, **values: object) -> Row:
        return {"id": row_id, "created_at": self.now, **values}


def named_in(stream: Stream, values: Mapping[str, Any], names: Iterable[str]) -> list[tuple[str, UUID, str]]:
    """What these fields of a record name: the field, the stream of the other record, its external id."""
    found: list[tuple[str, UUID, str]] = []
    for name in names:
        value = values.get(name)
        ids = cast("list[object]", value if isinstance(value, list) else [value] if value else [])
        found += [(name, stream.references[name], str(one)[:200]) for one in ids]
    return found
