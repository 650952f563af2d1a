"""Tabs without a browser and without a server: events go to Reflex as they do in Hub, and what stays can be looked at."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from reflex_base.event.processor.future import EventFuture
from reflex_base.registry import RegistrationContext

from hub_app.hub_app import app
from hub_app.kernel.access import digest
from hub_app.kernel.settings import Settings
from hub_app.ui import shown
from hub_app.ui.states import InFiles

_HANGS_SECONDS = 30
_QUIET_PAGE = "/404"


@dataclass
class Told:
    """What browsers were told: changes of variables by name, and what they shall do."""

    changed: dict[str, Any] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """What Reflex calls to send something to a browser."""
        del token
        for values in update.delta.values():
            self.changed |= {key.removesuffix("_rx_state_"): value for key, value in values.items()}
        self.actions += [str(event) for event in update.events]

    def does(self, words: str) -> bool:
        return any(words in action for action in self.actions)


class Tabs:
    """Every tab of a Hub. `states` is where it keeps them."""

    def __init__(self) -> None:
        self.states = InFiles()
        self._told = Told()
        self.processor = BaseStateEventProcessor(middleware=app)
        self.processor.configure(state_manager=self.states, event_namespace=cast("Any", self))

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        await self._told.emit_update(update, token)

    async def send(
        self,
        tab: str,
        name: str,
        payload: dict[str, Any] | None = None,
        *,
        cookie: str = "",
        path: str = _QUIET_PAGE,
    ) -> Told:
        """Send an event whose name ends like this; what was told until it was over.

        On a page that loads nothing by itself: only tests that say so start watchers, which do not end.
        """
        self._told = Told()
        sent = await self.processor.enqueue(tab, _event(tab, name, payload or {}, cookie, path))
        async with asyncio.timeout(_HANGS_SECONDS):
            await sent
        return self._told

    async def watch(self, tab: str, name: str, *, cookie: str, path: str = _QUIET_PAGE) -> EventFuture:
        """Start a handler that goes on by itself; done when it has ended."""
        return await self.processor.enqueue(tab, _event(tab, name, {}, cookie, path))

    async def later(self, condition: Callable[[Told], bool]) -> Told:
        """What was told since the last event was sent, as soon as it is this."""
        async with asyncio.timeout(_HANGS_SECONDS):
            while not condition(self._told):  # noqa: ASYNC110 - the condition is the test's
                await asyncio.sleep(0.05)
        return self._told

    def held_of(self, tab: str) -> str:
        """Everything that this tab's states hold."""
        waiting, found = [self.states.states[tab]], ""
        while waiting:
            one = waiting.pop()
            found += str(vars(one))
            waiting += one.substates.values()
        return found

    def held(self) -> str:
        """Everything that any state in this process holds, of whatever tab, what is shown once included."""
        states = [str(vars(one)) for one in gc.get_objects() if isinstance(one, BaseState)]
        return " ".join([*states, *(str(list(one.values())) for one in shown._held.values())])  # noqa: SLF001 - where it would be

    async def written(self) -> bytes:
        """Everything that is in the files of states, once all is written."""
        await self.states._flush_write_queue()  # noqa: SLF001 - else one would wait for seconds
        return b"".join(file.read_bytes() for file in self.states.states_directory.iterdir())


def _event(tab: str, name: str, payload: dict[str, Any], cookie: str, path: str) -> Event:
    """An event as Reflex's namespace passes it on: the connection's headers are with it."""
    at, _, query = path.partition("?")
    return Event(
        name=next(one for one in RegistrationContext.get().event_handlers if one.endswith(name)),
        payload=payload,
        router_data={
            "pathname": at,
            "asPath": path,
            "query": dict(parse_qsl(query)),
            "token": tab,
            "sid": tab,
            "ip": "192.0.2.1",
            "headers": {"cookie": f"hub_session={digest(cookie)}"} if cookie else {},
        },
    )


@pytest.fixture
async def tabs(database: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Tabs]:
    del database
    monkeypatch.setenv("REFLEX_STATES_WORKDIR", str(tmp_path / "states"))
    tabs = Tabs()
    async with tabs.processor:
        yield tabs
    await tabs.states.close()


@pytest.fixture
def tab() -> str:
    return str(uuid4())
