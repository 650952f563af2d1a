"""A list is read on from a place that was kept as JSON, with the guards of one that is read at once."""

import json
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.apiclient import pagination
from hub_app.apiclient.call import Call, Credential
from hub_app.apiclient.client import Client
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.pagination import Position, read_page
from hub_app.kernel import outbound
from hub_app.kernel.settings import Settings
from tests.peers.api import Api

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
PAGE = Pagination(type="page", items="items", size_parameter="per_page", size=10)
CURSOR = Pagination(type="cursor", parameter="cursor", next="meta.next", items="items")
LINK = Pagination(type="link", size_parameter="per_page", size=10)


@pytest.fixture
async def api(settings: Settings) -> AsyncGenerator[Api]:
    del settings
    async with Api() as running:
        yield running
    await outbound.close_client()


async def read_on(
    api: Api, path: str, how: Pagination, at: Position | None
) -> tuple[list[JsonValue], Position | None]:
    """By a client that knows nothing of the pages before."""
    page = await read_page(Client(Credential()), Call("GET", api.base(), path), how, at, partition="t")
    return ([], None) if page is None else (page.rows, page.next)


@pytest.mark.parametrize(("path", "how"), [("/pages", PAGE), ("/cursor", CURSOR), ("/links", LINK)])
async def test_each_page_is_read_from_what_was_kept(api: Api, path: str, how: Pagination) -> None:
    rows: list[JsonValue] = []
    at: Position | None = None
    for _ in range(3):
        found, at = await read_on(api, path, how, json.loads(json.dumps(at)))
        rows += found
    assert at is None
    assert [one["id"] for one in rows if isinstance(one, dict)] == list(range(1, 26))


async def test_a_page_that_came_before_is_known_again(api: Api) -> None:
    for path, how, what in (
        ("/pages-stuck", PAGE, "Page 2 is the same"),
        ("/cursor-stuck", CURSOR, "the same cursor"),
        ("/links-loop", LINK, "the same link"),
    ):
        _, at = await read_on(api, path, how, None)
        with pytest.raises(ApiError, match=what):
            await read_on(api, path, how, at)


async def test_a_page_after_the_last_one_is_none(api: Api) -> None:
    at: Position | None = {"page": 6, "size": 5, "digest": ""}
    how = PAGE.model_copy(update={"size": 5})
    assert await read_on(api, "/pages-strict", how, at) == ([], None)
    with pytest.raises(ApiError, match="404"):
        await read_on(api, "/nowhere", how, None)


@pytest.mark.parametrize("at", [{"cursor": "c1"}, {}, {"path": 7}])
async def test_a_place_in_another_kind_of_list_is_refused(api: Api, at: Position) -> None:
    how = PAGE if "path" not in at else LINK
    with pytest.raises(ApiError, match="Read it from its beginning") as refused:
        await read_on(api, "/pages", how, at)
    assert (refused.value.kind, api.count) == ("pagination", 0)


async def test_a_kept_link_leads_nowhere_else(api: Api) -> None:
    for path in ("/../admin", "//127.0.0.2/x", "/%2e%2e/admin"):
        with pytest.raises(ApiError):
            await read_on(api, "/links", LINK, {"path": path})
    assert all(one.path.startswith("/open/") for one in api.requests)


async def test_a_cursor_that_no_url_can_hold_is_not_kept(api: Api) -> None:
    client = Client(Credential())
    named = Call("PUT", api.base(), "/items/1", content=b'{"name": "' + b"x" * 3000 + b'"}')
    await client.send(replace(named, headers={"content-type": "application/json"}))
    with pytest.raises(ApiError, match="is no cursor: it is too long"):
        await read_on(api, "/cursor", CURSOR.model_copy(update={"next": "items[0].name"}), None)


@given(st.integers(0, 40), st.integers(1, 40))
def test_a_circle_is_found_however_it_is_entered(before: int, circle: int) -> None:
    at: Position = {}
    places = [*map(str, range(before)), *(str(before + n % circle) for n in range(4 * (before + circle) + 4))]
    assert not _found(at, places[: before + circle])
    assert _found(at, places)


def _found(at: Position, places: list[str]) -> bool:
    try:
        for one in places:
            at = pagination._watched(at, one, "cursor")  # noqa: SLF001 - its circles would need a peer of thousands of calls
    except ApiError:
        return True
    assert len(json.dumps(at)) < 100
    return False
