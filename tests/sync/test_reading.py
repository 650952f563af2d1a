"""Reading a list that has no end: it is told, not read for ever."""

from datetime import datetime

import pytest
from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.sync.engine import reading
from hub_app.sync.engine.reading import Place
from hub_app.sync.provider.source import Item, Page, Source


class Circle(Source):
    """A list whose pages come again after so many, with another cursor each time; those after `ends` are none."""

    def __init__(self, pages: int, ends: int | None = None) -> None:
        self.pages = pages
        self.ends = ends

    async def probe(self) -> str:
        return ""

    async def read(self, resource: str, at: JsonValue = None, *, since: datetime | None = None) -> Page:
        del resource, since
        number = at if isinstance(at, int) else 0
        items = [Item(f"{number % self.pages}-{one}", {}) for one in range(3)]
        return Page(items, None if self.ends == number else number + 1)


async def read_all(source: Source, *, ahead: bool) -> int:
    count = 0
    async for _ in reading.pages(source, "things", Place(), since=None, ahead=ahead):
        count += 1
        assert count < 10_000
    return count


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("pages", [1, 2, 7])
async def test_a_list_that_goes_round_in_circles_ends_with_a_word(pages: int, *, ahead: bool) -> None:
    with pytest.raises(ApiError, match="round in circles") as refused:
        await read_all(Circle(pages), ahead=ahead)
    assert not refused.value.retryable


async def test_a_long_list_whose_pages_differ_is_read_whole() -> None:
    assert await read_all(Circle(5000, ends=2999), ahead=True) == 3000
