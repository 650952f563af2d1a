"""A mapping made ready: pages of payloads become values by field."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from pydantic import JsonValue

from hub_app.kernel import selection
from hub_app.kernel.yielding import at_a_go
from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.numbers import Unreadable
from hub_app.sync.mapping.paths import Payload, follow, getter
from hub_app.sync.mapping.steps import chain
from hub_app.sync.mapping.text import cleaned
from hub_app.sync.mapping.values import Notes, Read, as_text, is_partial
from hub_app.sync.merge import MISSING, Value

MAX_WARNINGS = 50
"""How many one record may have."""
_SHOWN = 100

Found = Value | selection.Unselectable
Evaluated = Sequence[Sequence[Found]]
"""Of each payload what each expression found."""


@dataclass(frozen=True, slots=True)
class Warned:
    """What is odd about a value: `why` follows the name of the field. `value` is what the source has, shortened. `kept`: the
    record has it all the same.
    """

    target: str
    why: str
    value: str = ""
    kept: bool = False

    @property
    def said(self) -> str:
        """In words, to follow the name of the field."""
        if self.kept:
            return self.why if is_partial([self.why]) else f"{self.why} (kept as it is)"
        return f"{self.why} (left out)"


@dataclass(slots=True)
class Mapped:
    """What became of a payload. `values` has each target: MISSING where the source says nothing of it, or what it says could not
    be read; None where it is empty there. `refused` says why there can be no such record, "" if there can.
    """

    values: dict[str, Value] = field(default_factory=dict[str, Value])
    warnings: list[Warned] = field(default_factory=list[Warned])
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One mapping: where its value comes from, and how it is read. `get` is None for an expression, which is the one with the
    number `expression` of its mapper.
    """

    mapping: FieldMapping
    get: Callable[[Payload], Value] | None
    read: Read
    expression: int = -1


@dataclass(frozen=True)
class Target:
    """A field, and the lines that feed it: the first that is not blank counts."""

    field: Field
    lines: Sequence[Line]
    required: bool

    @cached_property
    def only(self) -> Line | None:
        """Its one line, where there is no other."""
        return self.lines[0] if len(self.lines) == 1 else None


class Mapper:
    """Reads payloads by a mapping, without state. `targets` are what it feeds, by their keys."""

    def __init__(self, targets: Sequence[Target], expressions: Sequence[str]) -> None:
        self.targets = {one.field.key: one for one in targets}
        self.expressions = expressions
        self._rests = [selection.rests_on(one) for one in expressions]

    @property
    def inline(self) -> bool:
        """Whether all sources are paths, so that `map` is done at once."""
        return not self.expressions

    def map(self, payloads: Sequence[Payload]) -> list[Mapped]:
        """What becomes of each payload. For mappings that are `inline`."""
        if self.expressions:
            raise ValueError("has expressions: use map_all")
        return [self._mapped(payload, ()) for payload in payloads]

    async def map_all(self, payloads: Sequence[Payload], *, partition: Hashable) -> list[Mapped]:
        """The same for every mapping; `evaluate` tells what else it raises."""
        return await self.map_evaluated(payloads, await self.evaluate(payloads, partition=partition))

    async def map_evaluated(self, payloads: Sequence[Payload], found: Evaluated) -> list[Mapped]:
        """What becomes of payloads for which the expressions were evaluated. Others have the event loop meanwhile."""
        both = list(zip(payloads, found, strict=True))
        return [self._mapped(one, of_it) async for some in at_a_go(both) for one, of_it in some]

    async def evaluate(self, payloads: Sequence[Payload], *, partition: Hashable) -> Evaluated:
        """What the expressions find in each payload, evaluated for all together in a process of their own. Raises selection.Busy
        when too many of this `partition` wait already, a tenant's id. A payload that ends the whole, such as one that is nested too
        deeply, is looked for by halves.
        """
        if not self.expressions:
            return [()] * len(payloads)
        given = cast("list[JsonValue]", list(payloads))
        try:
            found = await selection.select_each(self.expressions, given, partition=partition)
        except selection.Busy:
            raise
        except selection.Unselectable as error:
            if len(payloads) <= 1:
                return [[error for _ in self.expressions] for _ in payloads]
            half = len(payloads) // 2
            first = await self.evaluate(payloads[:half], partition=partition)
            return [*first, *await self.evaluate(payloads[half:], partition=partition)]
        return [self._told(payload, of_it) for payload, of_it in zip(payloads, found, strict=True)]

    def _told(self, payload: Payload, found: Sequence[JsonValue | selection.Unselectable]) -> list[Found]:
        """What the expressions found; MISSING in place of what they make of fields that the payload does not have."""
        return [
            one if _is_told(rests, payload, one) else MISSING
            for one, rests in zip(found, self._rests, strict=True)
        ]

    def _mapped(self, payload: Payload, found: Sequence[Found]) -> Mapped:
        mapped = Mapped()
        values, warnings = mapped.values, mapped.warnings
        for key, target in self.targets.items():
            line = target.only
            if line is None:
                value = _first(target.lines, payload, found, warnings)
            else:
                raw = line.get(payload) if line.get else found[line.expression]
                value = raw if raw is None or raw is MISSING else _read(line, raw, warnings)
            values[key] = value
            if target.required and not mapped.refused and (value is None or value is MISSING):
                mapped.refused = f"{target.field.label} is required, and has no value."
        return mapped


def _is_told(rests: selection.Rests, payload: Payload, found: JsonValue | selection.Unselectable) -> bool:
    """Whether the payload says something of what an expression rests on. What is empty must be told by all of it; a filter that
    finds no entry says nothing: a field may have been taken from that list, for all records.
    """
    told = [follow(parts, payload) is not MISSING for parts in rests.paths]
    if found is None or found == []:
        return all(told) and not rests.filters
    return any(told) or not told


def _found(line: Line, payload: Payload, found: Sequence[Found]) -> Found:
    return line.get(payload) if line.get else found[line.expression]


def _first(lines: Sequence[Line], payload: Payload, found: Sequence[Found], warnings: list[Warned]) -> Value:
    """The first value that is not blank; one that cannot be read is not. None only when all are told to be empty."""
    is_told = True
    for line in lines:
        raw = _found(line, payload, found)
        if raw is MISSING:
            is_told = False
        elif raw is not None and (value := _read(line, raw, warnings)) is not None:
            return value
    return None if is_told else MISSING


def _read(line: Line, raw: JsonValue | selection.Unselectable, warnings: list[Warned]) -> Value:
    """The value of what was found; MISSING, with a warning, for what cannot be read."""
    notes: Notes = []
    value: Value = MISSING
    try:
        if isinstance(raw, selection.Unselectable):
            notes.append(str(raw))
        else:
            value = line.read(raw, notes)
    except Unreadable as error:
        notes = [str(error)]
    if notes:
        kept = value is not MISSING
        known = [Warned(line.mapping.target, why, shown(raw), kept) for why in dict.fromkeys(notes)]
        warnings += known[: MAX_WARNINGS - len(warnings)]
    return value


def shown(value: object) -> str:
    """A value in a line, shortened, as it can be stored."""
    if isinstance(value, str):
        text, _ = cleaned(value[: 2 * _SHOWN])
        return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    if isinstance(value, list):
        return f"a list of {len(cast('list[object]', value)):,}"
    if isinstance(value, dict):
        return "an object"
    try:
        return as_text(cast("JsonValue", value))[:_SHOWN]
    except Unreadable:
        return "a number"


def compiled(mappings: Sequence[FieldMapping], fields: Sequence[Field]) -> Mapper:
    """The mapping made ready. Targets that are no fields, such as those that have been deleted, are left out."""
    known = {one.key: one for one in fields}
    expressions: list[str] = []
    lines: dict[str, list[Line]] = {}
    for one in mappings:
        if one.target not in known:
            continue
        parts = selection.names(one.source) if one.constant is None else None
        number = -1
        if one.constant is None and parts is None:
            number = len(expressions)
            expressions.append(one.source)
        lines.setdefault(one.target, []).append(
            Line(one, _getter(one, parts), chain(one, known[one.target]), number)
        )
    return Mapper(
        [
            Target(known[key], of_it, any(one.mapping.required for one in of_it))
            for key, of_it in lines.items()
        ],
        expressions,
    )


def _getter(mapping: FieldMapping, parts: tuple[str | int, ...] | None) -> Callable[[Payload], Value] | None:
    if mapping.constant is not None:
        value = mapping.constant.value
        return lambda _: value
    return None if parts is None else getter(parts)
