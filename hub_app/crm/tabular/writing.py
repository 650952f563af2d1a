"""Rows as CSV: what Excel opens with a double click, and what Hub reads back as it was.

No cell is a formula to a spreadsheet (`kernel/formulas.py`); `reading` takes away the apostrophe that this adds.
"""

import csv
import io
from collections.abc import Iterable, Sequence

import orjson
from pydantic import JsonValue

from hub_app.kernel.formulas import defused

# By which Excel knows UTF-8. It stands before the first row of a file.
BYTE_ORDER_MARK = "\ufeff"
_BETWEEN = "; "


def csv_text(rows: Iterable[Sequence[JsonValue]]) -> str:
    """The lines of these rows, the headers being a row too."""
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: JsonValue) -> str:
    """A list is its parts in one cell; what has names is JSON."""
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return defused(_BETWEEN.join(map(_plain, value)))
    return defused(_plain(value))


def _plain(value: JsonValue) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list() | dict():
            return orjson.dumps(value).decode()
        case _:
            return str(value)
