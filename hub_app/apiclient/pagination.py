"""Reading a list page by page, with an end to it whatever the API answers."""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote_plus

from pydantic import JsonValue

from hub_app.apiclient import urls
from hub_app.apiclient.call import Call
from hub_app.apiclient.client import Client
from hub_app.apiclient.declarations import Pagination
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.urls import UrlOutsideBase
from hub_app.kernel import selection, threads
from hub_app.kernel.outbound import OutboundResponse
from hub_app.kernel.selection import Unselectable

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r";\s*rel\s*=\s*\"?([^\";,]*)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Read:
    """What the pages hold together. `more` tells that a limit ended reading before the last one."""

    value: JsonValue
    pages: int
    more: bool


@dataclass(slots=True)
class _Reading:
    """How far reading has come."""

    caller: Client
    pagination: Pagination
    call: Call
    partition: Hashable
    rows: list[JsonValue] = field(default_factory=list["JsonValue"])
    first: list[JsonValue] = field(default_factory=list["JsonValue"])
    before: list[JsonValue] = field(default_factory=list["JsonValue"])
    latest: list[JsonValue] = field(default_factory=list["JsonValue"])
    pages: int = 0
    number: int = 0
    seen: set[str] = field(default_factory=set[str])


_Next = Callable[[_Reading, JsonValue, OutboundResponse], Call | None]


async def read_pages(caller: Client, call: Call, pagination: Pagination, *, partition: Hashable) -> Read:
    """Call once, or until the list ends or a limit is met. ApiError when a page fails or is none. `partition` is whose work
    it is: a tenant's id.
    """
    if pagination.type == "none":
        value, _ = await caller.send(call)
        return Read(value, 1, more=False)
    at = _Reading(caller, pagination, call, partition)
    upcoming: Call | None = _begun(at)
    while upcoming is not None:
        at.call = upcoming
        try:
            value, answer = await caller.send(upcoming)
        except ApiError as error:
            # Many APIs answer 404 for the page after the last one.
            if error.status == HTTPStatus.NOT_FOUND and at.pages > 0 and pagination.type == "page":
                break
            raise
        upcoming = await _advance(at, value, answer)
        if len(at.rows) >= pagination.max_items or at.pages >= pagination.max_pages or caller.is_used_up:
            more = upcoming is not None or len(at.rows) > pagination.max_items
            return Read(at.rows[: pagination.max_items], at.pages, more)
    return Read(at.rows, at.pages, more=False)


def _begun(at: _Reading) -> Call:
    pagination, call = at.pagination, at.call
    if pagination.size_parameter:
        given = dict(call.query).get(pagination.size_parameter)
        call = _asking(call, pagination.size_parameter, given or str(pagination.size))
    if pagination.type == "page":
        given = dict(call.query).get(pagination.parameter, "")
        at.number = int(given) if _NUMBER.fullmatch(given) else pagination.start
        call = _asking(call, pagination.parameter, str(at.number))
    return call


async def _advance(at: _Reading, value: JsonValue, answer: OutboundResponse) -> Call | None:
    """Take a page; the call of the next one, None after the last."""
    _take(at, await _selected(at, "items", at.pagination.items, value))
    cursor: JsonValue = None
    if at.pagination.type == "cursor":
        cursor = await _selected(at, "next", at.pagination.next, value)
    return await threads.run(_FOLLOWING[at.pagination.type], at, cursor, answer, partition=at.partition)


async def _selected(at: _Reading, name: str, expression: str, value: JsonValue) -> JsonValue:
    try:
        return await selection.select(expression, value, partition=at.partition)
    except Unselectable as error:
        raise ApiError("pagination", f"The pagination's {name} {error}.") from None


def _take(at: _Reading, found: JsonValue) -> None:
    """Take the rows of a page."""
    if found is None and at.pagination.items:
        found = []
    if not isinstance(found, list):
        where = f"at {at.pagination.items}" if at.pagination.items else "in the response"
        raise ApiError(
            "pagination", f"There is no list {where}. Set the pagination's items to where it lies."
        )
    at.pages += 1
    if at.pages == 1:
        at.first = found
    at.before, at.latest = at.latest, found
    at.rows += found


def _next_number(at: _Reading, _cursor: JsonValue, _answer: OutboundResponse) -> Call | None:
    """A page with fewer rows than the first one is the last one."""
    if at.latest and at.latest == at.before:
        what = f"Page {at.pages} is the same as the one before."
        raise ApiError("pagination", f"{what} Is {at.pagination.parameter} the page parameter?")
    if not at.latest or len(at.latest) < len(at.first):
        return None
    at.number += 1
    return _asking(at.call, at.pagination.parameter, str(at.number))


def _next_cursor(at: _Reading, cursor: JsonValue, _answer: OutboundResponse) -> Call | None:
    if cursor is None or cursor is False or cursor == "":
        return None
    if isinstance(cursor, bool) or not isinstance(cursor, str | int | float):
        raise ApiError(
            "pagination", f"What lies at {at.pagination.next} is no cursor: neither text nor a number."
        )
    _check_new(at, str(cursor), "cursor")
    return _asking(at.call, at.pagination.parameter, str(cursor))


def _next_link(at: _Reading, _cursor: JsonValue, answer: OutboundResponse) -> Call | None:
    link = _rel_next(answer.headers.get("link", ""))
    if link is None:
        return None
    try:
        path = urls.followed(at.call.base, at.caller.target(at.call), link)
    except UrlOutsideBase as error:
        raise ApiError("pagination", f"The link to the next page {error}.") from None
    path = _without(path, {name for name, _ in at.caller.credential.query})
    _check_new(at, path, "link")
    return replace(at.call, path=path, query=[])


_FOLLOWING: dict[str, _Next] = {"page": _next_number, "cursor": _next_cursor, "link": _next_link}


def _check_new(at: _Reading, where: str, what: str) -> None:
    if where in at.seen:
        raise ApiError(
            "pagination", f"The API gave the same {what} to a next page twice: the list would never end."
        )
    at.seen.add(where)


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
