"""Files as programs and people leave them, read to their end."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hub_app.crm.tabular import ENCODINGS, BadRow, Layout, NotTabular, Place, Row, examine, pages, read_page

EXAMPLES = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def _rows(path: Path, layout: Layout) -> list[dict[str, str]]:
    return [dict(row.cells) for page in pages(path, layout) for row in page.rows]


def _bad(path: Path, layout: Layout) -> list[tuple[int, str]]:
    return [(row.line, row.why) for page in pages(path, layout) for row in page.bad]


def _of(file: Path, content: str | bytes) -> Layout:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return examine(file)


PLAIN = "Name,Email,Notes\nZoë Müller,zoe@x.com,“naïve” \u2013 ok\nBob Lee,bob@x.com,\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings(file: Path, written: str, found: str, ends: str) -> None:
    layout = _of(file, PLAIN.replace("\n", ends).encode(written))
    assert (layout.encoding, layout.headers) == (found, ("Name", "Email", "Notes"))
    assert _rows(file, layout)[0] == {
        "Name": "Zoë Müller",
        "Email": "zoe@x.com",
        "Notes": "“naïve” \u2013 ok",
    }


def test_one_late_character_tells_the_encoding(file: Path) -> None:
    layout = _of(file, ("Name,City\n" + "Bob,Leeds\n" * 50_000 + "Zoë,Köln\n").encode("cp1252"))
    assert layout.encoding == "cp1252"
    assert _rows(file, layout)[-1] == {"Name": "Zoë", "City": "Köln"}


def test_a_person_says_what_the_encoding_is(file: Path) -> None:
    _of(file, "Name,City\nŁukasz,Łódź\n".encode("cp1250"))
    assert _rows(file, examine(file, encoding="cp1250")) == [{"Name": "Łukasz", "City": "Łódź"}]
    assert _rows(file, examine(file, encoding="utf-8")) == [
        {"Name": "\ufffdukasz", "City": "\ufffd\ufffdd\ufffd"}
    ]
    with pytest.raises(NotTabular, match="Choose one of"):
        examine(file, encoding="rot13")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(file: Path, delimiter: str) -> None:
    rows = [
        ["Name", "Total", "Where"],
        ["Sarah & Mike", "1.234,50", "1 High St, Leeds"],
        ["Bob / Al", "2,5", "a|b;c"],
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    layout = _of(file, text.getvalue())
    assert (layout.delimiter, layout.headers) == (delimiter, ("Name", "Total", "Where"))
    assert [list(row.values()) for row in _rows(file, layout)] == rows[1:]


@pytest.mark.parametrize("content", ["Email\na@b.com\nc@d.com\n", "Name\nSarah & Mike\nTom\nAnn\n"])
def test_one_column(file: Path, content: str) -> None:
    layout = _of(file, content)
    assert layout.headers == (content.split("\n", 1)[0],)
    assert [list(row.values()) for row in _rows(file, layout)] == [[line] for line in content.split()][
        1:
    ] or len(_rows(file, layout)) == 3


def test_the_delimiter_that_the_file_names(file: Path) -> None:
    layout = _of(file, "sep=;\nName;City\nLee, Bob;Leeds\n")
    assert (layout.delimiter, layout.header_line) == (";", 2)
    assert _rows(file, layout) == [{"Name": "Lee, Bob", "City": "Leeds"}]


def test_title_lines_above_the_headers(file: Path) -> None:
    layout = _of(
        file,
        "Client report\nExported 24 Jun 2023, by Ann\n\nName,Email,Phone\nBob,bob@x.com,1\nAl,al@x.com,2\n",
    )
    assert (layout.header_line, layout.start.line) == (4, 5)
    assert [row["Name"] for row in _rows(file, layout)] == ["Bob", "Al"]


def test_a_file_without_headers(file: Path) -> None:
    layout = _of(file, "Bob,bob@x.com,555\nAl,al@x.com,556\n")
    assert (layout.header_line, layout.headers) == (0, ("Column 1", "Column 2", "Column 3"))
    assert len(_rows(file, layout)) == 2
    # A person knows better.
    layout = examine(file, header_line=1)
    assert (layout.headers, len(_rows(file, layout))) == (("Bob", "bob@x.com", "555"), 1)


def test_headers_are_different(file: Path) -> None:
    layout = _of(file, "Email,Email,,Email 2,Email,\na,b,c,d,e,\n")
    assert layout.headers == ("Email", "Email 2", "Column 3", "Email 2 2", "Email 3")
    assert list(_rows(file, layout)[0].values()) == ["a", "b", "c", "d", "e"]


def test_rows_too_short_and_too_long(file: Path) -> None:
    good = "".join(f"n{i},c{i},x\n" for i in range(50))
    layout = _of(file, f"Name,City,Zip\n{good}Bob,Leeds\n\nAl,York,1,2\nZoe,Hull,3,,\nTotal\n")
    assert _bad(file, layout) == [
        (52, "has 2 cells where the headers are 3"),
        (54, "has 4 cells where the headers are 3"),
        (56, "has 1 cell where the headers are 3"),
    ]
    assert _rows(file, layout)[-1] == {"Name": "Zoe", "City": "Hull", "Zip": "3"}
    assert next(row.raw for page in pages(file, layout) for row in page.bad) == "Bob,Leeds\n"


def test_a_program_that_leaves_out_empty_cells(file: Path) -> None:
    layout = _of(file, "Name,City,Zip\nBob,Leeds\nAl\nZoe,Hull,3\n")
    assert layout.ends_early
    assert _rows(file, layout) == [
        {"Name": "Bob", "City": "Leeds"},
        {"Name": "Al"},
        {"Name": "Zoe", "City": "Hull", "Zip": "3"},
    ]


def test_cells_over_several_lines(file: Path) -> None:
    layout = _of(file, 'Name,Notes\r\nBob,"one\r\ntwo, three\n""four"""\r\nAl,x\r\n')
    assert [row for page in pages(file, layout) for row in page.rows] == [
        Row(2, {"Name": "Bob", "Notes": 'one\r\ntwo, three\n"four"'}),
        Row(5, {"Name": "Al", "Notes": "x"}),
    ]


def test_nul_bytes_and_blank_lines(file: Path) -> None:
    layout = _of(file, "Name,City\n\nBo\0b,Leeds\0\n  \n,,\n\nAl,York\n\n")
    assert _rows(file, layout) == [{"Name": "Bob", "City": "Leeds"}, {"Name": "Al", "City": "York"}]


MANY = "".join(f"n{i},c{i},z{i}\n" for i in range(3_000))


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ('"Bob,Leeds,1', '"Bob'),
        ('Bob,"Leeds,1', "Bob"),
        ('"Bob "Big" Lee","Leeds",1', 'Bob "Big" Lee'),
        ('"Bob" Lee,Leeds,1', '"Bob" Lee'),
        ('5" frame,Leeds,1', '5" frame'),
    ],
)
@pytest.mark.parametrize(
    "after",
    [
        'n0,c0,z0\nn1,c1,z1"\n',
        MANY,
        MANY + 'Zoe,"York",2\n',
        'n0,c0,z0\nZoe,"York\nCity",2\n',
        "",
    ],
)
def test_a_lone_quotation_mark_swallows_nothing(file: Path, line: str, cell: str, after: str) -> None:
    layout = _of(file, f"Name,City,Zip\nAl,York,0\n{line}\n{after}")
    rows = _rows(file, layout)
    assert [row["Name"] for row in rows[:2]] == ["Al", cell]
    assert _bad(file, layout) == []
    assert len(rows) == 2 + len(list(csv.reader(io.StringIO(after))))


def test_a_quotation_mark_that_is_never_closed_is_reported(file: Path) -> None:
    layout = _of(file, f'Name,City,Zip\nBob,"Leeds\n{MANY}')
    assert _bad(file, layout) == [(2, "has a quotation mark that is never closed")]
    assert len(_rows(file, layout)) == 3_000


def test_quotation_marks_that_never_close_cost_little(file: Path) -> None:
    """Each line opens one that goes to the end of the file: looked ahead from each, this would never end. After a hundred, a
    quotation mark joins lines no more.
    """
    layout = _of(file, "a,b,c\n1,2,3\n" + 'a",",\n' * 5_000 + 'x,"y\nz",1\n')
    assert len(_rows(file, layout)) == 5_001
    assert [line for line, _ in _bad(file, layout)] == [5_003, 5_004]


def test_a_line_without_an_end(file: Path) -> None:
    layout = _of(file, "Name,City\nAl,York\n" + "x" * 3_000_000 + "\nBob,Leeds\n")
    assert _bad(file, layout) == [(3, "has more than 262,144 characters")]
    assert [row["Name"] for row in _rows(file, layout)] == ["Al", "Bob"]
    assert sum(len(row.raw) for page in pages(file, layout) for row in page.bad) <= 2_000


def test_blank_lines_without_end(file: Path) -> None:
    """A page ends after a while, and a later one has the row behind them."""
    layout = _of(file, "Name,City\nAl,York\n")
    with file.open("a") as written:
        written.write("\n" * 2_200_000 + "Bob,Leeds\n")
    first = read_page(file, layout)
    assert first.next is not None
    assert first.next.offset < 2_150_000
    assert [(row.line, row.cells["Name"]) for page in pages(file, layout) for row in page.rows] == [
        (2, "Al"),
        (2_200_003, "Bob"),
    ]


def test_delimiters_that_are_none(file: Path) -> None:
    _of(file, PLAIN)
    for delimiter in ("", "a", "@", ",,", '"'):
        with pytest.raises(NotTabular, match="Choose one of comma"):
            examine(file, delimiter=delimiter)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "has no rows"),
        (b"\n\n  \n", "has no rows"),
        (b"PK\x03\x04rest", "Excel"),
        (b"%PDF-1.7", "PDF"),
        (bytes(range(1, 32)) * 9, "is no text"),
        (b",".join(b"h%d" % i for i in range(1_001)) + b"\n", "more than 1,000 columns"),
    ],
)
def test_what_is_no_table(file: Path, content: bytes, why: str) -> None:
    with pytest.raises(NotTabular, match=why):
        _of(file, content)


def _pages_one_by_one(path: Path, layout: Layout, size: int) -> Iterator[tuple[Row | BadRow, ...]]:
    place: Place | None = layout.start
    while place is not None:
        page = read_page(path, layout, place, size)
        yield (*page.rows, *page.bad)
        place = page.next


cells = st.text(st.sampled_from('ab ,;"\n\ré€0'), max_size=6)


@EXAMPLES
@given(
    rows=st.lists(st.lists(cells, min_size=3, max_size=3), max_size=30),
    size=st.integers(1, 7),
    bom=st.booleans(),
)
def test_what_csv_writes_is_read_from_any_page(
    file: Path, rows: list[list[str]], size: int, *, bom: bool
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["One", "Two", "Three"], *rows])
    encoding = "utf-8-sig" if bom else "utf-16"
    file.write_bytes(text.getvalue().encode(encoding))
    layout = examine(file, delimiter=",", header_line=1)
    assert TypeAdapter(Layout).validate_json(TypeAdapter(Layout).dump_json(layout)) == layout
    resumed = [row for page in _pages_one_by_one(file, layout, size) for row in page]
    assert resumed == [row for page in pages(file, layout) for row in (*page.rows, *page.bad)]
    assert [list(row.cells.values()) for row in resumed if isinstance(row, Row)] == [
        row for row in rows if any(map(str.strip, row))
    ]


@EXAMPLES
@given(
    content=st.lists(
        st.sampled_from(['"', ",", "\n", "\r\n", "a", "é", "\0", '""', "x,y\n"]), max_size=60
    ).map("".join)
)
def test_any_file_ends_and_its_pages_are_those_of_the_whole(file: Path, content: str) -> None:
    file.write_bytes(f"{'Name' * 50},City\n{content}".encode("cp1252"))
    layout = examine(file, header_line=1, delimiter=",")
    resumed = [row for page in _pages_one_by_one(file, layout, 1) for row in page]
    assert resumed == [row for page in pages(file, layout, size=1) for row in (*page.rows, *page.bad)]
    assert [row.line for row in resumed] == sorted({row.line for row in resumed})


@EXAMPLES
@given(content=st.binary(max_size=300), encoding=st.sampled_from([None, *ENCODINGS]))
@example(content=b"\x00\xd8\x00", encoding="utf-16-le")
def test_any_bytes_are_a_table_or_none(file: Path, content: bytes, encoding: str | None) -> None:
    file.write_bytes(content)
    try:
        layout = examine(file, encoding=encoding)
    except NotTabular:
        return
    assert len(set(layout.headers)) == len(layout.headers) > 0
    resumed = [row for page in _pages_one_by_one(file, layout, 1) for row in page]
    assert resumed == [row for page in pages(file, layout, size=1) for row in (*page.rows, *page.bad)]
