"""How often a password or a code may be guessed (docs/decisions/0016-sign-in-limits-and-password-resets.md).

Failures are counted three ways, and each count has a ceiling of its own: of an account from one address, of an account
from anywhere, of an address at any account. A browser that has signed in to the account before has a count to itself
and is held up by none of these: no stranger, near or far, shuts a person out there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from hub_app.kernel import ratelimit
from hub_app.kernel.access import digest
from hub_app.kernel.errors import RateLimited
from hub_app.kernel.forwarded import counted_as

WINDOW_SECONDS = 15 * 60
FAILURES = 10
FAILURES_OF_ACCOUNT = 50
FAILURES_OF_ADDRESS = 100
_NAMESPACE = "failed-tries"

# One guess at a time per count: a hundred at once would all be weighed before the first one is counted.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class _Count:
    """Failures under a key, up to a ceiling. `forgiven` once the right password came."""

    key: str
    ceiling: int = FAILURES
    forgiven: bool = True

    async def check(self) -> None:
        allowance = await ratelimit.peek(self.ceiling, WINDOW_SECONDS, _NAMESPACE, self.key)
        if not allowance.allowed:
            minutes = -(-allowance.reset // 60)
            raise RateLimited(
                f"Too many failed attempts. For safety, try again in {minutes} min.",
                retry_after=allowance.reset,
            )

    async def add(self) -> None:
        await ratelimit.hit(self.ceiling, WINDOW_SECONDS, _NAMESPACE, self.key)

    async def forgive(self) -> None:
        if self.forgiven:
            await ratelimit.clear(self.ceiling, WINDOW_SECONDS, _NAMESPACE, self.key)


class Try:
    """One guess. It counts as a failure unless `succeeded` is called. That wipes out what the account failed from this
    address or in this browser, and not what an account or an address failed as a whole: else a stranger could begin
    anew with each time the person signs in, or by signing in to an account of their own.
    """

    def __init__(self, counts: tuple[_Count, ...]) -> None:
        self._counts = counts
        self._failed = True

    async def succeeded(self) -> None:
        self._failed = False
        for count in self._counts:
            await count.forgive()

    async def end(self) -> None:
        if self._failed:
            for count in self._counts:
                await count.add()


@asynccontextmanager
async def guess(account: str, *, address: str, browser: str = "") -> AsyncIterator[Try]:
    """The time of one guess at an account, which need not exist; RateLimited when too many have failed.

    `browser` names the browser, session or token that is known to be the account's own, if there is one.
    """
    counts = _counts(digest(account), counted_as(address), browser)
    async with AsyncExitStack() as stack:
        # Always in this order: two tries never wait for each other.
        for count in counts:
            await stack.enter_async_context(_turns.setdefault(count.key, asyncio.Lock()))
        for count in counts:
            await count.check()
        one = Try(counts)
        try:
            yield one
        finally:
            await one.end()


def _counts(account: str, address: str, browser: str) -> tuple[_Count, ...]:
    if browser:
        return (_Count(f"{account} in {browser}"),)
    return (
        _Count(f"{account} from {address}"),
        _Count(account, FAILURES_OF_ACCOUNT, forgiven=False),
        _Count(f"anyone from {address}", FAILURES_OF_ADDRESS, forgiven=False),
    )
