"""Applies an expression to data. Every node spends before it works; a child process calls `evaluate_all`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.visitor import Options, TreeInterpreter

from hub_app.kernel.jmespath import values
from hub_app.kernel.jmespath.budget import MAX_STEPS, Budget, Unselectable
from hub_app.kernel.jmespath.functions import Functions
from hub_app.kernel.jmespath.grammar import first_line, parsed

_MISFIT = "does not fit the data"


def evaluate_all(expressions: Sequence[str], value: Any) -> dict[str, Any]:
    """`found`: what each expression selects, within one budget for all of them. Or `refused`: which of them is not to be
    had, and `why`.
    """
    budget, room = Budget(), values.Room()
    found: list[Any] = []
    for number, expression in enumerate(expressions):
        try:
            found.append(evaluate(parsed(expression), value, budget))
            values.check_result(found[-1], room)
        except Unselectable as error:
            return {"refused": number, "why": str(error)}
    return {"found": found}


def evaluate_each(expressions: Sequence[str], given: Sequence[Any]) -> list[list[list[Any]]]:
    """What each expression selects of each of these values, as `[found]`, or `[None, why]` where it is not to be had. The values
    have equal shares of the budget.
    """
    steps, room = MAX_STEPS // max(1, len(given)), values.Room()
    return [
        [_one(expression, value, budget, room) for expression in expressions]
        for value in given
        for budget in [Budget(steps)]
    ]


def _one(expression: str, value: Any, budget: Budget, room: values.Room) -> list[Any]:
    try:
        found = evaluate(parsed(expression), value, budget)
        values.check_result(found, room)
    except Unselectable as error:
        return [None, str(error)]
    return [found]


def evaluate(tree: Any, value: Any, budget: Budget) -> Any:
    """What the parsed expression selects. Parts of the result may be shared, with the data and with each other."""
    try:
        return _Interpreter(budget).visit(tree, value)
    except JMESPathTypeError as error:
        # Its own text shows the value, which may be a secret.
        expected = " or ".join(error.expected_types)
        raise Unselectable(
            f"{_MISFIT}: {error.function_name}() takes {expected}, not {error.actual_type}"
        ) from None
    except JMESPathError as error:
        raise Unselectable(f"{_MISFIT}: {first_line(error)}") from None
    except RecursionError:
        raise Unselectable("is nested too deeply") from None
    except ArithmeticError:
        raise Unselectable(f"{_MISFIT}: it makes a number that is too large") from None
    except TypeError:
        raise Unselectable(f"{_MISFIT}: it compares a text with a number") from None
    except Unselectable:
        raise
    except ValueError:
        raise Unselectable(f"{_MISFIT}: it makes a number of too many digits") from None


class _Interpreter(TreeInterpreter):
    """jmespath's own, with each operator that does more than look at one value counted."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(Options(custom_functions=Functions(budget)))
        self._budget = budget
        self._visits: dict[str, Callable[[Any, Any], Any]] = {}

    def visit(self, node: Any, value: Any) -> Any:
        self._budget.spend(1)
        kind = node["type"]
        visit = self._visits.get(kind)
        if visit is None:
            visit = self._visits[kind] = getattr(self, f"visit_{kind}")
        return visit(node, value)

    def visit_comparator(self, node: Any, value: Any) -> Any:
        left, right = (self.visit(child, value) for child in node["children"])
        if node["value"] in {"eq", "ne"} and values.has_parts(left) and values.has_parts(right):
            return values.equal(left, right, self._budget) == (node["value"] == "eq")
        if isinstance(left, str) and isinstance(right, str):
            self._budget.spend_reading(min(len(left), len(right)))
        elif node["value"] not in {"eq", "ne"} and not (_is_ordered(left) and _is_ordered(right)):
            return None
        return self.COMPARATOR_FUNC[node["value"]](left, right)

    def visit_flatten(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        lists = cast("list[Any]", base)
        self._budget.spend(len(lists))
        self._budget.spend_list(
            sum(len(cast("list[Any]", one)) if isinstance(one, list) else 1 for one in lists)
        )
        merged: list[Any] = []
        for one in lists:
            if isinstance(one, list):
                merged.extend(cast("list[Any]", one))
            else:
                merged.append(one)
        return merged

    def visit_slice(self, node: Any, value: Any) -> Any:
        if not isinstance(value, list):
            return None
        part = slice(*node["children"])
        if part.step == 0:
            raise Unselectable(f"{_MISFIT}: a slice's step must not be 0")
        self._budget.spend_list(len(range(*part.indices(len(cast("list[Any]", value))))))
        return cast("list[Any]", value[part])

    def visit_multi_select_dict(self, node: Any, value: Any) -> Any:
        self._budget.spend_object(len(node["children"]))
        return super().visit_multi_select_dict(node, value)

    def visit_multi_select_list(self, node: Any, value: Any) -> Any:
        self._budget.spend_list(len(node["children"]))
        return super().visit_multi_select_list(node, value)

    def visit_projection(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        elements = cast("list[Any]", base)
        if node["children"][1]["type"] == "identity":
            self._budget.spend(len(elements) // 8)
            self._budget.spend_list(len(elements))
            return [one for one in elements if one is not None]
        return self._projected(node, elements)

    def visit_value_projection(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, dict):
            return None
        return self._projected(node, cast("dict[str, Any]", base).values())

    def visit_filter_projection(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        condition = node["children"][2]
        kept = (one for one in cast("list[Any]", base) if not _is_false(self.visit(condition, one)))
        return self._projected(node, kept)

    def _projected(self, node: Any, elements: Iterable[Any]) -> list[Any]:
        """What the right side selects of each element, without nulls."""
        right = node["children"][1]
        collected: list[Any] = []
        self._budget.spend_list(0)
        for element in elements:
            found = self.visit(right, element)
            if found is not None:
                self._budget.spend(0, 8)
                collected.append(found)
        return collected


def _is_false(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, (str, list, dict)) and not value)


def _is_ordered(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)
