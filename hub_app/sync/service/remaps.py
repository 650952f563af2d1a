"""Where a field may have gone that a source no longer tells of: other fields of its records, with what speaks for each, and what
mapping it would change.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub_app.kernel import selection, similar, threads
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Unavailable
from hub_app.sync.engine.known import Known
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.discovery import Discovery, SeenField, discover, label_of
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.mapper import Mapper, compiled
from hub_app.sync.mapping.suggestions import fits, mapping_of
from hub_app.sync.merge import MISSING
from hub_app.sync.provider.source import Payload
from hub_app.sync.service import access, mappings, previews
from hub_app.sync.service.mappings import ResourceMapping
from hub_app.sync.service.samples import Sample

MOST = 3
"""Proposals for one field."""
_MOST_FIELDS = 20
_ID = re.compile(r"\d.*\d.*\d")
# Of the records that can be compared so many have the same value, and they are not all alike.
_ENOUGH_SAME, _ENOUGH_COMPARED, _ENOUGH_VALUES = 0.8, 3, 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another field that may fill the one which was lost: it has the `same` value in so many of those records that are `compared`.
    Of the sample, `changes` would have another value here, and in `odd` it could not be read.
    """

    seen: SeenField
    mapping: FieldMapping
    same: int
    compared: int
    similarity: float
    changes: int = 0
    odd: int = 0


@dataclass(frozen=True, slots=True)
class Remap:
    """A field that was lost: `kept` has why and since when (engine/lost.py), `replaces` is the line that no longer finds it."""

    field: Field
    replaces: FieldMapping
    kept: Mapping[str, Any]
    proposals: Sequence[Proposal]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The records of a sample that are here, and what a field had in each when it was last told."""

    payloads: Sequence[Payload]
    before: Sequence[Any]


async def proposals(
    actor: Actor, family: str, connection_id: UUID, resource: str, sample: Sample
) -> list[Remap]:
    """For each lost field what may have become of it, the best first. A field that the sample tells again is left out.
    Unavailable while the tenant has too many expressions being evaluated.
    """
    access.require_work(actor, family)
    now = await mappings.get_mappings(actor, family, connection_id, counted=False)
    of = now.of(resource)
    lost = [one for one in of.fields if one.key in of.lost][:_MOST_FIELDS]
    if not lost:
        return []
    found = discover([one.payload for one in sample.items], sample.declared)
    there = await previews.known_of(now.connection, resource, sample.items)
    made: list[Remap] = []
    for field in lost:
        lines = [one for one in of.mappings if one.target == field.key and one.constant is None]
        if not lines or await _is_told(compiled(lines, of.fields), sample, actor.tenant_id):
            continue
        evidence = _evidence(sample, there, field.key)
        # Hundreds of fields are read from fifty records, in whatever way the tenant reads them.
        ranked = await threads.run(_ranked, of, field, lines[0], found, evidence, partition=actor.tenant_id)
        shown = [
            await _with_effect(actor, family, connection_id, of, one, lines, sample) for one in ranked[:MOST]
        ]
        made.append(Remap(field, lines[0], of.lost[field.key], shown))
    return made


async def _is_told(mapper: Mapper, sample: Sample, tenant_id: UUID) -> bool:
    payloads = [one.payload for one in sample.items]
    try:
        found = await mapper.map_all(payloads, partition=tenant_id)
    except selection.Busy as error:
        raise Unavailable(f"The mapping {error}.") from None
    for mapped in found:
        if any(one is not MISSING and one is not None for one in mapped.values.values()):
            return True
    return False


def _evidence(sample: Sample, there: Mapping[str, Known], key: str) -> _Evidence:
    had = [
        (item.payload, known.link.base[key])
        for item in sample.items
        if (known := there.get(item.external_id)) and known.link.base.get(key) is not None
    ]
    return _Evidence([payload for payload, _ in had], [value for _, value in had])


def _ranked(
    of: ResourceMapping, field: Field, old: FieldMapping, found: Discovery, evidence: _Evidence
) -> list[Proposal]:
    """The fields that may be meant, the best first: they are called alike, or have the same values."""
    taken = {one.source for one in of.mappings if one.target != field.key}
    called = label_of(old.source)
    # An ID is no name.
    names = [field.label, field.key, *field.aliases, *([] if _ID.search(called) else [called])]
    candidates = [
        one
        for one in found.fields
        if one.path not in taken and fits(one, field) and (one.share or one.path != old.source)
    ]
    found_ones: list[Proposal] = []
    for seen in candidates:
        similarity = similar.best_score(seen.label, names)
        tried = [_compared(line, seen, evidence, similarity) for line in _lines(old, seen, field)]
        best = max(tried, key=lambda one: one.same)
        if _speaks_for_itself(best, evidence):
            found_ones.append(best)
    return sorted(found_ones, key=lambda one: (-one.same / max(1, one.compared), -one.same, -one.similarity))


def _lines(old: FieldMapping, seen: SeenField, field: Field) -> list[tuple[FieldMapping, Field]]:
    """The old line with another source, and with what usually reads such a source."""
    usual = mapping_of(seen, field, "")
    kept = old.model_copy(update={"source": seen.path})
    return [(kept, field), (kept.model_copy(update={"transforms": usual.transforms}), field)]


def _compared(
    line: tuple[FieldMapping, Field], seen: SeenField, evidence: _Evidence, similarity: float
) -> Proposal:
    mapping, field = line
    values = [one.values[field.key] for one in compiled([mapping], [field]).map(evidence.payloads)]
    pairs = [
        (now, before)
        for now, before in zip(values, evidence.before, strict=True)
        if now is not MISSING and now is not None
    ]
    same = sum(now == before for now, before in pairs)
    return Proposal(seen, mapping, same, len(pairs), similarity)


def _speaks_for_itself(one: Proposal, evidence: _Evidence) -> bool:
    if one.similarity >= similar.LIKELY:
        return True
    different = {repr(value) for value in evidence.before}
    return (
        one.compared >= _ENOUGH_COMPARED
        and len(different) >= _ENOUGH_VALUES
        and one.same >= _ENOUGH_SAME * one.compared
    )


async def _with_effect(
    actor: Actor,
    family: str,
    connection_id: UUID,
    of: ResourceMapping,
    one: Proposal,
    lines: Sequence[FieldMapping],
    sample: Sample,
) -> Proposal:
    """What the mapping would change, were this field taken in place of the lost one."""
    draft = [one.mapping, *lines[1:]]
    found = await previews.preview(actor, family, connection_id, of.resource, draft, [], sample)
    key = one.mapping.target
    odd = sum(key in each.warnings for each in found.records)
    return Proposal(
        one.seen, one.mapping, one.same, one.compared, one.similarity, found.by_field.get(key, 0), odd
    )
