"""Caches that are exact: what was loaded is forgotten when a commit signals its topic.

In this process that happens before the commit's caller goes on; other processes hear within milliseconds, and while
one cannot hear it keeps nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Generic, TypeVar

from hub_app.kernel import signals

Key = TypeVar("Key")
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Values by key, all forgotten whenever `topic` is signalled; at most `most` of them."""

    def __init__(self, topic: str, *, most: int) -> None:
        self._known: dict[Key, Value] = {}
        self._most = most
        self._generation = 0
        self._loading: dict[Key, asyncio.Task[dict[Key, Value]]] = {}
        signals.on(topic, self.forget)

    def forget(self) -> None:
        self._known.clear()
        # Who asks from now on must not get what was read before.
        self._loading.clear()
        self._generation += 1

    def peek(self, key: Key) -> Value | None:
        """What is known of `key` without loading it."""
        return self._known.get(key)

    async def one(self, key: Key, load: Callable[[list[Key]], Awaitable[dict[Key, Value]]]) -> Value | None:
        """The value of `key`; None when `load` does not find it. Many who ask at once wait for one load, which therefore has
        a transaction of its own.
        """
        if key in self._known:
            return self._known[key]
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self.get([key], load), name="a cache loads")
            task.add_done_callback(lambda done: self._loaded(key, done))
        return (await asyncio.shield(task)).get(key)

    def _loaded(self, key: Key, task: "asyncio.Task[dict[Key, Value]]") -> None:
        if self._loading.get(key) is task:
            del self._loading[key]

    async def get(
        self, keys: Collection[Key], load: Callable[[list[Key]], Awaitable[dict[Key, Value]]]
    ) -> dict[Key, Value]:
        """The values of `keys`; those not known come from `load`, and what it does not find is left out."""
        missing = [key for key in keys if key not in self._known]
        if not missing:
            return {key: self._known[key] for key in keys}
        found = {key: self._known[key] for key in keys if key in self._known}
        generation = self._generation
        loaded = await load(missing)
        # Loaded while something changed: good enough for the caller who asked before, not to be kept.
        if generation == self._generation and signals.reliable():
            if len(self._known) + len(loaded) > self._most:
                self._known.clear()
            self._known.update(loaded)
        return found | loaded
