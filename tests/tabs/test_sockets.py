"""Websockets of strangers, as an attacker would open them: real ones, to a server in this process, where what it keeps can
be counted.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import orjson
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server
from reflex.state import StateUpdate

from hub_app.hub_app import app
from hub_app.kernel.access import digest
from hub_app.kernel.settings import Settings
from hub_app.ui import sockets, states
from hub_app.web import Web
from tests import databases, running
from tests import people as seeded
from tests.browser.websocket_client import HYDRATE, NAMESPACE, tab, where

_LOAD = {"name": HYDRATE, "payload": {}}


class Place:
    """A Hub in this process: its address, its front door for websockets, what its tabs hold."""

    def __init__(self, url: str, door: sockets.Sockets) -> None:
        self.url = url
        self.door = door

    @property
    def strangers(self) -> states.Strangers:
        manager: Any = app.state_manager
        return manager.strangers

    def forget(self) -> None:
        people: Any = app.state_manager
        people.states.clear()
        self.strangers.states.clear()
        self.strangers._token_expires_at.clear()  # noqa: SLF001 - as if all had expired

    def kept(self) -> int:
        """Bytes of everything that was sent to Hub and is in a state."""
        return sum(len(str(state.router_data)) for state in self.strangers.states.values())

    @asynccontextmanager
    async def socket(self, *, token: str = "", cookie: str = "") -> AsyncIterator[ClientWebSocketResponse]:
        """A websocket without a library above it."""
        headers = {"Origin": self.url} | (
            {"Cookie": f"{running.session_cookie(self.url)}={cookie}"} if cookie else {}
        )
        query = f"?EIO=4&transport=websocket&token={token or uuid4()}"
        async with (
            ClientSession() as client,
            client.ws_connect(f"{self.url}/_event/{query}", headers=headers) as one,
        ):
            yield one


def packet(event: str, *data: Any) -> str:
    return f"42{NAMESPACE},{orjson.dumps([event, *data]).decode()}"


async def said(one: ClientWebSocketResponse, words: str) -> str:
    """The next message that has these words; what came until the end, if it ended."""
    heard = ""
    async with asyncio.timeout(60):
        async for message in one:
            if message.type is not WSMsgType.TEXT:
                continue
            heard += message.data
            if words in message.data:
                return str(message.data)
    return heard


@pytest.fixture
async def place(settings: Settings, rest: FastAPI, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Place]:
    monkeypatch.setenv("__REFLEX_SKIP_COMPILE", "true")
    # As `serve.py` does.
    monkeypatch.setattr(app, "api_transformer", None)
    settings.data_dir.mkdir(exist_ok=True)
    databases.clean_sqlite(settings.data_dir / "hub.db")
    screens = app()
    door = sockets.Sockets(screens)
    port = running.free_port()
    server = Server(
        Web(rest=rest, screens=door),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve())
    place = Place(f"http://127.0.0.1:{port}", door)
    async with asyncio.timeout(60), ClientSession() as client:
        while True:
            try:
                async with client.get(f"{place.url}/ping") as answer:
                    if answer.ok:
                        break
            except OSError:
                await asyncio.sleep(0.1)
    yield place
    place.forget()
    server.stop()
    await serving


async def opened(one: ClientWebSocketResponse, auth: str = "") -> None:
    await one.send_str(f"40{NAMESPACE},{auth}")
    # Engine.IO's own greeting, which comes before, has a `sid` too.
    await said(one, f'40{NAMESPACE},{{"sid"')


async def test_a_hundred_tabs_of_strangers_cost_close_to_nothing(place: Place) -> None:
    """With 400 KB each, of what a browser calls the page's address; and with as much as is let through."""
    huge = {"pathname": "/login", "asPath": "/login", "query": {"next": "a" * 400_000}}
    within = where("/login") | {"more": "b" * 20_000}
    async with AsyncExitStack() as stack:
        every: list[ClientWebSocketResponse] = []
        for data in [huge, within] * 50:
            every.append(await stack.enter_async_context(place.socket()))
            await opened(every[-1])
            await every[-1].send_str(packet("event", _LOAD | {"router_data": data}))
        await said(every[-1], "is_hydrated")
        engine: Any = app.sio and app.sio.eio
        assert 0 < len(place.strangers.states) <= states.MOST_STRANGERS
        assert place.kept() < 100 * 1_000
        assert len(engine.sockets) <= sockets.STRANGER.connections
    assert not list((Path.cwd() / ".states").glob("*.pkl"))


async def test_the_newest_stranger_is_served(place: Place) -> None:
    """Or an attacker with fifty tabs could keep everybody behind the same proxy from signing in."""
    async with AsyncExitStack() as stack:
        every = [
            await stack.enter_async_context(place.socket()) for _ in range(sockets.STRANGER.connections + 1)
        ]
        first, *_, newest = every
        await opened(newest)
        await newest.send_str(packet("event", _LOAD | {"router_data": where("/login")}))
        assert "is_hydrated" in await said(newest, "is_hydrated")
        await said(first, "nothing: it ends")
        assert first.closed


async def test_states_of_strangers_go_with_time_and_with_number(place: Place) -> None:
    for _ in range(states.MOST_STRANGERS + 20):
        async with place.socket() as one:
            await opened(one)
            await one.send_str(packet("event", _LOAD | {"router_data": where("/login")}))
            await said(one, "is_hydrated")
    assert len(place.strangers.states) == states.MOST_STRANGERS
    assert place.strangers.token_expiration == states.STRANGERS_SECONDS


async def test_a_cookie_that_opens_nothing_makes_no_one_known(place: Place) -> None:
    async with tab(place.url, cookie="made-up", load="/login") as one:
        await one.answer()
    assert [state.router.headers.cookie for state in place.strangers.states.values()] == [""]


async def test_a_tabs_token_is_worth_nothing_to_another_session(place: Place) -> None:
    """What a handler of Alice's still has to say, when her line broke, must not go to whoever comes with her token."""
    people = await seeded.seed()
    token, namespace = str(uuid4()), cast("Any", app.event_namespace)
    cookie = await seeded.cookie(people.alice)
    async with tab(place.url, cookie=cookie, token=token, load="/login") as alice:
        assert (await alice.answer()).changed
        (alices,) = namespace.sid_to_token.values()
    update = StateUpdate(delta={"some": {"secret": "of Alice"}})
    for other in (await seeded.cookie(people.mallory), ""):
        for tried in (token, alices):
            async with tab(place.url, cookie=other, token=tried, load="/login") as thief:
                assert (await thief.answer()).changed
                await namespace.emit_update(update, alices)
                assert "of Alice" not in (await thief.answer()).text
    async with tab(place.url, cookie=cookie, token=token, load="/login") as alice:
        assert (await alice.answer()).changed
        await namespace.emit_update(update, alices)
        assert "of Alice" in (await alice.answer()).text


async def test_nobody_names_the_headers_of_a_connection(place: Place) -> None:
    """`connect` is a method of Reflex's that takes them, and every event's name is a method's."""
    cookie = await seeded.cookie((await seeded.seed()).alice)
    forged = {
        "asgi.scope": {"headers": [["cookie", f"hub_session={digest(cookie)}"]]},
        "QUERY_STRING": "token=x",
    }
    async with place.socket() as one:
        await opened(one)
        await one.send_str(packet("connect", forged))
        assert "cannot read" in await said(one, "toast")
        await one.send_str(packet("disconnect"))
        assert "cannot read" in await said(one, "toast")
        await one.send_str(packet("event", _LOAD | {"router_data": where("/settings/members")}))
        assert "/login" in await said(one, "/login")


@pytest.mark.parametrize(
    "sent",
    [
        '42/_event,["event",{"name":"x","payload":{"a":NaN}}]',
        '42/_event,["event",{"name":"\\ud800"}]',
        f'42/_event,["event",{"[" * 2000}{"]" * 2000}]',
        f'42/_event,["event",{"9" * 5000}]',
        '42/_event,["event"',
        '42/_event,["event",1,2]',
        '42/_event,["on_event",{}]',
        "42/_event,[null]",
        "42/_event,[]",
        "42/_event,5",
        '421["event",{}]',
        '451-/_event,["event",{"_placeholder":true,"num":0}]',
        "40/_event,",
        "43/_event,1[]",
        "4",
        "49",
        "9",
        "",
        '42/_event,["event",5]',
        '42/_event,["event",{"name":5}]',
        '42/_event,["event",{"name":"nothing.at_all"}]',
        '42/_event,["event",{"name":"reflex___state____state.hydrate","payload":[]}]',
        '42/_event,["event",{"name":"reflex___state____state.hydrate","router_data":{"query":{"a":{}}}}]',
        '42/_event,["event",{"name":"reflex___state____state.hydrate","router_data":{"pathname":5}}]',
    ],
)
async def test_what_cannot_be_read_is_answered_in_words(
    place: Place, sent: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with place.socket() as one:
        await opened(one)
        await one.send_str(sent)
        assert "toast" in await said(one, "toast")
        await one.send_str(packet("event", _LOAD | {"router_data": where("/login")}))
        assert "is_hydrated" in await said(one, "is_hydrated")
    assert [record for record in caplog.records if record.exc_info] == []


async def test_what_is_too_much_is_answered_in_words(place: Place) -> None:
    async with place.socket() as one:
        await opened(one)
        await one.send_str(packet("event", {"name": "a" * sockets.STRANGER.message_bytes}))
        assert "too large" in await said(one, "toast")
        long = where("/login") | {"asPath": f"/login?next={'a' * 20_000}"}
        await one.send_str(packet("event", _LOAD | {"router_data": long}))
        assert "too long" in await said(one, "toast")


async def test_bytes_end_the_connection(place: Place) -> None:
    """Socket.IO collects attachments, as many as a packet announces."""
    async with place.socket() as one:
        await opened(one)
        await one.send_bytes(b"\4anything")
        await said(one, "nothing: it ends")
        assert one.closed


async def test_a_tab_without_a_name_is_refused(place: Place) -> None:
    assert app.event_namespace is not None
    async with place.socket(token="&") as one:
        await one.send_str(f"40{NAMESPACE},")
        assert "a tab needs a name" in await said(one, "a tab needs")
        assert app.event_namespace.sid_to_token == {}


async def test_a_long_name_of_a_tab_is_kept_short(place: Place) -> None:
    assert app.event_namespace is not None
    async with place.socket(token="a" * 1000) as one:
        await opened(one)
        await one.send_str(packet("event", _LOAD | {"router_data": where("/login")}))
        await said(one, "is_hydrated")
        assert [len(token) for token in app.event_namespace.sid_to_token.values()] == [36]


async def test_a_person_keeps_few_tabs_in_memory(place: Place) -> None:
    cookie = await seeded.cookie((await seeded.seed()).vera)
    manager: Any = app.state_manager
    for _ in range(3):
        async with tab(place.url, cookie=cookie, load="/account") as one:
            await one.answer()

    assert len(manager.states) == 3
    assert place.strangers.states == {}


async def test_messages_come_no_faster_than_agreed() -> None:
    """None is lost by that; a connection that sends too fast waits, and no other."""
    limits = sockets.Limits(message_bytes=100, per_second=100, at_once=10, connections=1)

    async def source() -> dict[str, Any]:
        return {"type": "websocket.receive", "text": "3"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    connection = sockets.Connection(limits, source, send)
    begun = time.monotonic()
    for _ in range(60):
        assert (await connection.receive())["text"] == "3"
    assert time.monotonic() - begun > (60 - 10) / 100 * 0.9
