import pytest
from sqlmodel import select

from hub_app.kernel import db, paging
from hub_app.kernel.errors import Invalid
from hub_app.kernel.paging import Order, PageRequest
from hub_app.webhooks.tables import WebhookEndpoint
from tests.kernel.conftest import Two, endpoint

NAMES = ["b", "a", "c", "b", "e", "d", "b"]
BY_NAME = [Order(WebhookEndpoint.name), Order(WebhookEndpoint.id, descending=True)]  # type: ignore[arg-type]


async def walk(two: Two, order: list[Order], limit: int) -> list[str]:
    """The whole list forwards, page by page; each page is also reached again backwards."""
    names: list[str] = []
    cursor: str | None = None
    pages: list[list[str]] = []
    async with db.read(two.ours) as session:
        while True:
            page = await paging.fetch(session, select(WebhookEndpoint), order, PageRequest(limit, cursor))
            pages.append([row.name for row in page.items])
            names += pages[-1]
            if page.previous_cursor:
                before = await paging.fetch(
                    session, select(WebhookEndpoint), order, PageRequest(limit, page.previous_cursor)
                )
                assert [row.name for row in before.items] == pages[-2]
                assert before.next_cursor is not None
            if page.next_cursor is None:
                return names
            cursor = page.next_cursor


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 50])
async def test_pages_join_into_the_whole_list(two: Two, limit: int) -> None:
    async with db.begin(two.ours) as session:
        for name in NAMES:
            session.add(endpoint(two.ours, name))
    assert await walk(two, BY_NAME, limit) == sorted([*NAMES, "mine"])
    assert await walk(two, paging.newest_first(WebhookEndpoint.id), limit) == [*NAMES[::-1], "mine"]


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WyJuIiwgMV0", "WyJ4IiwiYSJd", "🙂"])
async def test_a_bad_cursor_is_the_callers_mistake(two: Two, cursor: str) -> None:
    async with db.read(two.ours) as session:
        with pytest.raises(Invalid, match="cursor"):
            await paging.fetch(session, select(WebhookEndpoint), BY_NAME, PageRequest(10, cursor))
