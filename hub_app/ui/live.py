"""Keeping what a page shows up to date for as long as it is open."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import reflex as rx

from hub_app.kernel import signals
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import NotFound
from hub_app.ui.guard import current_actor

T = TypeVar("T")
# A signal may be lost with its connection (kernel/signals.py).
_POLL_SECONDS = 5


async def follow(
    state: rx.State,
    topic: str | Sequence[str],
    look: Callable[[Actor], Awaitable[T]],
    show: Callable[[T], Awaitable[None]],
    *,
    poll_seconds: float = _POLL_SECONDS,
    pause_seconds: float = 1,
    at_once: bool = False,
) -> None:
    """Show what `look` finds, each time that it is something else, after a signal of the `topic`, or of one of several,
    or a while without one.

    For a background handler, which Reflex ends when the page is left or its address changes. It ends by itself when what
    the page is about is gone: loading the page again says so. `show` runs while the state may be changed. `at_once` is for
    a page that has not been filled in yet.
    """
    wait, shown = 0 if at_once else poll_seconds, list[T]()
    topics = [topic] if isinstance(topic, str) else topic
    with signals.watch(*topics) as changed:
        while True:
            await changed.wait(wait)
            wait = poll_seconds
            try:
                # Who is signed in is read anew each time: the session may have ended, the role may be another.
                found = await look(await current_actor(state))
            except NotFound:
                return
            if [found] != shown:
                shown = [found]
                async with state:
                    await show(found)
            await asyncio.sleep(pause_seconds)
