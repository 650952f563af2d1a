"""Ids as marks in time."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import lowest_at, new_id

MOMENTS = st.datetimes(timezones=st.just(UTC))


def test_an_id_of_now_lies_between_the_marks_of_before_and_after() -> None:
    before, made = lowest_at(utcnow()), new_id()
    assert before < made < lowest_at(datetime(9999, 1, 1, tzinfo=UTC))


@given(MOMENTS, MOMENTS)
def test_marks_are_in_the_order_of_their_moments(one: datetime, other: datetime) -> None:
    if one <= other:
        assert lowest_at(one) <= lowest_at(other)
