"""A file as a source of records: pages of rows, from any place on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast
from uuid import UUID

from pydantic import JsonValue

from hub_app.crm.files.rows import Told
from hub_app.crm.tabular import BadRow, Layout, Place, Row, RowPage, read_page
from hub_app.kernel import threads
from hub_app.sync.provider.source import Item, Page, Resource, Source, Unread

_UNTOLD = "has nothing that tells it apart: no ID, email address, name or phone number"


class FileSource(Source):
    """The rows of a file, for the stream `resource`. `read` takes the cells of a row; `digest` tells the file from others, whose
    lines have the same numbers.
    """

    def __init__(
        self,
        tenant_id: UUID,
        path: Path,
        layout: Layout,
        resource: str,
        read: Callable[[Mapping[str, str]], Told],
        digest: str,
    ) -> None:
        self.resources = {resource: Resource(name=resource, whole=False)}
        self._tenant_id = tenant_id
        self._path = path
        self._layout = layout
        self._read = read
        self._digest = digest

    async def probe(self) -> str:
        """A file has no account."""
        return ""

    async def read(self, resource: str, at: JsonValue = None, *, since: datetime | None = None) -> Page:
        del resource, since
        return await threads.run(self._page, at, partition=self._tenant_id)

    def _page(self, at: JsonValue) -> Page:
        """It blocks."""
        page = read_page(self._path, self._layout, Place(*cast("Sequence[int]", at)) if at else None)
        unread = [self._bad(row) for row in page.bad]
        items: list[Item] = []
        for row in page.rows:
            read = self._row(row)
            if isinstance(read, Item):
                items.append(read)
            else:
                unread.append(read)
        return Page(items, _place(page), unread=unread)

    def _row(self, row: Row) -> Item | Unread:
        told = self._read(row.cells)
        cells: dict[str, JsonValue] = {**row.cells}
        if not told.external_id:
            return Unread(f"Line {row.line:,} {_UNTOLD}.", cells, self._line(row.line))
        return Item(told.external_id, {"fields": told.fields, "cells": cells}, lost=told.lost)

    def _bad(self, row: BadRow) -> Unread:
        return Unread(f"Line {row.line:,} {row.why}.", row.raw, self._line(row.line))

    def _line(self, line: int) -> str:
        return f"line {line} of file {self._digest[:8]}"


def _place(page: RowPage) -> JsonValue:
    place = page.next
    return None if place is None else [place.offset, place.line, place.unclosed]
