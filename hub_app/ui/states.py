"""Where the states of tabs are: those of people in files or in Redis, as Reflex does it, those of strangers nowhere.

A tab whose connection came without a valid session (`ui/sockets.py` takes the cookie of any other away), and every tab
on a page whose address holds a secret, lives in this process's memory: few at a time, for minutes, the longest unused
given up first. Such a page needs nothing but its address: a tab that was given up is simply filled again.
"""

from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import Any

import reflex as rx
from reflex.istate.manager import StateManager
from reflex.istate.manager.disk import StateManagerDisk
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import StateToken
from reflex_base.event.context import EventContext

from hub_app.kernel.access import session_cookie
from hub_app.ui import shown

MOST_STRANGERS = 100
STRANGERS_SECONDS = 300
# Of one session in the memory of this process. What is given up there is still in its file.
MOST_TABS = 50
_MOST_SESSIONS = 10_000

_entrances: set[str] = set()


def keep_in_memory(route: str) -> None:
    """Say that this page's address holds a secret, such as an invitation: its tabs are kept nowhere else."""
    _entrances.add(f"/{route.strip('/')}")


def manage(app: rx.App) -> None:
    """Make the app keep its tabs' states like this."""
    # Reflex makes its managers itself, of one of these two classes: with REDIS_URL and without.
    kind = InRedis if isinstance(app.state_manager, StateManagerRedis) else InFiles
    states: Any = app.state_manager
    states.__class__ = kind


class Strangers(StateManagerMemory):
    """The tabs of nobody: at most MOST_STRANGERS, each for STRANGERS_SECONDS after its last event."""

    def _track_token(self, token: StateToken[Any]) -> None:
        self._token_expires_at.pop(token.cache_key, None)  # To the end: the order is that of use.
        super()._track_token(token)
        surplus = len(self._token_expires_at) - MOST_STRANGERS
        for _, other in list(self._token_expires_at.values())[: max(0, surplus)]:
            lock = self._states_locks.get(other.lock_key)
            if lock is None or not lock.locked():
                self._purge_token(other)


class _Apart(StateManager):
    """What both kinds have in common: strangers apart, and no secret stays when an event lets go of a tab."""

    @cached_property
    def strangers(self) -> Strangers:
        return Strangers(token_expiration=STRANGERS_SECONDS)

    @asynccontextmanager
    async def modify_state(self, token: StateToken[Any] | str, **context: Any) -> AsyncGenerator[Any]:
        token = self._coerce_token(token)
        session = _session()
        holding = (
            self._of_person(token, context) if session else self.strangers.modify_state(token, **context)
        )
        async with holding as state:
            try:
                yield state
            finally:
                shown.forget(state)
        if session:
            self._used(session, token)

    def _of_person(self, token: StateToken[Any], context: dict[str, Any]) -> AbstractAsyncContextManager[Any]:
        return super().modify_state(token, **context)

    def _used(self, session: str, token: StateToken[Any]) -> None:
        """A tab of this session was used just now."""

    async def close(self) -> None:
        await self.strangers.close()
        await super().close()


class InFiles(_Apart, StateManagerDisk):
    @cached_property
    def _tabs(self) -> OrderedDict[str, OrderedDict[str, StateToken[Any]]]:
        return OrderedDict()

    def _used(self, session: str, token: StateToken[Any]) -> None:
        """Keep few tabs of one session in memory, the latest used; what is not yet in its file stays for now."""
        tabs = self._tabs.setdefault(session, OrderedDict())
        self._tabs.move_to_end(session)
        tabs[token.cache_key] = token
        tabs.move_to_end(token.cache_key)
        unwritten = {waiting.cache_key for waiting in self._write_queue}
        for key, other in list(tabs.items())[: max(0, len(tabs) - MOST_TABS)]:
            if key not in unwritten and not self._is_locked(other):
                del tabs[key]
                self._purge_token(other)
        while len(self._tabs) > _MOST_SESSIONS:
            self._tabs.popitem(last=False)


class InRedis(_Apart, StateManagerRedis):
    """Nothing stays in this process's memory anyway."""


def _session() -> str:
    """The key of the session on whose connection this event came; "" for strangers, and where addresses hold secrets."""
    at = EventContext.get().router_data
    if at.get("pathname") in _entrances:
        return ""
    return session_cookie(at.get("headers", {}).get("cookie", ""))
