"""JMESPath's functions, each of which spends what it is going to cost."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from jmespath import functions

from hub_app.kernel.jmespath.budget import Budget
from hub_app.kernel.jmespath.values import equal, spend_writing

# Longer texts are looked for in a time that no longer grows with them.
_LONGEST_NEEDLE = 100


class Functions(functions.Functions):
    """The same functions as jmespath's, counted."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def _validate_arguments(self, args: Sequence[Any], signature: Any, function_name: str) -> None:
        """Called before each function: spends on looking at the arguments, and when they fit on what the function does."""
        for one in args:
            # Their types are compared one by one.
            self._budget.spend(1 + (len(cast("list[Any]", one)) if isinstance(one, list) else 0))
        super()._validate_arguments(args, signature, function_name)  # type: ignore[misc]
        if function_name in _COSTS:
            _COSTS[function_name](self._budget, *args)

    @functions.signature({"types": ["array", "string"]}, {"types": []})
    def _func_contains(self, subject: Any, search: Any) -> bool:
        if isinstance(subject, list) and isinstance(search, (dict, list)):
            return any(equal(one, search, self._budget) for one in cast("list[Any]", subject))
        return search in subject

    def _create_key_func(
        self, expref: Any, allowed_types: list[str], function_name: str
    ) -> Callable[[Any], Any]:
        """What sorting and looking for the largest compare by."""
        key_of = cast(
            "Callable[[Any], Any]",
            super()._create_key_func(expref, allowed_types, function_name),  # type: ignore[misc]
        )

        def counted(value: Any) -> Any:
            key = key_of(value)
            if isinstance(key, str):
                # Among n it is compared log n times.
                self._budget.spend_reading(20 * len(key))
            return key

        return counted


def _sorting(budget: Budget, array: list[Any], _by: object = None) -> None:
    levels = len(array).bit_length()
    budget.spend_list(len(array))
    budget.spend(len(array) * levels // 8)
    if _by is None:
        budget.spend_reading(levels * _characters(array))


def _comparing(budget: Budget, array: list[Any]) -> None:
    budget.spend_reading(_characters(array))


def _joining(budget: Budget, separator: str, array: list[str]) -> None:
    budget.spend_text(_characters(array) + len(separator) * len(array))


def _merging(budget: Budget, *objects: dict[str, Any]) -> None:
    budget.spend_object(sum(map(len, objects)))


def _reversing(budget: Budget, value: str | list[Any]) -> None:
    budget.spend_text(len(value)) if isinstance(value, str) else budget.spend_list(len(value))


def _looking(budget: Budget, subject: str | list[Any], search: Any) -> None:
    if isinstance(search, str):
        length = min(len(search), _LONGEST_NEEDLE) if isinstance(subject, str) else len(search)
        budget.spend_reading(len(subject) * length)


def _ending(budget: Budget, _text: str, end: str) -> None:
    budget.spend_reading(len(end))


def _reading(budget: Budget, value: Any) -> None:
    if isinstance(value, str):
        budget.spend_reading(20 * len(value))


def _writing(budget: Budget, value: Any) -> None:
    if not isinstance(value, str):
        spend_writing(value, budget)


def _listing(budget: Budget, value: dict[str, Any]) -> None:
    budget.spend_list(len(value))


def _mapping(budget: Budget, _by: object, array: list[Any]) -> None:
    budget.spend_list(len(array))


def _characters(array: list[Any]) -> int:
    return sum(len(one) for one in array if isinstance(one, str))


_COSTS: Mapping[str, Callable[..., None]] = {
    "contains": _looking, "ends_with": _ending, "join": _joining, "keys": _listing, "map": _mapping, "max": _comparing,
    "merge": _merging, "min": _comparing, "reverse": _reversing, "sort": _sorting, "sort_by": _sorting,
    "starts_with": _ending, "to_number": _reading, "to_string": _writing, "values": _listing,
}  # fmt: skip
