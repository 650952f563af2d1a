"""Reading a source page by page, one page ahead of the work on it, and knowing where to go on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from pydantic import JsonValue

from hub_app.apiclient.errors import ApiError
from hub_app.kernel.clock import utcnow
from hub_app.sync.provider.source import Page, Source

# So many pages may come again, such as empty ones: after more the list is taken for one that never ends.
_MOST_REPEATED = 1000


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as it was read: its number, from 1, and when it was asked for and came."""

    page: Page
    number: int
    requested_at: datetime
    received_at: datetime


@dataclass
class Place:
    """How far a stream has been read. `at` is what the next page is asked for by; `top` the latest change that a run of its order
    may rely on, in ISO 8601; `total` what the source stated last, `least` the least that it stated, which count what was
    `left_out`. A run is `clean` as long as nothing may have hidden a record from it; `why` says what may have. `ended`: there
    are no more pages; `done`: and all of them have been dealt with.
    """

    at: JsonValue = None
    number: int = 0
    top: str = ""
    total: int | None = None
    least: int | None = None
    left_out: int = 0
    clean: bool = True
    why: str = ""
    ended: bool = False
    done: bool = False

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> Self:
        """What `as_json` gave; the beginning for None."""
        return cls(**(kept or {}))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def doubt(self, why: str) -> None:
        """Something may have hidden a record from this run."""
        self.clean, self.why = False, self.why or why

    def advance(self, read: ReadPage, *, newest_first: bool) -> None:
        """Take note of a page. In a list that is sorted newest first, only a record's deletion moves others up past the
        reader; then the total shrinks from one page to the next.
        """
        page = read.page
        if page.total is not None:
            if self.total is not None and page.total < self.total:
                self.doubt("records moved between pages while they were read")
            self.total = page.total
            self.least = page.total if self.least is None else min(self.least, page.total)
        self.left_out += sum(page.left_out.values())
        changes = [item.modified for item in page.items if item.modified is not None]
        if changes and not (newest_first and self.top):
            self.top = max(self.top, max(changes).isoformat())
        # A row that nobody can tell may be any record.
        if not all(row.external_id for row in page.unread):
            self.doubt("the source gave a row without an id")
        self.number, self.at, self.ended = read.number, page.next, page.next is None


async def pages(
    source: Source, resource: str, place: Place, *, since: datetime | None, ahead: bool = True
) -> AsyncIterator[ReadPage]:
    """The pages from `place` on. ApiError when one cannot be read, or the list goes round in circles; those before it were given.
    `ahead` asks for the next page while somebody works on the one before: where reading may stop at any page, that would be a
    call for nothing.
    """
    number, known, repeated = place.number, set[int](), 0
    upcoming: asyncio.Task[ReadPage] | None = None

    def ask(at: JsonValue) -> "asyncio.Task[ReadPage]":
        return asyncio.create_task(_read(source, resource, at, number, since=since))

    at, is_over = place.at, place.ended
    try:
        while not is_over:
            if upcoming is None:
                number += 1
                upcoming = ask(at)
            read = await upcoming
            upcoming, at, is_over = None, read.page.next, read.page.next is None
            mark = hash(tuple(one.external_id for one in (*read.page.items, *read.page.unread)))
            repeated += mark in known
            known.add(mark)
            if repeated > _MOST_REPEATED:
                raise ApiError(
                    "pagination", "The list goes round in circles: the same pages came again and again."
                )
            if ahead and not is_over:
                number += 1
                upcoming = ask(at)
            yield read
    finally:
        if upcoming is not None:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


async def _read(
    source: Source, resource: str, at: JsonValue, number: int, *, since: datetime | None
) -> ReadPage:
    requested_at = utcnow()
    page = await source.read(resource, at, since=since)
    return ReadPage(page, number, requested_at, utcnow())
