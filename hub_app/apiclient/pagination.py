"""Reading a list page by page, with an end to it whatever the API answers."""

import hashlib
import re
from collections.abc import Hashable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote_plus

import orjson
from pydantic import JsonValue

from hub_app.apiclient import urls
from hub_app.apiclient.call import Call
from hub_app.apiclient.client import Client
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.urls import UrlOutsideBase
from hub_app.kernel import selection, threads
from hub_app.kernel.outbound import MAX_URL, OutboundResponse
from hub_app.kernel.selection import Unselectable

Position = dict[str, JsonValue]
"""Where a page begins, and what tells that the list goes round in circles. A few hundred bytes of JSON, to be kept."""
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r";\s*rel\s*=\s*\"?([^\";,]*)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Read:
    """What the pages hold together. `more` tells that a limit ended reading before the last one."""

    value: JsonValue
    pages: int
    more: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page: the whole response, its rows, and where the next one begins, None after the last."""

    value: JsonValue
    rows: list[JsonValue]
    next: Position | None


async def read_pages(caller: Client, call: Call, pagination: Pagination, *, partition: Hashable) -> Read:
    """Call once, or until the list ends or a limit is met. ApiError when a page fails or is none. `partition` is whose work
    it is: a tenant's id.
    """
    if pagination.type == "none":
        value, _ = await caller.send(call)
        return Read(value, 1, more=False)
    rows: list[JsonValue] = []
    pages, at = 0, None
    while (page := await read_page(caller, call, pagination, at, partition=partition)) is not None:
        pages += 1
        rows += page.rows
        at = page.next
        if len(rows) >= pagination.max_items or pages >= pagination.max_pages or caller.is_used_up:
            more = at is not None or len(rows) > pagination.max_items
            return Read(rows[: pagination.max_items], pages, more)
        if at is None:
            break
    return Read(rows, pages, more=False)


async def read_page(
    caller: Client, call: Call, pagination: Pagination, at: Position | None = None, *, partition: Hashable
) -> ListPage | None:
    """The page at `at`, the first one for None; None when the list has ended before it. ApiError as `read_pages`."""
    try:
        asked = _begun(call, pagination) if at is None else _continued(call, pagination, at)
    except (KeyError, TypeError):
        raise ApiError(
            "pagination", "This list is no longer read as it was. Read it from its beginning."
        ) from None
    try:
        value, answer = await caller.send(asked)
    except ApiError as error:
        # Many APIs answer 404 for the page after the last one.
        if error.status == HTTPStatus.NOT_FOUND and at is not None and pagination.type == "page":
            return None
        raise
    rows = _rows(pagination, await _selected(pagination, "items", value, partition))
    cursor: JsonValue = None
    if pagination.type == "cursor":
        cursor = await _selected(pagination, "next", value, partition)
    page = _Page(caller, pagination, asked, at or {}, rows, answer)
    return ListPage(value, rows, await threads.run(_following, page, cursor, partition=partition))


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that was read at `at`, by the call `asked`."""

    caller: Client
    pagination: Pagination
    asked: Call
    at: Position
    rows: list[JsonValue]
    answer: OutboundResponse


def _begun(call: Call, pagination: Pagination) -> Call:
    if pagination.size_parameter:
        given = dict(call.query).get(pagination.size_parameter)
        call = _asking(call, pagination.size_parameter, given or str(pagination.size))
    if pagination.type == "page":
        call = _asking(call, pagination.parameter, str(_first_number(call, pagination)))
    return call


def _first_number(call: Call, pagination: Pagination) -> int:
    given = dict(call.query).get(pagination.parameter, "")
    return int(given) if _NUMBER.fullmatch(given) else pagination.start


def _continued(call: Call, pagination: Pagination, at: Position) -> Call:
    """KeyError or TypeError for a position in another kind of list."""
    match pagination.type:
        case "page":
            return _asking(_begun(call, pagination), pagination.parameter, str(at["page"]))
        case "cursor":
            return _asking(_begun(call, pagination), pagination.parameter, str(at["cursor"]))
        case "link":
            return replace(call, path=_path(at), query=[])
        case "none":
            raise KeyError(pagination.type)


def _path(at: Position) -> str:
    path = at["path"]
    if not isinstance(path, str):
        raise TypeError(path)
    return path


async def _selected(pagination: Pagination, name: str, value: JsonValue, partition: Hashable) -> JsonValue:
    expression = pagination.items if name == "items" else pagination.next
    try:
        return await selection.select(expression, value, partition=partition)
    except Unselectable as error:
        raise ApiError("pagination", f"The pagination's {name} {error}.") from None


def _rows(pagination: Pagination, found: JsonValue) -> list[JsonValue]:
    if found is None and pagination.items:
        return []
    if not isinstance(found, list):
        where = f"at {pagination.items}" if pagination.items else "in the response"
        raise ApiError(
            "pagination", f"There is no list {where}. Set the pagination's items to where it lies."
        )
    return found


def _following(page: _Page, cursor: JsonValue) -> Position | None:
    """Where the next page begins."""
    match page.pagination.type:
        case "page":
            return _next_number(page)
        case "cursor":
            return _next_cursor(page, cursor)
        case "link":
            return _next_link(page)
        case "none":
            return None


def _next_number(page: _Page) -> Position | None:
    """A page with fewer rows than the first one is the last one."""
    pagination, at, rows = page.pagination, page.at, page.rows
    number = cast("int", at["page"]) if at else _first_number(page.asked, pagination)
    size = cast("int", at["size"]) if at else len(rows)
    digest = _digest(page)
    if rows and digest == at.get("digest"):
        what = f"Page {number - pagination.start + 1} is the same as the one before."
        raise ApiError("pagination", f"{what} Is {pagination.parameter} the page parameter?")
    if not rows or len(rows) < size:
        return None
    return {"page": number + 1, "size": size, "digest": digest}


def _digest(page: _Page) -> str:
    try:
        raw = orjson.dumps(page.rows)
    except TypeError:
        # Nested more deeply than it writes.
        raw = page.answer.body
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def _next_cursor(page: _Page, cursor: JsonValue) -> Position | None:
    if cursor is None or cursor is False or cursor == "":
        return None
    if isinstance(cursor, bool) or not isinstance(cursor, str | int | float):
        raise ApiError(
            "pagination", f"What lies at {page.pagination.next} is no cursor: neither text nor a number."
        )
    text = str(cursor)
    if len(text) > MAX_URL:
        raise ApiError(
            "pagination", f"What lies at {page.pagination.next} is no cursor: it is too long for a URL."
        )
    return {"cursor": text, **_watched(page.at, text, "cursor")}


def _next_link(page: _Page) -> Position | None:
    link = _rel_next(page.answer.headers.get("link", ""))
    if link is None:
        return None
    try:
        path = urls.followed(page.asked.base, page.caller.target(page.asked), link)
    except UrlOutsideBase as error:
        raise ApiError("pagination", f"The link to the next page {error}.") from None
    path = _without(path, {name for name, _ in page.caller.credential.query})
    return {"path": path, **_watched(page.at, path, "link")}


def _watched(at: Position, where: str, what: str) -> Position:
    """What tells a circle: Brent's algorithm compares with one place, and takes a later one after 1, 2, 4, 8 … pages."""
    if where == at.get("seen"):
        raise ApiError(
            "pagination", f"The API gave the same {what} to a next page twice: the list would never end."
        )
    left, span = cast("int", at.get("left", 1)) - 1, cast("int", at.get("span", 1))
    if left > 0:
        return {"seen": at["seen"], "left": left, "span": span}
    return {"seen": where, "left": span, "span": 2 * span}


def _rel_next(header: str) -> str | None:
    for url, parameters in cast("list[tuple[str, str]]", _LINK.findall(header)):
        rel = _REL.search(parameters)
        if rel is not None and "next" in rel.group(1).lower().split():
            return url
    return None


def _without(path: str, names: set[str]) -> str:
    """The path without these names in its query, which is left as the API wrote it."""
    plain, _, query = path.partition("?")
    kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in names]
    return f"{plain}?{'&'.join(kept)}" if kept else plain


def _asking(call: Call, name: str, value: str) -> Call:
    """The call with this one value in its query."""
    others = [(given, text) for given, text in call.query if given != name]
    return replace(call, query=[*others, (name, value)])
