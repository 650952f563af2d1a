"""What matters of an answer, by JMESPath: paths at once, everything else in a child process that can be stopped.

Whoever writes an expression may make it as costly as they like, and whoever answers the data. Neither holds up Hub.
"""

from collections.abc import Hashable, Sequence
from typing import Any, cast

from pydantic import JsonValue

from hub_app.kernel import confined
from hub_app.kernel.child import frames
from hub_app.kernel.jmespath import evaluator, grammar, values
from hub_app.kernel.jmespath.budget import Budget, Unselectable

SECONDS = 10
"""How long the expressions of one call may take in all. What they count by themselves usually ends them before."""
_LESS = "Select less of the data first"
_STOPPED: dict[confined.Reason, str] = {
    "time": f"was not done after {SECONDS} seconds. {_LESS}",
    "memory": f"takes more memory than an expression may have. {_LESS}",
    "data": (
        f"would be applied to more than {frames.MAX_BYTES // 2**20} MiB of data, or to data that is nested too deeply. Use a"
        " path of names and indices alone, or ask for less"
    ),
    "busy": "was not evaluated: this tenant already has too many in progress. Try again later",
}
# As long as this takes nobody waits.
_AT_ONCE = 2_000


Rests = grammar.Rests


class UnselectableOf(Unselectable):
    """Unselectable, and which expression it is."""

    def __init__(self, expression: str, why: str) -> None:
        super().__init__(why)
        self.expression = expression


class Busy(Unselectable):
    """Nothing was evaluated: this tenant has too many in progress. The same may work later."""


def check(expression: str) -> None:
    """Unselectable when the expression is no JMESPath. An empty one selects everything."""
    if not is_path(expression):
        grammar.parsed(expression)


def is_path(expression: str) -> bool:
    """Whether these are names and indices alone: `data[0].id`. Such a one costs nothing."""
    return grammar.path_of(expression) is not None


def names(expression: str) -> tuple[str | int, ...] | None:
    """The names and indices that the expression consists of; None when there is more to it."""
    path = grammar.path_of(expression)
    return None if path is None else path.parts


async def select(expression: str, value: JsonValue, *, partition: Hashable) -> JsonValue:
    """What `expression` selects of `value`; Unselectable when it does not fit, or costs too much. `partition` is whose work it
    is: a tenant's id.
    """
    return (await select_all([expression], value, partition=partition))[0]


async def select_all(expressions: Sequence[str], value: JsonValue, *, partition: Hashable) -> list[JsonValue]:
    """The same of several expressions, which cost together no more than one may. UnselectableOf the first that fails."""
    # One budget for all of them: two hundred moments are a stall.
    budget = Budget(_AT_ONCE)
    found = [_at_once(one, value, budget) for one in expressions]
    left = [number for number, one in enumerate(found) if one is _LATER]
    if left:
        given = [expressions[number] for number in left]
        try:
            answer = await confined.run(
                evaluator.evaluate_all, given, value, partition=partition, seconds=SECONDS
            )
        except confined.Stopped as error:
            raise UnselectableOf(given[0], _STOPPED[error.reason]) from None
        if "refused" in answer:
            raise UnselectableOf(given[int(answer["refused"])], answer["why"])
        for number, one in zip(left, answer["found"], strict=True):
            found[number] = one
    return cast("list[JsonValue]", found)


async def select_each(
    expressions: Sequence[str], given: Sequence[JsonValue], *, partition: Hashable
) -> list[list[JsonValue | Unselectable]]:
    """What each expression selects of each of these values, in one go: a list for every value, with Unselectable in the place
    of what does not fit, or costs more than a value's share. Raises Unselectable when the whole could not be done, Busy when
    it was not begun.
    """
    try:
        found = await confined.run(
            evaluator.evaluate_each, list(expressions), list(given), partition=partition, seconds=SECONDS
        )
    except confined.Stopped as error:
        why = _STOPPED[error.reason]
        raise (Busy(why) if error.reason == "busy" else Unselectable(why)) from None
    return [
        [one[0] if len(one) == 1 else Unselectable(one[1]) for one in of_value]
        for of_value in cast("list[list[list[JsonValue]]]", found)
    ]


def rests_on(expression: str) -> Rests:
    """The paths that an expression looks at; Unselectable when it is no JMESPath."""
    return grammar.rests_on(expression)


def select_little(expression: str, value: Any) -> Any:
    """What `expression` selects of a small value, at once; Unselectable when that takes more than a moment."""
    path = grammar.path_of(expression)
    if path is not None:
        return path.follow(value)
    found = evaluator.evaluate(grammar.parsed(expression), value, Budget(_AT_ONCE))
    values.check_result(found)
    return found


def check_size(value: JsonValue) -> None:
    """Unselectable when this is more than an expression may select. A path's result has not been looked at."""
    values.check_result(value)


_LATER = object()


def _at_once(expression: str, value: JsonValue, budget: Budget) -> object:
    """What is selected by an expression that can cost next to nothing; _LATER for others, and when the budget is spent."""
    path = grammar.path_of(expression)
    if path is not None:
        return path.follow(value)
    walk = grammar.walk_of(expression)
    if walk is None:
        return _LATER
    try:
        return evaluator.evaluate(walk, value, budget)
    except Unselectable:
        return _LATER
