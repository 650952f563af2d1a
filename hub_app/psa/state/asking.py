"""Asking a PSA from a screen: it may be slow, so nobody waits for it with the page, nor for longer than is of use."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from hub_app.kernel.errors import HubError, Unavailable

SECONDS = 25.0
Answer = TypeVar("Answer")


async def asked(work: Awaitable[Answer]) -> tuple[Answer | None, str]:
    """What came of it, or why nothing did, in a sentence."""
    try:
        async with asyncio.timeout(SECONDS):
            return await work, ""
    except HubError as error:
        return None, said(error)
    except TimeoutError:
        return None, f"The PSA did not answer within {SECONDS:.0f} s. Try again."


def said(error: HubError) -> str:
    """An error's sentence, with when to try again where that is known."""
    seconds = error.headers.get("Retry-After")
    return f"{error.detail}. Try again in {seconds} s." if seconds else error.detail


async def required(work: Awaitable[Answer]) -> Answer:
    """What came of it; Unavailable where nothing did in time."""
    try:
        async with asyncio.timeout(SECONDS):
            return await work
    except TimeoutError:
        raise Unavailable(f"The PSA did not answer within {SECONDS:.0f} s. Try again.") from None


def new_version(former: str) -> str:
    """What tells a form that begins anew from the former one."""
    return str(int(former or "0") + 1)
