"""Answers to what was pressed.

Reflex sends what an event changes, and says neither which event it was nor that it has ended. So the browser sends each press
with a number (assets/hub/sent.js), which is repeated when its event has ended, however it did. What the event starts in turn
is not waited for.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import reflex as rx
from reflex.event import Event, EventSpec
from reflex_base.event.context import EventContext

NUMBER = "hub_press"
_number: ContextVar[int | None] = ContextVar("number", default=None)
_answering: set[asyncio.Task[None]] = set()


def begin(event: Event) -> None:
    """Take the number out of the event's arguments, and answer when the event has ended. Called in the event's own task."""
    number = event.payload.pop(NUMBER, None)
    task = asyncio.current_task()
    if type(number) is not int or task is None:
        _number.set(None)
        return
    _number.set(number)
    context = EventContext.get()
    answer = Event.from_event_type(rx.call_script(f"window.hub.answered({number})"))
    task.add_done_callback(lambda _: _send(context.emit_event(*answer)))


def _send(answer: Coroutine[Any, Any, None]) -> None:
    sending = asyncio.create_task(answer)
    _answering.add(sending)
    sending.add_done_callback(_answering.discard)


def saved() -> list[EventSpec]:
    """What tells the browser that the form which was sent holds nothing unsaved any more. Before anything that leaves the page."""
    number = _number.get()
    return [] if number is None else [rx.call_script(f"window.hub.saved({number})")]
