"""The three-way merge of one field, and of a record: pure, without a clock.

What was agreed on last is a pair: the hub's value when both sides were last settled, and the source's value when it was
last seen. A source may store what it is sent in a spelling of its own, so one value for both would see a change for ever.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from pydantic import JsonValue

Rule = Literal["hub_wins", "source_wins", "newest_wins", "manual_review"]
Direction = Literal["in", "out", "both"]
Blanks = Literal["overwrite", "keep"]


class Missing(Enum):
    """What stands where no value is known: it was not in what was read, could not be read, or its transform failed. None is a
    value: the field is empty.
    """

    MISSING = "missing"


MISSING = Missing.MISSING
Value = JsonValue | Missing


@dataclass(frozen=True)
class Terms:
    """How a field is kept in step. `blanks`: with `keep`, an emptied field does not empty the other side's."""

    rule: Rule = "manual_review"
    direction: Direction = "both"
    blanks: Blanks = "overwrite"


@dataclass(frozen=True)
class Base:
    """What was agreed on last: the hub's value when last settled, the source's when last seen.

    Where the hub's is MISSING and the source's is known, the hub's value was never settled: it is owed to the source.
    """

    hub: Value = MISSING
    source: Value = MISSING


_NOTHING = Base()


@dataclass(frozen=True)
class Merged:
    """What comes of a field. `push`: the source has to be sent the hub's value. `conflict`: somebody has to choose."""

    hub: Value
    base: Base
    push: bool = False
    conflict: bool = False


def merge_field(terms: Terms, base: Base, ours: Value, theirs: Value, *, theirs_newer: bool) -> Merged:
    """Merge the hub's value (`ours`) with the source's (`theirs`). `theirs_newer` counts for `newest_wins` alone."""
    if theirs is MISSING:
        return Merged(ours, base)
    if ours == theirs:
        return Merged(ours, Base(ours, theirs))
    if terms.direction == "out":
        return _outwards(base, ours, theirs, silent=terms.blanks == "keep" and is_blank(ours))
    if terms.blanks == "keep" or base == _NOTHING:
        # Emptying is no change of that side; a field that was never compared before was not emptied on either.
        base = Base(ours if is_blank(ours) else base.hub, theirs if is_blank(theirs) else base.source)
    return _differing(terms, base, ours, theirs, theirs_newer=theirs_newer)


def _differing(terms: Terms, base: Base, ours: Value, theirs: Value, *, theirs_newer: bool) -> Merged:
    hub_changed, source_changed = ours != base.hub, theirs != base.source
    if not hub_changed and not source_changed:
        # A difference that was settled, such as the source's own spelling.
        return Merged(ours, base)
    if hub_changed and source_changed and terms.rule == "manual_review":
        return Merged(ours, base, conflict=True)
    if source_changed and (not hub_changed or _source_wins(terms.rule, theirs_newer=theirs_newer)):
        return Merged(theirs, Base(theirs, theirs))
    # Nothing is settled before the source has acknowledged it: what it is owed stays owed, also when the hub's value goes back
    # to what it was.
    owed = MISSING if source_changed and terms.direction != "in" else base.hub
    return Merged(ours, Base(owed, theirs), push=terms.direction != "in")


def _outwards(base: Base, ours: Value, theirs: Value, *, silent: bool) -> Merged:
    changed = ours != base.hub or theirs != base.source
    if silent or not changed:
        return Merged(ours, base)
    return Merged(ours, Base(MISSING, theirs), push=True)


def _source_wins(rule: Rule, *, theirs_newer: bool) -> bool:
    return rule == "source_wins" or (rule == "newest_wins" and theirs_newer)


def is_blank(value: Value) -> bool:
    """Whether there is nothing in a field that is known."""
    return value is None or value in ("", [], {})


def acknowledged(sent: Value, read_back: Value) -> Base:
    """The base after the source took a value, and was read again: only now is anything settled."""
    return Base(sent, read_back)


def chosen(seen: Value, *, takes_theirs: bool) -> tuple[Base, Value]:
    """The base for the next ordinary merge once somebody has chosen, and the hub's value; MISSING leaves that as it is.

    `seen` is the source's value that the person chose by: when it has changed since, the merge sees that.
    """
    return (Base(seen, seen), seen) if takes_theirs else (Base(MISSING, seen), MISSING)


@dataclass
class RecordMerge:
    """What comes of a record, field by field: `changes` of the hub's values, what to `push`, and `conflicts`."""

    base: dict[str, Base] = field(default_factory=dict[str, Base])
    changes: dict[str, Value] = field(default_factory=dict[str, Value])
    push: list[str] = field(default_factory=list[str])
    conflicts: list[str] = field(default_factory=list[str])


def merge_record(
    terms: Mapping[str, Terms],
    base: Mapping[str, Base],
    ours: Mapping[str, JsonValue],
    theirs: Mapping[str, Value],
    *,
    theirs_newer: Callable[[str], bool],
) -> RecordMerge:
    """Merge the fields that `terms` names. A field that the hub does not hold is blank; one of the source's is MISSING.
    `theirs_newer` is asked for fields of `newest_wins` alone.
    """
    merged = RecordMerge()
    for name, of_field in terms.items():
        before, known = ours.get(name), base.get(name, _NOTHING)
        newer = of_field.rule == "newest_wins" and theirs_newer(name)
        one = merge_field(of_field, known, before, theirs.get(name, MISSING), theirs_newer=newer)
        if one.hub != before:
            merged.changes[name] = one.hub
        if one.base != _NOTHING:
            merged.base[name] = one.base
        if one.push:
            merged.push.append(name)
        if one.conflict:
            merged.conflicts.append(name)
    return merged


_OWED: dict[str, JsonValue] = {"$owed": 1}


def packed(base: Mapping[str, Base]) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """As a link stores it: the source's side whole, the hub's only where it differs. What is missing has no key."""
    source = {name: one.source for name, one in base.items() if one.source is not MISSING}
    hub: dict[str, JsonValue] = {}
    for name, one in base.items():
        if one.hub != one.source:
            hub[name] = dict(_OWED) if one.hub is MISSING else one.hub
    return source, hub


def unpacked(source: Mapping[str, JsonValue], hub: Mapping[str, JsonValue]) -> dict[str, Base]:
    """What `packed` gave."""
    base: dict[str, Base] = {}
    for name in {**source, **hub}:
        ours = hub.get(name, source.get(name))
        base[name] = Base(MISSING if ours == _OWED else ours, source.get(name, MISSING))
    return base
