"""How often a password or a code may be guessed: ten failures, then a pause until the window has passed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from hub_app.kernel import ratelimit
from hub_app.kernel.errors import RateLimited

FAILURES = 10
WINDOW_SECONDS = 15 * 60
_NAMESPACE = "failed-tries"

# One guess at a time per account and address: a hundred at once would all be weighed before the first one counts.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class Try:
    """One guess. It counts as a failure unless `succeeded` is called; the address keeps its failures even then,
    so that nobody can wipe them out by signing in to an account of their own.
    """

    def __init__(self, address: str, account: str | None) -> None:
        self._address = f"address:{address}"
        self._account = None if account is None else f"account:{account}"
        self._failed = True

    @property
    def keys(self) -> list[str]:
        return [self._address] if self._account is None else [self._address, self._account]

    async def succeeded(self) -> None:
        self._failed = False
        if self._account is not None:
            await ratelimit.clear(FAILURES, WINDOW_SECONDS, _NAMESPACE, self._account)

    async def check(self) -> None:
        for key in self.keys:
            if await ratelimit.used_up(FAILURES, WINDOW_SECONDS, _NAMESPACE, key):
                standing = await ratelimit.hit(FAILURES, WINDOW_SECONDS, _NAMESPACE, key)
                minutes = -(-standing.reset // 60)
                raise RateLimited(
                    f"Too many failed tries. For safety, try again in {minutes} min.",
                    retry_after=standing.reset,
                )

    async def count(self) -> None:
        if self._failed:
            for key in self.keys:
                await ratelimit.hit(FAILURES, WINDOW_SECONDS, _NAMESPACE, key)


@asynccontextmanager
async def guess(*, address: str, account: str | None = None) -> AsyncIterator[Try]:
    """The time of one guess from an address, at an account where there is one; RateLimited after ten failures."""
    one = Try(address, account)
    async with AsyncExitStack() as stack:
        for key in one.keys:
            await stack.enter_async_context(_turns.setdefault(key, asyncio.Lock()))
        await one.check()
        try:
            yield one
        finally:
            await one.count()
