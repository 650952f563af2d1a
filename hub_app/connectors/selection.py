"""What matters of an answer: JMESPath, compiled once and bounded."""

from functools import lru_cache
from typing import Any, cast

import jmespath
import jmespath.exceptions
import orjson
from pydantic import JsonValue

# An expression can name the same part over and over ([@, @] | [@, @] …): its result is counted before it is used.
MAX_NODES = 500_000


class Unselectable(ValueError):
    """An expression that is none, or that cannot be applied; the message says why."""


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
        found = cast("JsonValue", compiled(expression).search(value))
    except (jmespath.exceptions.JMESPathError, RecursionError, TypeError, ValueError) as error:
        raise Unselectable(f"does not fit the answer: {_first_line(error)}") from None
    _count(found)
    return found


def _count(value: JsonValue) -> None:
    left, waiting = MAX_NODES, [value]
    while waiting:
        one = waiting.pop()
        left -= 1
        if left < 0:
            raise Unselectable(f"selects more than {MAX_NODES:,} values")
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _first_line(error: BaseException) -> str:
    if isinstance(error, jmespath.exceptions.JMESPathTypeError):
        # Its own text shows the value, which may be a secret.
        return f"{error.function_name}() takes {' or '.join(error.expected_types)}, not {error.actual_type}"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def as_text(value: JsonValue) -> str:
    """JSON text."""
    return orjson.dumps(value).decode()
