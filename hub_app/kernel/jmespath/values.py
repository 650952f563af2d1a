"""Going through JSON values that somebody may have made enormous: parts that are shared count as often as they are met."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from hub_app.kernel.jmespath.budget import Budget, Unselectable

MAX_VALUES = 500_000
MAX_CHARACTERS = 16 * 2**20
# pydantic takes no deeper JSON.
MAX_DEPTH = 100
_NUMBER_CHARACTERS = 30
_PAIR = 64
# `\u0000`; what is beyond 16 bits takes two of them.
_ESCAPED, _ESCAPED_TWICE = 6, 12


@dataclass(slots=True)
class Room:
    """How much may still be selected."""

    values: int = MAX_VALUES
    characters: int = MAX_CHARACTERS

    def take(self, values: int, characters: int) -> None:
        """Unselectable when this is more than is left."""
        self.values -= values
        self.characters -= characters
        if self.values < 0:
            raise Unselectable(f"selects more than {MAX_VALUES:,} values")
        if self.characters < 0:
            raise Unselectable(f"selects more than {MAX_CHARACTERS // 2**20} million characters")


def check_result(value: Any, room: Room | None = None) -> None:
    """Unselectable when this is no JSON value, or a larger one than anybody has a use for; than there is room for, if it
    is one of several.
    """
    room = room or Room()
    room.take(1, 0)
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner = characters = 0
        for one in level:
            if isinstance(one, str):
                characters += len(one)
            elif has_parts(one):
                inner += len(cast("list[Any]", one))
            elif not isinstance(one, (int, float, type(None))):
                # not_null(&a) gives the expression itself.
                raise Unselectable("does not fit the data: it selects an expression (&…), which is no value")
            elif isinstance(one, float) and not math.isfinite(one):
                raise Unselectable("does not fit the data: it makes a number that is too large")
        room.take(inner, characters)
        names = (cast("dict[str, Any]", one) for one in level if isinstance(one, dict))
        room.take(0, sum(len(name) for one in names for name in one))
        level = list(chain.from_iterable(parts(one) for one in level))
        if not level:
            return
    raise Unselectable(f"selects what is nested deeper than {MAX_DEPTH} levels")


def parts(value: Any) -> list[Any]:
    """What a list or an object holds; nothing of any other value."""
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value).values())
    return cast("list[Any]", value) if isinstance(value, list) else []


def spend_writing(value: Any, budget: Budget) -> None:
    """On writing the value as JSON text."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if has_parts(one):
            inner = parts(one)
            budget.spend(1 + len(inner), 16 * len(inner))
            waiting.extend(inner)
            if isinstance(one, dict):
                for name in cast("dict[str, Any]", one):
                    budget.spend_text(_written(name))
        else:
            budget.spend_text(_written(one))


def _written(value: Any) -> int:
    """At most how many characters it has as JSON."""
    if isinstance(value, str):
        return len(value) * (_ESCAPED if value.isascii() else _ESCAPED_TWICE)
    return _NUMBER_CHARACTERS + (value.bit_length() // 3 if isinstance(value, int) else 0)


def equal(left: Any, right: Any, budget: Budget) -> bool:
    """Python's `==`, counted."""
    waiting = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        if one is other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            pairs = _of_objects(cast("dict[str, Any]", one), cast("dict[str, Any]", other), budget)
        elif isinstance(one, list) and isinstance(other, list):
            pairs = _of_lists(cast("list[Any]", one), cast("list[Any]", other), budget)
        else:
            return False
        if pairs is None:
            return False
        for part, its_other in pairs:
            if has_parts(part) and has_parts(its_other):
                budget.spend(3, _PAIR)
                waiting.append((part, its_other))
            elif part is not its_other and not _same(part, its_other, budget):
                return False
    return True


def _of_lists(left: list[Any], right: list[Any], budget: Budget) -> Iterable[tuple[Any, Any]] | None:
    if len(left) != len(right):
        return None
    budget.spend(1 + len(left) // 4)
    return zip(left, right, strict=True)


def _of_objects(
    left: dict[str, Any], right: dict[str, Any], budget: Budget
) -> Iterable[tuple[Any, Any]] | None:
    if len(left) != len(right):
        return None
    budget.spend(1 + len(left) // 4)
    return ((left[name], right[name]) for name in left) if left.keys() == right.keys() else None


def _same(left: Any, right: Any, budget: Budget) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        budget.spend_reading(min(len(left), len(right)))
    return left == right


def has_parts(value: Any) -> bool:
    return isinstance(value, (dict, list))
