"""The way back of a record: the hub's values as a source takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from hub_app.sync.mapping.declarations import FieldMapping
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.mapper import Line, Mapper, Target, Warned, shown
from hub_app.sync.mapping.paths import Payload, Unwritable
from hub_app.sync.mapping.writing import objection, written
from hub_app.sync.merge import MISSING, Direction, Rule, Terms, Value, is_blank


@dataclass(slots=True)
class Outgoing:
    """What to write, by the paths of the source, and what could not be written."""

    values: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    warnings: list[Warned] = field(default_factory=list[Warned])


def outwards(mapper: Mapper, values: Mapping[str, Value], payload: Payload) -> Outgoing:
    """What to write for these values of some fields; `payload` is the record as the source has it, empty for a new one.

    Of several sources of one field that is written which it was read from.
    """
    outgoing = Outgoing()
    for key, value in values.items():
        target = mapper.targets.get(key)
        if target is None or value is MISSING:
            continue
        line = _line(target, payload)
        path = line.mapping.source
        try:
            made = written(line.mapping, target.field, value, _before(line, payload))
        except Unwritable as error:
            outgoing.warnings.append(Warned(key, str(error), shown(value)))
            continue
        if outgoing.values.setdefault(path, made) != made:
            outgoing.warnings.append(
                Warned(key, "is written to the same place as another field", shown(value))
            )
    return outgoing


def writable(mappings: Sequence[FieldMapping], fields: Sequence[Field]) -> dict[str, str]:
    """Why each target can never be written, to follow its name; "" for those that can."""
    known = {one.key: one for one in fields}
    found: dict[str, str] = {}
    for one in mappings:
        if one.target in known:
            why = objection(one, known[one.target])
            found[one.target] = why and found.get(one.target, why)
    return found


def terms(
    mappings: Sequence[FieldMapping], fields: Sequence[Field], *, rule: Rule, direction: Direction
) -> dict[str, Terms]:
    """How each field is kept in step, for the merge. `rule` and `direction` are the connection's: a field goes no way that the
    connection does not go, and what cannot be written does not go out. A field that goes no way has none.
    """
    can = writable(mappings, fields)
    found: dict[str, Terms] = {}
    for one in mappings:
        ways = {"in", "out"} if one.direction == "both" else {one.direction}
        ways &= {"in", "out"} if direction == "both" else {direction}
        if can.get(one.target):
            ways -= {"out"}
        if one.target in can and ways:
            goes: Direction = "both" if len(ways) > 1 else ("in" if "in" in ways else "out")
            found[one.target] = Terms(one.rule or rule, goes, one.blanks)
    return found


def _line(target: Target, payload: Payload) -> Line:
    """The first line whose source is not blank, else the first that can be written."""
    if len(target.lines) == 1:
        return target.lines[0]
    lines = [one for one in target.lines if not objection(one.mapping, target.field)]
    filled = (one for one in lines if not (is_blank(there := _before(one, payload)) or there is MISSING))
    return next(filled, lines[0] if lines else target.lines[0])


def _before(line: Line, payload: Payload) -> Value:
    """What the source has there; MISSING for an expression, which is never written."""
    return line.get(payload) if line.get else MISSING
