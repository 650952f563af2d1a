"""The arguments of an event against the handler that takes them.

Reflex passes on whatever a client sent: it drops no name, misses none, and a value that cannot become what the handler
wants arrives as it is. Here it is refused before the handler runs, in words. What a *text* says is the handler's to read
(`ui/inputs.py`).
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError
from reflex_base.event import EventHandler
from reflex_base.event.processor.base_state_processor import (
    _transform_event_payload,  # pyright: ignore[reportPrivateUsage] - what happens to it before the handler's call
)

_MOST_VALUES = 5_000
_DEEPEST = 4
_LARGEST = 2**53
"""Beyond it JavaScript and JSON do not agree on a whole number."""
_WANTED = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


def objection(handler: EventHandler, payload: Mapping[str, Any]) -> str | None:
    """What is wrong with an event's arguments, in words; None when the handler can take them.

    Of a client's event `characters_of` was asked before (`ui/events.py`): what waits for its turn is looked at already.
    """
    wanted = _parameters(handler.fn)
    for name in payload:
        if name not in wanted:
            return _sentence("it has an argument that this action does not take")
    for name, parameter in wanted.items():
        if name not in payload and parameter.default is inspect.Parameter.empty:
            return _sentence(f"{name} is missing")
    hints = _hints(handler.fn)
    try:
        values = _transform_event_payload(payload, hints)
    except Exception:  # noqa: BLE001 - the library's own readers raise what they like
        return _sentence("part of it cannot be read")
    for name, value in values.items():
        if not _fits(value, hints.get(name, Any)):
            return _sentence(f"{name} must be {_WANTED.get(hints[name], 'what the form on the page sends')}")
    return None


def _sentence(what: str) -> str:
    return f"Hub could not process the request: {what}. Reload the page and try again."


_hints: Callable[[Any], dict[str, Any]] = cache(get_type_hints)
_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)
NOT_PLAIN = _sentence("it contains a character, a number or nesting that no form sends")


@cache
def _parameters(handler: Any) -> dict[str, inspect.Parameter]:
    """The parameters without `self`."""
    return dict(list(inspect.signature(handler).parameters.items())[1:])


def _fits(value: Any, hint: Any) -> bool:
    try:
        _adapter(hint).validate_python(value, strict=True)
    except ValidationError:
        return False
    # A form is flat: names, and what was entered.
    return not isinstance(value, Mapping) or all(
        isinstance(one, str | int | float | bool | None) for one in cast("Mapping[str, Any]", value).values()
    )


def characters_of(payload: Mapping[str, Any]) -> int | None:
    """How many characters an event's arguments have. None when not every value can be kept and compared: only finite
    numbers can, characters that databases take, no deep nesting, and not too many of them.
    """
    waiting: list[tuple[Any, int]] = [(payload, 0)]
    seen = characters = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if seen > _MOST_VALUES or depth > _DEEPEST:
            return None
        if isinstance(value, Mapping):
            inner = cast("Mapping[str, Any]", value)
            waiting += [(one, depth + 1) for pair in inner.items() for one in pair]
        elif isinstance(value, str):
            if not is_text(value):
                return None
            characters += len(value)
        elif isinstance(value, Sequence):
            waiting += [(one, depth + 1) for one in cast("Sequence[Any]", value)]
        elif isinstance(value, int | float) and not abs(value) <= _LARGEST:  # Not NaN either.
            return None
    return characters


def is_text(value: str) -> bool:
    """Whether databases take it: PostgreSQL takes no NUL, and UTF-8 no half of a pair of surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value
