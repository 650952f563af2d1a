"""Lists in pages: read to their end, or to a limit, and never for ever."""

import pytest
from pydantic import JsonValue

from tests.connectors.conftest import Params, Shop

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
ALL = list(range(1, 26))
PAGE: Params = {"type": "page", "items": "items", "size_parameter": "per_page", "size": 10}
CURSOR: Params = {"type": "cursor", "parameter": "cursor", "next": "meta.next", "items": "items"}
LINK: Params = {"type": "link", "size_parameter": "per_page", "size": 10}


def listing(path: str, pagination: Params, **more: JsonValue) -> Params:
    return {"endpoint": path, "response": "[].id", "pagination": {**pagination, **more}}


@pytest.mark.parametrize(("path", "pagination"), [("/pages", PAGE), ("/cursor", CURSOR), ("/links", LINK)])
async def test_all_pages_are_one_list_to_select_from(shop: Shop, path: str, pagination: Params) -> None:
    for scheme in ("bearer", "query"):
        out = await shop.try_once(listing(path, pagination), scheme=scheme)
        assert (out.error, out.data, out.pages, out.more) == (None, ALL, 3, False)
    assert shop.api.count == 6
    execution = (await shop.executions())[0]
    assert (execution.pages, execution.ok) == (3, True)


@pytest.mark.parametrize(
    ("path", "pagination"), [("/pages-endless", PAGE), ("/cursor-endless", CURSOR), ("/links", LINK)]
)
async def test_a_limit_of_pages_ends_reading_and_tells_that_there_is_more(
    shop: Shop, path: str, pagination: Params
) -> None:
    out = await shop.try_once(listing(path, pagination, max_pages=2))
    assert (out.ok, out.pages, out.more, shop.api.count) == (True, 2, True, 2)


async def test_a_limit_of_items_ends_reading_and_tells_that_there_is_more(shop: Shop) -> None:
    out = await shop.try_once(listing("/pages", PAGE, max_items=15))
    assert (out.data, out.pages, out.more) == (ALL[:15], 2, True)
    out = await shop.try_once(listing("/links", LINK, max_items=25))
    assert (out.data, out.pages, out.more) == (ALL, 3, False)


@pytest.mark.settings(connector_timeout_seconds=1)
async def test_no_page_is_begun_once_the_time_is_over(shop: Shop) -> None:
    """Each page takes 0.4 s, all of them together at most four times the longest call."""
    out = await shop.try_once(listing("/pages-slow", PAGE, max_pages=100))
    assert (out.ok, out.more) == (True, True)
    assert 3 < out.pages < 12


@pytest.mark.settings(connector_max_response_kb=64)
async def test_no_page_is_begun_once_enough_was_read(shop: Shop) -> None:
    """Each page has 40 KiB; four times the largest answer is enough."""
    out = await shop.try_once(listing("/pages-wide", PAGE, max_pages=100))
    assert (out.ok, out.more, out.pages) == (True, True, 7)


@pytest.mark.parametrize(
    ("path", "pagination", "detail"),
    [
        ("/pages-stuck", PAGE, "Page 2 is the same as the one before. Is page the page parameter?"),
        (
            "/cursor-stuck",
            CURSOR,
            "The API gave the same cursor to a next page twice: the list would never end.",
        ),
        ("/links-loop", LINK, "The API gave the same link to a next page twice: the list would never end."),
        (
            "/links-elsewhere",
            LINK,
            "The link to the next page leads to http://127.0.0.2:{port}, outside the base URL.",
        ),
        (
            "/links-upward",
            LINK,
            "The link to the next page leads to http://127.0.0.1:{port}, outside the base URL.",
        ),
        ("/items", {**PAGE, "items": "total"}, "There is no list at total."),
        ("/items", LINK, "There is no list in the response."),
        ("/cursor", {**CURSOR, "next": "meta"}, "What lies at meta is no cursor: neither text nor a number."),
    ],
)
async def test_pages_that_make_no_list_are_an_error(
    shop: Shop, path: str, pagination: Params, detail: str
) -> None:
    out = await shop.try_once(listing(path, pagination))
    assert out.error is not None
    assert (out.error.kind, out.data) == ("pagination", None)
    assert out.error.detail.startswith(detail.format(port=shop.api.port))
    assert shop.api.count <= 2


async def test_a_page_that_fails_fails_the_run_and_is_what_is_kept(shop: Shop) -> None:
    out = await shop.try_once(listing("/pages-failing", PAGE))
    assert out.error is not None
    assert (out.error.kind, out.status_code, out.data) == ("status", 500, None)
    (execution,) = await shop.executions()
    assert execution.url.endswith("/pages-failing?per_page=10&page=3")
    assert execution.response_body == '{"error": "No page 3."}'


async def test_an_api_that_answers_404_after_the_last_page_has_told_all(shop: Shop) -> None:
    out = await shop.try_once(listing("/pages-strict", {**PAGE, "size": 5}))
    assert (out.error, out.data, out.more) == (None, ALL, False)


async def test_a_page_and_a_size_that_are_given_are_used(shop: Shop) -> None:
    action: Params = {
        **listing("/pages", PAGE),
        "parameters": [{"name": "page", "type": "integer"}, {"name": "per_page", "type": "integer"}],
    }
    out = await shop.try_once(action, {"page": 2, "per_page": 20})
    assert out.data == ALL[20:]
    assert shop.api.requests[0].query == [("per_page", "20"), ("page", "2")]


async def test_a_link_that_climbs_in_disguise_is_refused(shop: Shop) -> None:
    out = await shop.try_once(listing("/links-climbing", LINK))
    assert out.error is not None
    assert out.error.kind == "pagination"
    assert shop.api.count == 1
