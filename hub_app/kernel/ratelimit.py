"""Rate limits by the `limits` library: in this process's memory, or in Redis for all processes."""

import math
import time
from dataclasses import dataclass, replace
from functools import cache

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from hub_app.kernel.errors import RateLimited
from hub_app.kernel.settings import get_settings

# Whoever waits comes a little after the time, not a little before.
_MOMENT = 0.05


@dataclass(frozen=True, slots=True)
class Allowance:
    """Where a caller stands in the current window. `reset` is in seconds."""

    limit: int
    remaining: int
    reset: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }

    def check(self) -> None:
        """Raise RateLimited when the window's calls are used up."""
        if not self.allowed:
            raise RateLimited(
                f"You may make {self.limit} calls in this window. Try again in {self.reset} s.",
                retry_after=self.reset,
                headers=self.headers(),
            )


@cache
def limiter() -> FixedWindowRateLimiter:
    """This process's one limiter, made from the settings of its first use."""
    url = get_settings().redis_url
    storage = (
        RedisStorage(f"async+{url}", implementation="redispy", wrap_exceptions=True)
        if url
        else MemoryStorage()
    )
    return FixedWindowRateLimiter(storage)


async def hit(limit: int, seconds: int, *key: str) -> Allowance:
    """Count one call under `key`; at most `limit` are allowed in each window of `seconds`."""
    allowed = await limiter().hit(RateLimitItemPerSecond(limit, seconds), *key)
    return replace(await peek(limit, seconds, *key), allowed=allowed)


async def answers() -> bool:
    """Whether what counts is there: always in this process, unless it is Redis."""
    return await limiter().storage.check()


async def peek(limit: int, seconds: int, *key: str) -> Allowance:
    """Where `key` stands in this window, without counting a call: whether it has one left."""
    stats = await limiter().get_window_stats(RateLimitItemPerSecond(limit, seconds), *key)
    reset = max(1, round(stats.reset_time - time.time()))
    remaining = max(0, stats.remaining)
    return Allowance(limit=limit, remaining=remaining, reset=reset, allowed=remaining > 0)


async def clear(limit: int, seconds: int, *key: str) -> None:
    await limiter().clear(RateLimitItemPerSecond(limit, seconds), *key)


async def take(limit: int, seconds: int, *key: str) -> float:
    """Count one call under `key`, of which there may be `limit` in any `seconds`, not only in those that a clock counts off;
    0, or how many seconds it takes until there may be another one. StorageError.
    """
    item, windows = RateLimitItemPerSecond(limit, seconds), MovingWindowRateLimiter(limiter().storage)
    if await windows.hit(item, *key):
        return 0
    stats = await windows.get_window_stats(item, *key)
    return max(_MOMENT, stats.reset_time - time.time() + _MOMENT)


async def hold(seconds: float, *key: str) -> None:
    """Let `held` tell for so long that nothing may be done under `key`. StorageError."""
    await limiter().storage.incr("/".join(("held", *key)), math.ceil(seconds))


async def held(*key: str) -> float:
    """For how many seconds `key` is on hold; 0 when it is not. StorageError."""
    return max(0, await limiter().storage.get_expiry("/".join(("held", *key))) - time.time())
