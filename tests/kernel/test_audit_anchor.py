"""An anchor finds what nobody can find in the database alone: a log written anew by somebody who holds the key."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_app.kernel import audit_anchor, audit_check
from hub_app.kernel.audit_anchor import AnchorBroken
from hub_app.kernel.audit_check import Report
from hub_app.kernel.settings import get_settings
from tests.kernel import tampering
from tests.kernel.conftest import Two
from tests.kernel.tampering import literal
from tests.kernel.test_audit_attacks import act

pytestmark = pytest.mark.both_databases


async def verify(two: Two, file: Path) -> Report:
    """As the command does: extended only when nothing is wrong."""
    with audit_anchor.opened(file) as anchor:
        report = await audit_check.verify([two.ours, two.theirs], anchor.known)
        if report.whole:
            anchor.extend(report.ends)
    return report


@pytest.fixture
async def file(two: Two, tmp_path: Path) -> Path:
    """An anchor that knows both tenants' logs at their third entry."""
    for tenant_id in (two.ours, two.theirs, two.ours, two.theirs):
        await act(tenant_id)
    path = tmp_path / "anchor"
    assert (await verify(two, path)).whole
    return path


async def test_it_is_made_for_its_owner_alone_and_grows_by_what_is_new(two: Two, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    assert len(before.splitlines()) == 3
    assert (await verify(two, file)).whole
    assert file.read_bytes() == before
    await act(two.ours)
    assert (await verify(two, file)).whole
    assert file.read_bytes().startswith(before)
    assert len(file.read_bytes().splitlines()) == 4


@pytest.mark.parametrize("more", [0, 5])
async def test_a_log_put_back_to_what_it_once_was_is_found(two: Two, file: Path, more: int) -> None:
    """What a key would allow too: each row of the former log verifies, and Hub may go on writing to it."""
    await tampering.keep()
    for _ in range(2):
        await act(two.ours)
    assert (await verify(two, file)).whole
    before = file.read_bytes()
    await tampering.put_back()
    for _ in range(more):
        await act(two.ours)
    assert (await audit_check.verify([two.ours, two.theirs])).whole
    report = await verify(two, file)
    assert list(report.problems) == [two.ours]
    assert ("not the one that the anchor knows" if more else "cut off") in report.problems[two.ours][0]
    assert file.read_bytes() == before


async def test_a_tenant_that_vanished_altogether_is_found(two: Two, file: Path) -> None:
    gone = [f"delete from {table}" for table in tampering.TABLES]
    await tampering.forge(*gone)
    with audit_anchor.opened(file) as anchor:
        assert {two.ours, two.theirs} < set((await audit_check.verify([], anchor.known)).problems)


async def test_it_is_not_extended_by_a_log_that_does_not_verify(two: Two, file: Path) -> None:
    before = file.read_bytes()
    await act(two.theirs)
    await tampering.forge(f"update audit_entry set via = 'other' where tenant_id = {literal(two.ours)}")
    assert not (await verify(two, file)).whole
    assert file.read_bytes() == before


def cut(text: bytes) -> bytes:
    return text[:-10]


def garble(text: bytes) -> bytes:
    return text.replace(b"sequence", b"\xff\x00")


def change(text: bytes) -> bytes:
    return text.replace(b'"sequence":3', b'"sequence":2')


def shorten(text: bytes) -> bytes:
    return b"".join(text.splitlines(keepends=True)[1:])


def other(text: bytes) -> bytes:
    return text + b"[]\n"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut, "Line 3 .* is torn, or no line of an anchor.*delete that line"),
        (garble, "Line 1 .* is torn"),
        (change, "does not fit the lines before it"),
        (shorten, "Line 1 .* does not fit"),
        (other, "Line 4 .* is torn"),
        (lambda _: b"", "is empty"),
    ],
)  # fmt: skip
async def test_a_file_that_was_torn_or_changed_is_told_in_words(
    file: Path, spoil: Callable[[bytes], bytes], told: str
) -> None:
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(AnchorBroken, match=told), audit_anchor.opened(file):
        pass


async def test_a_file_of_a_former_key_needs_that_key(
    two: Two, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = get_settings().secret_key.get_secret_value()
    monkeypatch.setenv("SECRET_KEY", "another")
    get_settings.cache_clear()
    with pytest.raises(AnchorBroken, match="SECRET_KEYS_OLD"), audit_anchor.opened(file):
        pass
    monkeypatch.setenv("SECRET_KEYS_OLD", old)
    get_settings.cache_clear()
    await act(two.ours)
    assert (await verify(two, file)).whole
    assert (await verify(two, file)).whole
