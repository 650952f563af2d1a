"""Whatever a PSA answers is read without an error, and can be kept."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.psa.provider.rows import id_of, number_of, text_of, time_of
from hub_app.psa.providers.autotask import records as autotask
from hub_app.psa.providers.connectwise import records as connectwise

KEYS = (
    "id",
    "text",
    "name",
    "board",
    "_info",
    "lastUpdated",
    "actualHours",
    "description",
    "email",
    "companyID",
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
ROWS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)


@given(ROWS, st.sampled_from(KEYS))
def test_each_value_is_read(row: dict[str, object], key: str) -> None:
    found = id_of(row, key)
    assert found is None or (0 < len(found) <= 64 and "\x00" not in found)
    assert number_of(row, key) >= 0
    text = text_of(row, key)
    assert text is None or (len(text) <= 500 and "\x00" not in text)


@given(ROWS)
def test_each_record_is_read(row: dict[str, object]) -> None:
    for read in (
        connectwise.ticket,
        connectwise.note,
        connectwise.member,
        connectwise.configuration,
        connectwise.time_entry,
        lambda one: autotask.ticket(one, {"queueID": {}, "status": {}, "priority": {}}, {}, {}),
        lambda one: autotask.note(one, {}),
        autotask.member,
        lambda one: autotask.ids([one], "companyID"),
    ):
        read(row)


@pytest.mark.parametrize(
    ("written", "is_read"),
    [
        ("2026-11-24T08:00:00Z", True),
        ("2026-11-24T08:00:00.1234567+02:00", True),
        ("0001-01-01T00:00:00+23:59", False),
        ("soon", False),
        (5, False),
    ],
)
def test_moments_are_utc(written: object, *, is_read: bool) -> None:
    found = time_of(written)
    assert (found is not None) is is_read
    assert found is None or found.utcoffset() == timedelta(0)


def test_a_long_note_is_read_further_than_a_name() -> None:
    row = {"text": "x" * 200_000}
    assert len(text_of(row, "text") or "") == 500
    assert len(connectwise.note(row).text) == 100_000
