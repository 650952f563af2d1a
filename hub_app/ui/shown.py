"""Secrets that a screen shows: a tab's state has them only while the event that shows them runs.

The browser keeps what it was sent until it is sent something else. The server needs no copy for that: what is declared
here reaches the browser with the event's own changes, and is forgotten when the event lets go of the tab
(`ui/states.py`). It is never part of what Reflex stores of a tab, on disk or in Redis, nor of what it sends to a page
that loads.

    made: rx.Field[str] = shown_once()
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from reflex.state import BaseState
from reflex_base.vars.base import Field

# By the root of a tab's states. Apart from the states themselves, whose attributes Reflex pickles at any moment.
_held: WeakKeyDictionary[BaseState, dict[Field[Any], Any]] = WeakKeyDictionary()


class ShownOnce(Field[Any]):
    """A state's field whose value ends with the event that set it. It is set as a whole."""

    def _get_raw(self, instance: Any) -> Any:
        held = _held.get(root_of(instance), {})
        return held[self] if self in held else self.default_value()

    def __get__(self, instance: Any, owner: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().__get__(None, owner) if instance is None else self._get_raw(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        """Keep the value for now. The browser is told in any case: it may still show a former one."""
        state = instance
        while type(state) is not self._owner:
            state = state.parent_state
        _held.setdefault(root_of(state), {})[self] = value
        self._mark_dirty(state)


def shown_once(empty: Callable[[], Any] = str) -> Any:
    """A field of a state for a secret, empty until a handler sets it, and again as soon as the browser has it."""
    return ShownOnce(default_factory=empty)


def forget(state: BaseState) -> None:
    """Drop every secret of the tab that this state belongs to."""
    _held.pop(root_of(state), None)


def root_of(state: BaseState) -> BaseState:
    """The root of a tab's states."""
    while state.parent_state is not None:
        state = state.parent_state
    return state
