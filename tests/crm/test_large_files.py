"""A file as large as may be uploaded is read in a few pages' memory."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.datastructures import UploadFile

from hub_app.crm.schemas.importing import ImportIn, LayoutIn
from hub_app.crm.service import importing
from hub_app.crm.tabular import examine, pages
from hub_app.kernel.uploads import MIB
from tests.crm import filing
from tests.crm.acme import Acme

HEADERS = "Name,Email,Phone,Wedding Date,Total,Notes\r\n"
NOTE = "Met at the fair, wants film \u2013 " * 60


def _plain(path: Path, size: int) -> None:
    row = f'"Sarah & Mike Chën","sarah@example.com",020 7946 0958,24 Jun 2023 4:30 PM,"(4,500.00)","{NOTE}"\r\n'.encode(
        "cp1252"
    )
    with path.open("wb") as file:
        file.write(HEADERS.encode())
        for _ in range(size // len(row)):
            file.write(row)


def _one_line(path: Path, size: int) -> None:
    path.write_bytes(HEADERS.encode() + b"x" * size)


def _one_cell(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.write(HEADERS.encode() + b'1,2,3,4,5,"')
        for _ in range(size // 10):
            file.write(b"123456789\n")


def _wide_rows(path: Path, size: int) -> None:
    row = b"a," * 100_000 + b"\n"
    path.write_bytes(HEADERS.encode() + b"1,2,3,4,5,6\n" * 1_000 + row * (size // len(row)))


@pytest.mark.parametrize(
    ("make", "size"), [(_plain, 50 * MIB), (_one_line, 50 * MIB), (_one_cell, MIB), (_wide_rows, 8 * MIB)]
)
def test_memory_stays_flat(tmp_path: Path, make: Callable[[Path, int], None], size: int) -> None:
    path = tmp_path / "export.csv"
    make(path, size)
    tracemalloc.start()
    try:
        layout = examine(path)
        read = sum(len(page.rows) + len(page.bad) for page in pages(path, layout))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read
    assert peak < 16 * MIB


@pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", crm_rate_limits="tave=100000/1000000")
async def test_memory_stays_flat_through_the_whole_job(acme: Acme, tmp_path: Path) -> None:
    """From the upload to the last record: the file is kept in pieces, and its rows come in pages."""
    path, note, count = tmp_path / "export.csv", "Met at the fair, wants film. " * 600, 3_100
    with path.open("w") as file:
        file.write("Name,Email,Notes\n")
        for at in range(count):
            file.write(f'Ann {at},a{at}@example.com,"{note}"\n')
    assert path.stat().st_size > 50 * MIB
    made = await filing.connect(acme)
    with path.open("rb") as file:
        given = UploadFile(file, filename="export.csv")
        tracemalloc.start()
        try:
            found = await importing.examine_file(acme.actor, made.id, given, "export.csv", LayoutIn())
            job = await importing.start_import(acme.actor, made.id, found.file_id, ImportIn())
            done = await acme.finish(job.id)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (done.job_status, done.records_created) == ("completed", count)
    assert peak < 48 * MIB
