"""How a file is laid out: found once, and corrected by a person where it was found wrongly."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub_app.crm.tabular.encodings import ENCODINGS, encoding_of, mark_of
from hub_app.crm.tabular.errors import NotTabular
from hub_app.crm.tabular.lines import Lines, Place
from hub_app.crm.tabular.records import Record, Records

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
MOST_COLUMNS = 1_000
_SAMPLED = 200
_SAMPLED_BYTES = 2**21
_HEADER_WITHIN = 30
_MOSTLY = 0.8
_HALF = 0.5
_HABIT = 0.1


@dataclass(frozen=True, slots=True)
class Layout:
    """`headers` are all different; `header_line` is 0 for a file without them. `start` is where the rows begin. `ends_early`:
    the program that wrote it leaves out empty cells at the end of a row.
    """

    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    header_line: int
    start: Place
    ends_early: bool = False


def examine(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, header_line: int | None = None
) -> Layout:
    """The layout of a file. What is given is right and not looked for: a `header_line` of 0 says that there is none.

    NotTabular, with what to do, for a file that is no table.
    """
    if encoding is not None and encoding not in ENCODINGS:
        raise NotTabular(f"cannot be read as {encoding[:40]}. Choose one of {', '.join(ENCODINGS)}")
    if delimiter is not None and delimiter not in DELIMITERS:
        raise NotTabular(
            f"cannot be separated by {delimiter[:40]!r}. Choose one of {', '.join(DELIMITERS.values())}"
        )
    with path.open("rb") as file:
        found, mark = encoding_of(file) if encoding is None else (encoding, mark_of(file, encoding))
    place, declared = _after_declaration(path, found, Place(mark))
    delimiter = delimiter or declared or _delimiter_of(path, found, place)
    places, sample = _sample(path, found, delimiter, place)
    if not sample:
        raise NotTabular("has no rows. Export it again and choose the new file")
    at = _header_at(sample) if header_line is None else _at_line(sample, header_line)
    rows = [record.cells for record in sample[at + 1 :] if record.cells is not None]
    headers = _headers(sample[at].cells or [], rows) if at >= 0 else _numbered(rows)
    if len(headers) > MOST_COLUMNS:
        raise NotTabular(
            f"has more than {MOST_COLUMNS:,} columns. Does a {DELIMITERS[delimiter]} separate them?"
        )
    short = sum(len(row) < len(headers) for row in rows)
    return Layout(
        found,
        delimiter,
        headers,
        sample[at].line if at >= 0 else 0,
        places[at] if at >= 0 else place,
        ends_early=short > max(1, _HABIT * len(rows)),
    )


def _after_declaration(path: Path, encoding: str, place: Place) -> tuple[Place, str | None]:
    """Where the table begins after a line such as `sep=;`, which Excel writes and reads, and the delimiter that it names."""
    with path.open("rb") as file:
        lines = Lines(file, encoding, place.offset, place.line)
        text = lines.read()[0].rstrip("\r\n").strip('"')
        if text[:4].lower() == "sep=" and text[4:] in DELIMITERS:
            return Place(lines.offset, lines.line), text[4:]
    return place, None


def _sample(path: Path, encoding: str, delimiter: str, place: Place) -> tuple[list[Place], list[Record]]:
    """The first records, and for each where the next one begins."""
    places: list[Place] = []
    sample: list[Record] = []
    with path.open("rb") as file:
        records = Records(Lines(file, encoding, place.offset, place.line), delimiter, place)
        for record in records:
            if not record.is_blank:
                places.append(records.place)
                sample.append(record)
            if len(sample) >= _SAMPLED or records.offset - place.offset > _SAMPLED_BYTES:
                break
    return places, sample


def _delimiter_of(path: Path, encoding: str, place: Place) -> str:
    """The one by which most rows have the same number of columns; a comma where none gives more than one."""
    scores = {each: _score(_sample(path, encoding, each, place)[1]) for each in DELIMITERS}
    best = max(scores, key=lambda each: scores[each])
    return best if scores[best] > _HALF else ","


def _score(sample: Sequence[Record]) -> float:
    """The share of rows with the usual number of columns, and a little for many columns."""
    widths = Counter(len(record.cells) for record in sample if record.cells is not None)
    if not widths:
        return 0
    width, count = max(widths.items(), key=lambda found: (found[1], found[0]))
    return 0 if width == 1 else count / len(sample) + min(width, 50) / 500


def _at_line(sample: Sequence[Record], line: int) -> int:
    if not line:
        return -1
    at = next((at for at, record in enumerate(sample) if record.line == line and record.cells), None)
    if at is None:
        raise NotTabular(f"has no headers on line {line}. Choose one of the first rows")
    return at


def _header_at(sample: Sequence[Record]) -> int:
    """Of the sample, the first row as wide as most whose cells are mostly texts, and different ones; -1 without one."""
    widths = Counter(len(record.cells) for record in sample if record.cells)
    width = max(widths, key=lambda each: (widths[each], each)) if widths else 0
    # Of a program that leaves out the header of its last, empty column.
    filled = max((_filled(record.cells) for record in sample if record.cells), default=0)
    for at, record in enumerate(sample[:_HEADER_WITHIN]):
        if record.cells and len(record.cells) in {width, filled} and _are_headers(record.cells):
            return at
    return -1


def _filled(cells: Sequence[str]) -> int:
    """The number of cells up to the last one that is not empty."""
    return max((at + 1 for at, cell in enumerate(cells) if cell.strip()), default=0)


def _are_headers(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) <= _HALF * len(cells):
        return False
    different = {text.casefold() for text in filled}
    return sum(map(_is_label, filled)) >= _MOSTLY * len(filled) and len(different) >= _HALF * len(filled)


def _is_label(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return "@" not in text and letters > 0 and letters >= sum(map(str.isdigit, text))


def _headers(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The names of columns, each different: nameless ones get a number, and so do further ones of the same name."""
    width = max((_filled(cells), *(_filled(row[: len(cells)]) for row in rows)))
    names: dict[str, None] = {}
    for at, cell in enumerate(cells[:width]):
        name = wanted = " ".join(cell.split()) or f"Column {at + 1}"
        number = 1
        while name in names:
            number += 1
            name = f"{wanted} {number}"
        names[name] = None
    return tuple(names)


def _numbered(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    widths = Counter(map(len, rows))
    return tuple(f"Column {at + 1}" for at in range(max(widths, key=lambda each: widths[each], default=0)))
