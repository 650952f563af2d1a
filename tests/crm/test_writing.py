"""What is exported can be read by a spreadsheet, by a person, and by Hub again."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.crm.tabular import examine, pages
from hub_app.crm.tabular.writing import BYTE_ORDER_MARK, csv_text
from hub_app.kernel.formulas import defused


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (12, "12"),
        (-4500.5, "-4500.5"),
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("=1+1", "'=1+1"),
        (["a@b.com", "c@d.org"], "a@b.com; c@d.org"),
        (["=1", 2], "'=1; 2"),
        ({"name": "Ann"}, '"{""name"":""Ann""}"'),
        ('say "hi", then', '"say ""hi"", then"'),
        ("Zoë\nLee", '"Zoë\nLee"'),
    ],
)
def test_cells(value: JsonValue, cell: str) -> None:
    assert csv_text([["x", value]]) == f"x,{cell}\r\n"


cells = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
) | st.sampled_from(["=1", "'=1", "\t", "\r", "+1", "-", "@a"])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells, cells), max_size=10))
def test_what_was_written_is_read(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    path = tmp_path / "export.csv"
    headers = ["One", "Two", "Three"]
    path.write_bytes((BYTE_ORDER_MARK + csv_text([headers, *map(list, rows)])).encode())
    layout = examine(path, delimiter=",", header_line=1)
    read = [tuple(row.cells.values()) for page in pages(path, layout) for row in page.rows]
    assert read == [row for row in rows if any(defused(cell).strip() for cell in row)]
