"""Events that wait for others of their tab: what is kept of them meanwhile is little."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from reflex.app import EventNamespace

from hub_app.hub_app import app
from hub_app.ui.events import Events
from tests.browser.raw import HYDRATE

LONG = "x" * 100_000


class Line:
    """A tab whose handler is at work: what waits for it, and what the tab was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting: list[dict[str, Any]] = [{}]
        self.told: list[str] = []
        processor = SimpleNamespace(_token_queues={"tab": self.waiting})
        self.events = Events(
            "/_event", cast("Any", SimpleNamespace(event_processor=processor, router=app.router))
        )
        self.events.sid_to_token["sid"] = "tab"

        async def enqueue(_: EventNamespace, sid: str, data: dict[str, Any]) -> None:
            del sid
            self.waiting.append(data)

        async def say(update: Any, token: str) -> None:
            del token
            self.told.append(str(update.events))

        monkeypatch.setattr(EventNamespace, "on_event", enqueue)
        monkeypatch.setattr(self.events, "emit_update", say)

    def send(self, payload: dict[str, Any]) -> "asyncio.Task[None]":
        sent = {"name": HYDRATE, "payload": payload, "router_data": {}}
        return asyncio.create_task(self.events.on_event("sid", sent))


async def test_short_events_wait_in_line_and_a_long_one_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty of two MiB each waited in each of fifty tabs of a session."""
    line = Line(monkeypatch)
    await line.send({"text": "short"})
    assert len(line.waiting) == 2
    long = line.send({"text": LONG})
    await asyncio.sleep(0.2)
    assert not long.done()
    line.waiting.clear()
    await long
    assert [one["payload"] for one in line.waiting] == [{"text": LONG}]


async def test_what_no_form_has_does_not_wait_to_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two MiB of empty objects are fifty MiB in memory."""
    line = Line(monkeypatch)
    line.waiting *= 19
    await line.send({"text": [{} for _ in range(10_000)]})
    assert len(line.waiting) == 19
    assert "that no form sends" in line.told[0]
