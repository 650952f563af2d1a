"""What matters of an answer: JMESPath, compiled once and bounded."""

from functools import lru_cache
from typing import Any, cast

import jmespath
import jmespath.exceptions
import orjson
from jmespath.visitor import TreeInterpreter
from pydantic import JsonValue

# An expression can name the same part over and over ([@, @] | [@, @] …): its result is counted before it is used.
MAX_NODES = 500_000
# What it may make on the way, all together; this many characters of a text count as one value.
_MAX_MADE = 4 * MAX_NODES
_CHARACTERS = 64
# No other part of an expression can make more than there was.
_MAKING = {"multi_select_list", "multi_select_dict", "function_expression"}


class Unselectable(ValueError):
    """An expression that is none, or that cannot be applied; the message says why."""


class _Bounded(TreeInterpreter):
    """Applies an expression, and counts what it makes."""

    def __init__(self) -> None:
        super().__init__()
        self._left = _MAX_MADE

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        made = super().visit(node, *args, **kwargs)
        if node["type"] in _MAKING:
            self._left = _count(made, self._left)
        return made


@lru_cache(maxsize=2048)
def compiled(expression: str) -> Any:
    """The expression, parsed; Unselectable when it is no JMESPath. An empty one selects everything."""
    try:
        return jmespath.compile(expression or "@")
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        raise Unselectable(f"is not a JMESPath expression: {_first_line(error)}") from None


def select(expression: str, value: JsonValue) -> JsonValue:
    """What `expression` selects of `value`; Unselectable when it does not fit, or selects far too much."""
    try:
        found = cast("JsonValue", _Bounded().visit(compiled(expression).parsed, value))
    except Unselectable:
        raise
    except (
        jmespath.exceptions.JMESPathError,
        ArithmeticError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise Unselectable(f"does not fit the answer: {_first_line(error)}") from None
    _count(found, MAX_NODES, texts=False)
    return found


def _count(value: JsonValue, left: int, *, texts: bool = True) -> int:
    """What is left when the values in `value` are counted, and with `texts` their length."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        left -= 1 + (len(one) // _CHARACTERS if texts and isinstance(one, str) else 0)
        if left < 0:
            raise Unselectable(f"selects more than {MAX_NODES:,} values")
        match one:
            case dict():
                waiting.extend(one.values())
            case list():
                waiting.extend(one)
            case None | str() | int() | float():
                continue
            case _:
                # not_null(&a) gives the expression itself.
                raise Unselectable(
                    "does not fit the answer: it selects an expression (&…), which is no value"
                )
    return left


def _first_line(error: BaseException) -> str:
    if isinstance(error, jmespath.exceptions.JMESPathTypeError):
        # Its own text shows the value, which may be a secret.
        return f"{error.function_name}() takes {' or '.join(error.expected_types)}, not {error.actual_type}"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def as_text(value: JsonValue) -> str:
    """JSON text."""
    return orjson.dumps(value).decode()
