"""A tab without a browser: the websocket, with any event that one likes to send."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import orjson
import socketio

from tests.running import session_cookie

NAMESPACE = "/_event"
HYDRATE = "reflex___state____state.hydrate_and_load"
# An event is over when something has come, and then nothing more for this long, or for as long as the first thing took:
# on a busy machine all takes longer.
_QUIET = 0.3
_SILENCE = 5
# What is expected may come after a pause: it is given up only after so long.
_EXPECTED = 60


class Tab:
    """An open websocket. `heard` is everything that came in since the last event was sent."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self._client = client
        self.heard: list[Any] = []
        self._news = asyncio.Event()

    def hear(self, message: Any) -> None:
        self.heard.append(message if isinstance(message, dict) else orjson.loads(message))
        self._news.set()

    async def send(
        self, name: str, payload: dict[str, Any], path: str = "/", *, expects: str = "", **router: Any
    ) -> "Answer":
        """Send an event and wait until it is over; with `expects`, also until its answer does what is expected."""
        self.heard.clear()
        await self.emit(name, payload, path, **router)
        return await self.answer(expects)

    async def emit(self, name: str, payload: dict[str, Any], path: str = "/", **router: Any) -> None:
        """Send an event, without waiting for what comes back."""
        event = {"name": name, "payload": payload, "router_data": where(path) | router}
        await self._client.emit("event", event, namespace=NAMESPACE)

    async def answer(self, expects: str = "") -> "Answer":
        begin = time.monotonic()
        patience: float = _QUIET if self.heard else _SILENCE
        while True:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), patience)
            except TimeoutError:
                found = Answer(list(self.heard))
                if not expects or found.does(expects) or time.monotonic() - begin > _EXPECTED:
                    return found
            patience = max(_QUIET, time.monotonic() - begin)


class Answer:
    """What the server sent back: what it changed in the tab, and what the browser shall do."""

    def __init__(self, heard: list[Any]) -> None:
        self.text = orjson.dumps(heard).decode()
        self.changed: dict[str, dict[str, Any]] = {}
        self.actions: list[str] = []
        for message in heard:
            for state, values in (message.get("delta") or {}).items():
                self.changed.setdefault(state, {}).update(values)
            self.actions += [orjson.dumps(event).decode() for event in message.get("events") or ()]

    @property
    def own_changes(self) -> dict[str, dict[str, Any]]:
        """Changes of Hub's states: not of Reflex's own, which tell where the tab is."""
        return {state: values for state, values in self.changed.items() if "hub_app" in state}

    def does(self, words: str) -> bool:
        return any(words in action for action in self.actions)


def where(path: str) -> dict[str, Any]:
    return {"pathname": path, "asPath": path, "query": {}}


@asynccontextmanager
async def tab(
    url: str, *, cookie: str = "", token: str = "", load: str = "", headers: dict[str, str] | None = None
) -> AsyncIterator[Tab]:
    """A websocket to Hub, with a session cookie or without; `load` is a page that is opened as a browser does it."""
    client = socketio.AsyncClient(reconnection=False)
    one = Tab(client)
    client.on("event", one.hear, namespace=NAMESPACE)
    sent = {"Origin": url, **(headers or {})} | (
        {"Cookie": f"{session_cookie(url)}={cookie}"} if cookie else {}
    )
    await client.connect(
        f"{url}?token={token or uuid4()}",
        headers=sent,
        namespaces=[NAMESPACE],
        transports=["websocket"],
        socketio_path="/_event",
        wait_timeout=30,  # Many tabs at once, on a machine that has other work.
        auth={"event": {"name": HYDRATE, "payload": {}, "router_data": where(load)}} if load else None,
    )
    try:
        yield one
    finally:
        await client.disconnect()
