"""What changed, sparsely, in a form from which it can be taken back: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

Values = Mapping[str, Any]
ARCHIVED = "$archived_at"
"""Stands in a change for the record's own column."""


def difference(old: Values, new: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ: as they were, and as they are. Where a side has no such field, it is not in that one."""
    names = [name for name in {**old, **new} if _held(old, name) != _held(new, name)]
    return {n: old[n] for n in names if n in old}, {n: new[n] for n in names if n in new}


def put_back(
    now: Values, before: Values, after: Values, *, keep: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The values as they were before a change, but for the fields to `keep`."""
    left = dict(now)
    for name in {**before, **after}:
        if name in keep:
            continue
        if name in before:
            left[name] = before[name]
        else:
            left.pop(name, None)
    return left


def changed_since(now: Values, before: Values, after: Values) -> frozenset[str]:
    """The fields of a change that somebody has changed again."""
    return frozenset(name for name in {**before, **after} if _held(now, name) != _held(after, name))


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what it changed as it was, and as it was then, and whether it was `undone`."""

    before: Values
    after: Values
    undone: bool = False


def origin(change: Change, earlier: Sequence[Change], name: str) -> int:
    """From which change on a value goes back: -1 for this one, else the number of one of the `earlier` ones, newest first.

    One of them that was undone while this one stood above it could not be put back then: it goes along now.
    """
    found, at = change, -1
    for number, one in enumerate(earlier):
        if name in one.before or name in one.after:
            if not one.undone or _held(one.after, name) != _held(found.before, name):
                break
            found, at = one, number
    return at


def _held(values: Values, name: str) -> tuple[bool, object]:
    return name in values, values.get(name)


@dataclass(frozen=True, slots=True)
class LinkState:
    """What of a link a job may change, by the columns of `SyncLink`."""

    external_version: str = ""
    modified: datetime | None = None
    payload_hash: bytes | None = None
    mapping_version: int = 0
    synced_version: int = 0
    base: Values = field(default_factory=dict[str, Any])
    base_hub: Values = field(default_factory=dict[str, Any])
    owes: bool = False
    pushed_at: datetime | None = None
    state: str = "linked"
    gone_at: datetime | None = None
    gone_runs: int = 0

    @classmethod
    def of(cls, row: object) -> "LinkState":
        """That of a row of links."""
        return cls(**{one.name: getattr(row, one.name) for one in fields(cls)})

    def columns(self) -> dict[str, Any]:
        """As they are written into a row."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def changes(self, after: "LinkState") -> dict[str, Any]:
        """What another state has changed of this one, as JSON for the journal."""
        changed: dict[str, Any] = {}
        for one in fields(self):
            old, new = getattr(self, one.name), getattr(after, one.name)
            if old != new:
                sides = difference(old, new) if one.name in _SPARSE else (_told(old), _told(new))
                changed[one.name] = dict(zip(("before", "after"), sides, strict=True))
        return changed

    def told(self) -> dict[str, Any]:
        """The same as flat JSON, with one name for each value of the base pair."""
        told: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            told |= _flat(one.name, value) if one.name in _SPARSE else {one.name: _told(value)}
        return told

    @classmethod
    def read(cls, told: Values) -> "LinkState":
        """What `told` gave."""
        columns: dict[str, Any] = {name: {} for name in _SPARSE}
        for name, value in told.items():
            column, dot, of_field = name.partition(".")
            if dot:
                columns[column][of_field] = value
            else:
                columns[name] = _read(name, value)
        return cls(**columns)


def link_change(changes: Values, *, undone: bool) -> Change:
    """What `LinkState.changes` gave, by the names of `LinkState.told`."""
    made: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
    for name, sides in changes.items():
        for side, values in made.items():
            values.update(_flat(name, sides[side]) if name in _SPARSE else {name: sides[side]})
    return Change(made["before"], made["after"], undone)


def _flat(column: str, values: Values) -> dict[str, Any]:
    return {f"{column}.{name}": value for name, value in values.items()}


_SPARSE = {"base", "base_hub"}
_MOMENTS = {"modified", "pushed_at", "gone_at"}


def _told(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return value


def _read(name: str, value: object) -> object:
    if value is None:
        return None
    if name in _MOMENTS:
        return datetime.fromisoformat(str(value))
    return bytes.fromhex(str(value)) if name == "payload_hash" else value
