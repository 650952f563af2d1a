"""The records of a delimited file, whatever its quotation marks do.

A record may go over several lines between quotation marks. One that would swallow what follows, because its quotation mark
is never closed or closes in the middle of a cell, is read as the one line that it begins with, and reading goes on after that.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from hub_app.crm.tabular.lines import LONGEST, Lines, Place

_MOST_LINES = 1_000
# After as many rows whose quotation marks did not close, none joins lines any more: each costs looking ahead.
_MOST_UNCLOSED = 100
_MOST_BLANK = 10_000
LONGEST_RAW = 2_000
UNCLOSED = "has a quotation mark that is never closed"
TOO_LONG = f"has more than {LONGEST:,} characters"


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row that begins on `line`, and its first LONGEST_RAW characters. Without cells it could not be read: `why`."""

    line: int
    cells: list[str] | None
    why: str = ""
    raw: str = ""

    @property
    def is_blank(self) -> bool:
        return self.cells is not None and not any(map(str.strip, self.cells))


class _Unclosed(Exception):
    pass


class Records:
    """Records from `place` on. `width` is the number of columns, 0 when it is not known yet.

    Blank lines are left out, but for one of many, so that whoever reads them sees how far that went.
    """

    def __init__(self, lines: Lines, delimiter: str, place: Place, width: int = 0) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._width = width
        self._unclosed = place.unclosed
        self._held: list[tuple[str, int]] = []
        self._characters = 0
        self._line = place.line

    @property
    def place(self) -> Place:
        """Where the next record begins, between two of them."""
        return Place(self._lines.offset, self._lines.line, self._unclosed)

    @property
    def offset(self) -> int:
        """The bytes before the next record."""
        return self._lines.offset

    def __iter__(self) -> Iterator[Record]:
        while True:
            self._begin()
            reader = csv.reader(self._lines_of_one(), delimiter=self._delimiter, strict=True)
            try:
                for cells in reader:
                    if len(self._held) > 1 and self._joins_rows(cells):
                        # Its quotation mark met another row's.
                        break
                    raw = "".join(text for text, _ in self._held)
                    yield Record(self._line, cells, raw=raw[:LONGEST_RAW])
                    self._begin()
                else:
                    return
            except (csv.Error, _Unclosed):
                pass
            yield self._first_line_alone()

    def _begin(self) -> None:
        self._held.clear()
        self._characters = 0

    def _lines_of_one(self) -> Iterator[str]:
        """What csv reads a record from. _Unclosed when it goes on for too long."""
        blank = 0
        while True:
            line = self._lines.line
            text, size = self._lines.read()
            if not text:
                return
            if not self._held:
                if text.isspace() and blank < _MOST_BLANK:
                    blank += 1
                    continue
                self._line, blank = line, 0
            self._held.append((text, size))
            self._characters += len(text)
            if self._characters > LONGEST or len(self._held) > self._most_lines:
                raise _Unclosed
            yield text.replace("\0", "") if "\0" in text else text

    @property
    def _most_lines(self) -> int:
        return _MOST_LINES if self._unclosed < _MOST_UNCLOSED else 1

    def _first_line_alone(self) -> Record:
        """The row that the first of the held lines is. What was read beyond it is given back."""
        (text, _), *others = self._held
        if others:
            self._lines.unread(others)
            self._unclosed += 1
        if len(text) > LONGEST:
            if not text.endswith(("\n", "\r")):
                self._lines.skip_line()
            return Record(self._line, None, TOO_LONG, text[:LONGEST_RAW])
        text = text.replace("\0", "")
        raw = text[:LONGEST_RAW]
        cells = self._literal(text)
        if not self._width or len(cells) == self._width:
            return Record(self._line, cells, raw=raw)
        for lenient in csv.reader([text], delimiter=self._delimiter):
            if len(lenient) == self._width:
                return Record(self._line, lenient, raw=raw)
        return Record(self._line, None, UNCLOSED, raw)

    def _joins_rows(self, cells: list[str]) -> bool:
        """Whether lines make no row together, but the first one does alone."""
        return self._width not in {0, len(cells)} and len(self._literal(self._held[0][0])) == self._width

    def _literal(self, line: str) -> list[str]:
        """The cells of a line in which a quotation mark is a character like any other, but around a whole cell."""
        return [
            cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
            for cell in line.rstrip("\r\n").split(self._delimiter)
        ]
