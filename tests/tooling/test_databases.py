"""The fixtures themselves: a migrated database of each kind, clean in every test."""

import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.settings import Settings, get_settings
from hub_app.kernel.tables import AuditEntry


@pytest.mark.settings(webhook_max_retries=7)
@pytest.mark.parametrize("run", [1, 2])
async def test_database_is_migrated_and_clean(database: Settings, run: int) -> None:
    assert database is get_settings()
    assert database.webhook_max_retries == 7
    async with db.system("test") as session:
        assert (await session.exec(select(AuditEntry))).all() == [], f"run {run}"
