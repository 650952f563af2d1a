"""Work beside a running Hub: in its database, from tests that are plain functions."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import TypeVar
from unittest import mock

from hub_app.kernel import db, migrations, outbound, vault
from hub_app.kernel.settings import get_settings

Result = TypeVar("Result")


def run(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do `work` in an event loop of its own: Playwright's runs in this thread."""

    async def await_it() -> Result:
        return await work()

    with ThreadPoolExecutor(1) as thread:
        # With this thread's context variables: Reflex keeps its registry in one.
        return thread.submit(copy_context().run, asyncio.run, await_it()).result()


def in_database(folder: Path, work: Callable[[], Awaitable[Result]], **settings: str) -> Result:
    """Do `work` in the database of the Hub that `tests.running` started, or will start, in `folder`."""

    is_new = "DATABASE_URL" in settings or not (folder / "data" / "hub.db").exists()

    async def connected() -> Result:
        if is_new:
            await migrations.upgrade(get_settings())
        await db.connect(get_settings())
        try:
            return await work()
        finally:
            await outbound.close_client()
            await db.disconnect()

    with mock.patch.dict(os.environ, {"DATA_DIR": str(folder / "data"), **settings}):
        forget_settings()
        try:
            return run(connected)
        finally:
            forget_settings()


def forget_settings() -> None:
    """Forget this process's settings, and the keys that were made of them."""
    get_settings.cache_clear()
    vault.get_vault.cache_clear()
