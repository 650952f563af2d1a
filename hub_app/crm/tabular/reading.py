"""Reading the rows of a file in pages, from anywhere: memory does not grow with the file, and a killed job goes on.

It blocks: a coroutine calls `read_page` in a thread.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hub_app.crm.tabular.layout import Layout
from hub_app.crm.tabular.lines import Lines, Place
from hub_app.crm.tabular.records import LONGEST_RAW, Record, Records
from hub_app.kernel.formulas import restored

PAGE = 100
# A page ends early when its rows are long.
_MOST_BYTES = 2**21


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its headers. Of one that ends early, the cells that it lacks are missing, not empty."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read: why, and what it begins with."""

    line: int
    why: str
    raw: str


@dataclass(frozen=True, slots=True)
class RowPage:
    """Rows in their order. `next` is where the following page begins, None at the end; the last page may be empty."""

    rows: Sequence[Row]
    bad: Sequence[BadRow]
    next: Place | None


def pages(path: Path, layout: Layout, start: Place | None = None, size: int = PAGE) -> Generator[RowPage]:
    """All pages from `start` on, which an earlier page gave as `next`; the whole file for None."""
    place = start or layout.start
    with path.open("rb") as file:
        records = _records(Lines(file, layout.encoding, place.offset, place.line), layout, place)
        following = iter(records)
        while True:
            page = _page(records, following, layout, size)
            yield page
            if page.next is None:
                return


def read_page(path: Path, layout: Layout, start: Place | None = None, size: int = PAGE) -> RowPage:
    """The page at `start`, the first one for None."""
    with closing(pages(path, layout, start, size)) as following:
        return next(following)


def _records(lines: Lines, layout: Layout, place: Place) -> Records:
    return Records(lines, layout.delimiter, place, len(layout.headers))


def _page(records: Records, following: Iterator[Record], layout: Layout, size: int) -> RowPage:
    rows: list[Row] = []
    bad: list[BadRow] = []
    begins = records.offset
    for record in following:
        if not record.is_blank:
            read = _row(record, layout)
            if isinstance(read, Row):
                rows.append(read)
            else:
                bad.append(read)
        if len(rows) + len(bad) >= size or records.offset - begins > _MOST_BYTES:
            return RowPage(rows, bad, records.place)
    return RowPage(rows, bad, None)


def _row(record: Record, layout: Layout) -> Row | BadRow:
    cells, width = record.cells, len(layout.headers)
    if cells is None:
        return BadRow(record.line, record.why, record.raw)
    fits = len(cells) == width or (len(cells) < width and layout.ends_early)
    if not fits and (len(cells) < width or any(map(str.strip, cells[width:]))):
        return BadRow(record.line, _counted(len(cells), width), record.raw)
    if "'" in record.raw or len(record.raw) >= LONGEST_RAW:
        cells = map(restored, cells)
    return Row(record.line, dict(zip(layout.headers, cells, strict=False)))


def _counted(found: int, width: int) -> str:
    cells = "1 cell" if found == 1 else f"{found:,} cells"
    return f"has {cells} where the headers are {width:,}"
