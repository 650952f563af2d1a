"""Every event that Hub registers, sent by an owner with arguments that no page sends: refused in words, never a traceback."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests import other_process, running
from tests import people as seeded
from tests.browser.conftest import SETTINGS
from tests.browser.test_raw_events import handlers, ids, in_database, is_reflexs, page_of, payload_of
from tests.browser.websocket_client import tab
from tests.people import People

# The first ends the session that the sweep has; the second is refused whatever it is sent.
_SPARED = ("account_state.end_all", ".setvar")
_AT_ONCE = 6
_EVENTS_IN_A_TAB = 90
_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "\0",
    "x" * 100_000,
    "../../etc/passwd",
    "\u202e\x1b[31m",
    [],
    ["a"],
    {},
    {"a": {"b": {"c": {}}}},
    [[[[[[[[[]]]]]]]]],
)
__all__ = ["ids", "in_database"]  # Fixtures.
Sent = tuple[str, dict[str, Any], str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def hub(folder: Path) -> Iterator[running.Hub]:
    """A Hub in which nobody's events are too many; of its own, since an operator's events reach all tenants."""
    other_process.in_database(folder, seeded.seed)
    with running.hub(folder, **SETTINGS, RATE_LIMIT_TIER_PRO_REQ_PER_MIN="1000000") as hub:
        yield hub


def attacks(ids: dict[str, str]) -> Iterator[Sent]:
    """Each event with each of its arguments wrong: name, arguments, page."""
    for name, handler in handlers().items():
        if name.endswith(_SPARED) or handler.is_background:
            continue
        page, usual = page_of(name, ids), payload_of(handler, ids)
        yield name, usual | {"more": 1}, page
        for argument, given in usual.items():
            yield name, {one: value for one, value in usual.items() if one != argument}, page
            for value in _VALUES:
                yield name, usual | {argument: value}, page
            if isinstance(given, dict):
                for value in _VALUES:
                    yield name, usual | {argument: dict.fromkeys(given, value)}, page


def in_tabs(sent: Iterator[Sent]) -> Iterator[list[Sent]]:
    while some := list(islice(sent, _EVENTS_IN_A_TAB)):
        yield some


def test_wrong_arguments_are_refused_in_words(
    hub: running.Hub, folder: Path, people: People, ids: dict[str, str]
) -> None:
    async def attack() -> str:
        cookie = await seeded.cookie(people.alice)
        few = asyncio.Semaphore(_AT_ONCE)

        async def send(some: list[Sent]) -> str:
            async with few, tab(hub.url, cookie=cookie, load="/account") as one:
                await one.answer()
                for name, payload, page in some:
                    await one.emit(name, payload, page)
                return (await one.answer()).text

        return "".join(await asyncio.gather(*(send(some) for some in in_tabs(attacks(ids)))))

    text = other_process.in_database(folder, attack, **SETTINGS)
    assert "Hub could not process the request" in text
    assert "Something went wrong on our side" not in text, hub.log()[-3000:]
    _, failure, how = hub.log().partition("Traceback")
    assert not failure, how[:5000]
    assert "Error transforming" not in hub.log()


def test_the_sweep_reaches_every_handler(ids: dict[str, str]) -> None:
    attacked = {name for name, _, _ in attacks(ids)}
    assert len(attacked) > 150
    assert {
        name for name, one in handlers().items() if not is_reflexs(one) and not one.is_background
    } - attacked == {
        name for name, one in handlers().items() if name.endswith(_SPARED) and not is_reflexs(one)
    }
