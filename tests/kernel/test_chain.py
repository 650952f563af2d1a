"""The depth of a chain of runs: what Hub made is known again, and nothing else is."""

import asyncio
import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel import chain
from hub_app.kernel.settings import Settings, get_settings


@pytest.mark.parametrize("depth", [0, 1, 9, 10, 255])
def test_what_hub_made_is_known_again(settings: Settings, depth: int) -> None:
    del settings
    assert chain.read([chain.header(depth)]) == depth


def test_of_several_the_deepest_counts(settings: Settings) -> None:
    """A second header takes nothing away."""
    del settings
    values = [chain.header(3), "none", chain.header(7), chain.header(1)]
    assert chain.read(values) == 7
    assert chain.read([]) == 0


def test_what_somebody_else_made_says_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    del settings
    raw = base64.urlsafe_b64decode(chain.header(5))
    for number in range(len(raw)):
        forged = raw[:number] + bytes([raw[number] ^ 1]) + raw[number + 1 :]
        assert chain.read([base64.urlsafe_b64encode(forged).decode()]) == 0
    ours = chain.header(5)
    monkeypatch.setenv("SECRET_KEY", "another installation's")
    get_settings.cache_clear()
    assert chain.read([ours]) == 0


def test_what_is_older_than_an_hour_says_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    del settings
    value = chain.header(5)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3601)
    assert chain.read([value]) == 0


@given(value=st.text(max_size=80))
def test_anything_can_come(value: str) -> None:
    assert chain.read([value]) == 0


async def test_the_depth_is_a_tasks_own() -> None:
    async def inner() -> int:
        with chain.at(4):
            await asyncio.sleep(0)
            return chain.depth()

    with chain.at(2):
        assert await asyncio.gather(inner(), inner()) == [4, 4]
        assert chain.depth() == 2
    assert chain.depth() == 0
