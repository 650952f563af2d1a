"""When a schedule is next due: cron lines in their zone, clocks that change, intervals that keep their beat."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.plans import schedule as clockwork


def times(cron: str, zone: str, after: str, count: int) -> list[str]:
    moment, found = datetime.fromisoformat(after), list[str]()
    for _ in range(count):
        due = clockwork.next_time(cron, None, zone, moment)
        assert due is not None
        found.append(due.isoformat(timespec="minutes").removesuffix("+00:00"))
        moment = due
    return found


def test_nine_o_clock_is_nine_o_clock_in_summer_and_winter() -> None:
    """The clocks of Berlin change on 29 March 2026."""
    assert times("0 9 * * *", "Europe/Berlin", "2026-03-27T12:00+00:00", 3) == [
        "2026-03-28T08:00",
        "2026-03-29T07:00",
        "2026-03-30T07:00",
    ]


def test_a_time_that_is_left_out_comes_at_the_hour_the_clocks_are_put_to() -> None:
    assert times("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+00:00", 2) == [
        "2026-03-29T01:00",
        "2026-03-30T00:30",
    ]


def test_a_time_that_comes_twice_counts_once() -> None:
    assert times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+00:00", 2) == [
        "2026-10-25T00:30",
        "2026-10-26T01:30",
    ]


def test_a_line_that_repeats_within_the_hour_runs_through_the_hour_that_comes_twice() -> None:
    assert times("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:10+00:00", 4) == [
        "2026-10-25T00:30",
        "2026-10-25T01:00",
        "2026-10-25T01:30",
        "2026-10-25T02:00",
    ]


@given(
    due=st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    late=st.timedeltas(timedelta(0), timedelta(days=40)),
    minutes=st.integers(1, 44_640),
)
def test_an_interval_keeps_its_beat_and_leaves_out_what_was_missed(
    due: datetime, late: timedelta, minutes: int
) -> None:
    now, beat = due + late, timedelta(minutes=minutes)
    following = clockwork.following("", minutes, "UTC", due, now)
    assert following is not None
    assert now < following <= now + beat
    assert (following - due) % beat == timedelta(0)


def test_a_cron_line_that_was_missed_goes_on_from_now() -> None:
    due, now = datetime(2026, 1, 1, 9, tzinfo=UTC), datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert clockwork.following("0 9 * * *", None, "UTC", due, now) == datetime(2026, 1, 6, 9, tzinfo=UTC)


def test_without_a_schedule_there_is_no_time() -> None:
    assert clockwork.next_time("", None, "UTC", datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("daily", "is not a cron line"),
        ("* * * * * *", "is not a cron line"),
        ("61 * * * *", "is not a cron line"),
        ("0 0 30 2 *", "is not a cron line"),
    ],
)
def test_what_is_no_cron_line_is_refused(cron: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        clockwork.check(cron, "UTC")


@pytest.mark.parametrize("zone", ["Berlin", "", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        clockwork.check("", zone)
