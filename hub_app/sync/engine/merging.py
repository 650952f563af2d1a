"""What becomes of a record that its source has given: made here, merged, settled, kept apart, or gone. Pure: it plans alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub_app.sync import merge
from hub_app.sync.engine.erased import SKIPPED, is_erased
from hub_app.sync.engine.known import Known
from hub_app.sync.engine.plan import MERGED, Plan
from hub_app.sync.journal import ARCHIVED, LinkState, Values, difference
from hub_app.sync.mapping.mapper import Mapped
from hub_app.sync.merge import MISSING, Base
from hub_app.sync.provider.source import Item


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record of the source that may have changed, and what the mapping makes of it."""

    item: Item
    payload_hash: bytes
    mapped: Mapped


def take(plan: Plan, one: Incoming, known: Known | None) -> list[str]:
    """Plan what becomes of a record that is new, or may have changed. The fields that its source has yet to get."""
    if known is not None and known.link.state == "merged":
        # It may have been merged while this page was on its way.
        plan.skip(one.item, MERGED)
        plan.released.append(one.item.external_id)
    elif one.item.gone and known is not None:
        plan.tally.skip("deleted_there")
        mark_gone(plan, known)
    elif known is not None and is_erased(known):
        plan.skip(one.item, SKIPPED)
    else:
        plan.warn(one.item, one.mapped, known)
        if one.mapped.refused:
            plan.refuse(one.item, one.mapped.refused, known.record_id if known else None)
        elif known is None:
            _create(plan, one)
        else:
            return _merge(plan, one, known)
    return []


def mark_gone(plan: Plan, known: Known) -> None:
    """Plan that a record is one which the source no longer has. Here it stays; where the connection says so, in the archive,
    unless another source has it still.
    """
    link = replace(known.link, state="gone", gone_at=plan.now, gone_runs=0, owes=False)
    to_archive = plan.run.connection.deletions == "archive" and not known.elsewhere
    archives = to_archive and known.archived_at is None
    number = known.version + archives
    after: dict[str, Any] = {ARCHIVED: plan.now.isoformat()} if archives else {}
    if archives:
        link = replace(link, synced_version=number)
        plan.archive(known, number, plan.now)
    plan.tally.gone += 1
    plan.update_link(known, link)
    plan.add_version(known.record_id, number, "gone", known.link_id, {}, after, known.link.changes(link))
    plan.find("gone", known.external_id, known.name, known.record_id, {})


def settle(plan: Plan, one: Incoming, known: Known, acknowledged: Mapping[str, Base]) -> None:
    """Plan what becomes of a record that its source has just been sent: these fields are settled, and what the source has made of
    the others by itself, such as a name of its parts, comes in.
    """
    source, hub = merge.packed({**merge.unpacked(known.link.base, known.link.base_hub), **acknowledged})
    link = replace(known.link, base=source, base_hub=hub, pushed_at=plan.now)
    tally, counted, pushed = plan.tally, plan.tally.unchanged, len(plan.versions)
    link_change = known.link.changes(link)
    plan.add_version(known.record_id, known.version, "pushed", known.link_id, {}, {}, link_change)
    tally.read += 1
    _merge(plan, one, replace(known, link=link))
    if not plan.links:
        plan.update_link(known, link)
    if plan.records:
        return
    # It was met before in this run.
    tally.repeated, tally.unchanged = tally.repeated + 1, counted
    written = {name: plan.links[-1][name] for name in link.columns()}
    plan.versions[pushed]["link_change"] = known.link.changes(LinkState(**written))
    del plan.versions[pushed + 1 :]


def is_newer(modified: datetime | None, known: Known, name: str) -> bool:
    """Whether the source changed a record after the hub's field was changed. The source tells one time for all of its fields."""
    stamp = known.stamps.get(name)
    ours = datetime.fromisoformat(stamp) if stamp else known.stamped_at
    return modified is not None and (ours is None or modified > ours)


def _create(plan: Plan, one: Incoming) -> None:
    values: dict[str, Any] = {}
    base: dict[str, Any] = {}
    base_hub: dict[str, Any] = {}
    for name, terms in plan.stream.terms.items():
        theirs = one.mapped.values.get(name, MISSING)
        if theirs is MISSING:
            continue
        base[name] = theirs
        if theirs is None:
            continue
        if terms.direction == "out":
            base_hub[name] = None
        else:
            values[name] = theirs
    link = _settled(plan, one, LinkState(), (base, base_hub), version=1)
    plan.tally.created += 1
    name = plan.add_record(one.item, values, link)
    plan.released.append(one.item.external_id)
    plan.find("create", one.item.external_id, name, None, {"values": values})


def _merge(plan: Plan, one: Incoming, known: Known) -> list[str]:
    item = one.item
    merged = merge.merge_record(
        plan.stream.terms,
        merge.unpacked(known.link.base, known.link.base_hub),
        known.values,
        one.mapped.values,
        theirs_newer=lambda name: is_newer(item.modified, known, name),
    )
    values = _with(known.values, merged.changes)
    before, after = difference(known.values, values)
    if known.archived_at is not None and known.archived_at == known.link.gone_at:
        # Its source had taken it from the lists, and nobody else.
        before[ARCHIVED] = known.archived_at.isoformat()
    changed = bool(before or after)
    version = known.version + changed
    names = sorted({*before, *after} - {ARCHIVED})
    link = replace(
        _settled(plan, one, known.link, merge.packed(merged.base), version=version),
        owes=bool(merged.push) or _owes(merged.base),
    )
    link_change = known.link.changes(link)
    plan.released.append(item.external_id)
    if changed:
        plan.tally.updated += 1
        plan.update_record(known, values, version, names, item.modified or plan.now)
        if ARCHIVED in before:
            plan.archive(known, version, None)
    else:
        plan.tally.unchanged += 1
    if link_change:
        plan.update_link(known, link)
    if changed or link_change:
        kind = "updated" if changed else "linked"
        stamps = {name: known.stamps.get(name) for name in names}
        plan.add_version(known.record_id, version, kind, known.link_id, before, after, link_change, stamps)
    sides = {
        name: _sides(merged.base.get(name, Base()), known.values.get(name), one.mapped.values[name])
        for name in merged.conflicts
    }
    plan.conflict(known, sides)
    if changed:
        detail = {"before": before, "after": after}
        plan.find("change", item.external_id, known.name, known.record_id, detail)
    return merged.push


def _settled(
    plan: Plan, one: Incoming, link: LinkState, packed: tuple[Values, Values], *, version: int
) -> LinkState:
    """The link of a record once it is as the source has it."""
    source, hub = packed
    return LinkState(
        external_version=one.item.version[:100],
        modified=one.item.modified or link.modified,
        payload_hash=one.payload_hash,
        mapping_version=plan.stream.mapping_version,
        synced_version=version,
        base=source,
        base_hub=hub,
        pushed_at=link.pushed_at,
    )


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
