"""Redaction takes a time that grows with the answer's length, whatever the answer and the secrets hold, and the event
loop goes on meanwhile.
"""

import asyncio
import time

import pytest

from hub_app.kernel.redaction import Redactor

_KEY = "sk-live/51Habc+DEF~ghi=jkl"
_SMALL, _LARGE = 1 << 16, 1 << 19
# Eight times the text takes eight times as long; with quadratic work it would be sixty-four times.
_MOST = 24
_FIBONACCI = ["a", "ab"]
while len(_FIBONACCI[-1]) < _LARGE:
    _FIBONACCI.append(_FIBONACCI[-1] + _FIBONACCI[-2])

HOSTILE = {
    "escaped percents": ("%25", [_KEY]),
    "percents escaped over and over": ("%2525252525252525", [_KEY]),
    "bytes that are no UTF-8": ("%E4", [_KEY]),
    "zeros of an entity": ("&#0000", [_KEY]),
    "one entity without end": ("0", [_KEY]),
    "entities": ("&amp", [_KEY]),
    "backslashes": ("\\", [_KEY]),
    "units": ("\\u0061/", ["a/" * 100 + "b"]),
    "nearly a secret that repeats": ("a/", ["a/" * 100 + "b"]),
    "nearly a long secret that repeats": ("a", ["a" * 8191 + "b", "b" + "a" * 8191]),
    "a secret that repeats": ("a", ["a" * 8192]),
    "a short secret without end": ("a", ["aaaa"]),
    "secrets that begin each other": ("a", ["a" * length for length in (4, 5, 100, 8192)]),
    "spelled secrets": ("%61%61%61%61b", ["aaaa"]),
    "a secret of Fibonacci's words": (_FIBONACCI[-1], [_FIBONACCI[-1][:8192]]),
}


def filled(unit: str, length: int) -> str:
    begin = "&#" if unit == "0" else ""
    return (begin + unit * (length // len(unit) + 1))[:length]


def seconds(redactor: Redactor, text: str) -> float:
    """This thread's own time: other processes may have the machine's."""
    began = time.thread_time()
    redactor.text(text)
    return time.thread_time() - began


@pytest.mark.parametrize("name", HOSTILE)
def test_the_time_grows_with_the_length_of_the_answer(name: str) -> None:
    unit, secrets = HOSTILE[name]
    redactor = Redactor(secrets)
    redactor.text(filled(unit, _SMALL))
    small = min(seconds(redactor, filled(unit, _SMALL)) for _ in range(3))
    large = seconds(redactor, filled(unit, _LARGE))
    assert large < max(small, 0.002) * _MOST


@pytest.mark.parametrize("most", [100, 4096])
def test_a_longer_secret_takes_no_longer_to_look_for(most: int) -> None:
    """Not even in an answer that holds nothing but its beginnings."""
    text = filled("a/", _LARGE // 4)
    short = min(seconds(Redactor(["a/" * 4 + "b"]), text) for _ in range(3))
    long = min(seconds(Redactor(["a/" * most + "b"]), text) for _ in range(3))
    assert long < max(short, 0.005) * 8


@pytest.mark.parametrize("name", HOSTILE)
async def test_the_event_loop_goes_on_meanwhile(name: str) -> None:
    """It stands still for a small part of the time at most; whoever holds the interpreter holds it for all of it."""
    unit, secrets = HOSTILE[name]
    redactor, text = Redactor(secrets), filled(unit, 200_000)
    assert min([await _standstill(redactor, text) for _ in range(3)]) < 0.5


async def _standstill(redactor: Redactor, text: str) -> float:
    """The longest time without a turn of the loop, as a part of all the time that redaction took."""
    longest, began = 0.0, time.perf_counter()
    work = asyncio.create_task(asyncio.to_thread(_several, redactor, text))
    turned = began
    while not work.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, turned = max(longest, now - turned), now
    return longest / (turned - began)


def _several(redactor: Redactor, text: str) -> None:
    """Once, and again until it has taken long enough to be seen."""
    end = time.perf_counter() + 0.2
    redactor.text(text)
    while time.perf_counter() < end:
        redactor.text(text)
