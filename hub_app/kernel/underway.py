"""Work that is under way in this process: it has read what Hub holds, or asked somebody outside, and writes down what came of
it later, in another transaction. Whoever erases something waits until all that was under way before has ended, in every process
(kernel/barrier.py): it may write down again what was erased.
"""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from hub_app.kernel.clock import utcnow

P = ParamSpec("P")
Out = TypeVar("Out")


class Piece:
    """A piece of work; `since` is when it began, before it read anything."""

    def __init__(self) -> None:
        self.since = utcnow()

    def goes_on(self, since: datetime | None = None) -> None:
        """What it did until now is written down. It begins anew now, or at an earlier moment, before it read more."""
        self.since = since or utcnow()


class Holder(Protocol):
    """Somebody with much work in hand, who counts no piece of it until asked.

    `recall`: let go of what was read and has not begun. `busy_since` then gives that moment until what had begun has ended
    and is written down; None after that, and before.
    """

    def recall(self) -> None: ...

    def busy_since(self) -> datetime | None: ...


_pieces: set[Piece] = set()
_holders: list[Holder] = []


@contextmanager
def piece() -> Iterator[Piece]:
    """A piece of work for the time of the block, which reads, calls and writes."""
    one = Piece()
    _pieces.add(one)
    try:
        yield one
    finally:
        _pieces.discard(one)


def counted(work: Callable[P, Coroutine[Any, Any, Out]]) -> Callable[P, Coroutine[Any, Any, Out]]:
    """The same function, each call of which is a piece of work."""

    @wraps(work)
    async def run(*args: P.args, **kwargs: P.kwargs) -> Out:
        with piece():
            return await work(*args, **kwargs)

    return run


@contextmanager
def held_by(holder: Holder) -> Iterator[None]:
    """Ask this holder too, for the time of the block."""
    _holders.append(holder)
    try:
        yield
    finally:
        _holders.remove(holder)


def recall() -> None:
    """Have every holder let go of what it read."""
    for one in _holders:
        one.recall()


def busy_since() -> datetime | None:
    """When the oldest work that is under way began; None when there is none."""
    found = [one.since for one in _pieces]
    found += [since for one in _holders if (since := one.busy_since()) is not None]
    return min(found, default=None)
