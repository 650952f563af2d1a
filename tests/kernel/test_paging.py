import base64

import orjson
import pytest
from sqlmodel import col, select

from hub_app.kernel import db, paging
from hub_app.kernel.errors import Invalid
from hub_app.kernel.paging import Order, PageRequest
from hub_app.webhooks.tables import WebhookEndpoint
from tests.kernel.conftest import Two, endpoint

pytestmark = pytest.mark.both_databases

NAMES = ["b", "a", "c", "b", "e", "d", "b"]
BY_NAME = [Order(WebhookEndpoint.name), Order(WebhookEndpoint.id, descending=True)]  # type: ignore[arg-type]

BY_TIME = [
    Order(WebhookEndpoint.created_at, descending=True),  # type: ignore[arg-type]
    Order(WebhookEndpoint.id, descending=True),  # type: ignore[arg-type]
]


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


async def test_pages_by_time_join_into_the_whole_list(two: Two) -> None:
    """A cursor's time comes back as one; all columns go the same way."""
    async with db.begin(two.ours) as session:
        for name in NAMES:
            session.add(endpoint(two.ours, name))
    assert await walk(two, BY_TIME, 2) == [*NAMES[::-1], "mine"]


async def test_pages_of_parts_join_into_the_whole_list(two: Two) -> None:
    """Asked for name by name and merged: as if it had been one statement, in both directions."""
    async with db.begin(two.ours) as session:
        for name in NAMES:
            session.add(endpoint(two.ours, name))
    each = [col(WebhookEndpoint.name) == name for name in ("mine", *"abcdef")]
    order = paging.newest_first(WebhookEndpoint.id)
    async with db.read(two.ours) as session:
        cursor: str | None = None
        seen: list[str] = []
        for size in (3, 3, 2):
            part = PageRequest(3, cursor)
            page = await paging.fetch(session, select(WebhookEndpoint), order, part, each=each)
            assert len(page.items) == size
            seen += [row.name for row in page.items]
            cursor = page.next_cursor or page.previous_cursor
        assert seen == [*NAMES[::-1], "mine"]
        back = await paging.fetch(session, select(WebhookEndpoint), order, PageRequest(3, cursor), each=each)
        assert [row.name for row in back.items] == seen[3:6]


@pytest.mark.parametrize(
    "time", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "yesterday", "\0", 5, None, [], {}]
)
async def test_a_time_that_is_none_is_the_callers_mistake(two: Two, time: object) -> None:
    raw = orjson.dumps(["n", time, str(two.our_endpoint)])
    cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    async with db.read(two.ours) as session:
        with pytest.raises(Invalid, match="cursor"):
            await paging.fetch(session, select(WebhookEndpoint), BY_TIME, PageRequest(10, cursor))


@pytest.mark.parametrize("name", ["a\0b", 5, True, None])
async def test_a_text_that_no_database_takes_is_the_callers_mistake(two: Two, name: object) -> None:
    raw = orjson.dumps(["n", name, str(two.our_endpoint)])
    cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    async with db.read(two.ours) as session:
        with pytest.raises(Invalid, match="cursor"):
            await paging.fetch(session, select(WebhookEndpoint), BY_NAME, PageRequest(10, cursor))
