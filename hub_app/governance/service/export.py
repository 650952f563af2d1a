"""Audit entries as files."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

import orjson

from hub_app.governance.schemas.audit import AuditOut, ExportFormat
from hub_app.kernel.formulas import defused

MEDIA_TYPES: dict[ExportFormat, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


async def lines(pages: AsyncIterator[Sequence[AuditOut]], form: ExportFormat) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    if form == "csv":
        yield _csv([list(AuditOut.model_fields)])
    async for page in pages:
        yield _csv([_cells(one) for one in page]) if form == "csv" else _json_lines(page)


def _json_lines(page: Sequence[AuditOut]) -> bytes:
    return b"".join(orjson.dumps(one.model_dump(mode="json")) + b"\n" for one in page)


def _cells(entry: AuditOut) -> list[str]:
    values = entry.model_dump(mode="json") | {"summary": orjson.dumps(entry.summary).decode()}
    return [_cell(values[name]) for name in AuditOut.model_fields]


def _cell(value: object) -> str:
    return "" if value is None else defused(str(value))


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
