"""Which orders of day, month and year a text may be written in."""

import re
from dataclasses import dataclass
from typing import Literal

Order = Literal["year_first", "day_first", "month_first", "named_month"]
_TIME = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
_NUMERIC = re.compile(rf"([0-9]{{1,4}})([./-])([0-9]{{1,2}})\2([0-9]{{2,4}})(?:(?:T|,? )({_TIME}))?")
_CLOCK = re.compile(_TIME)
_WORD = re.compile(r"[^\s,./-]+")
_DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?", re.IGNORECASE)
_MONTHS = tuple("jan feb mar apr may jun jul aug sep oct nov dec".split())  # noqa: SIM905 - twelve words
_LONG_MONTHS = frozenset(
    (
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "sept",
        "october",
        "november",
        "december",
    )
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LAST_DAY, _LAST_MONTH = 31, 12
_YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class DateShape:
    """The orders in which a text is a date, never none, and whether it tells a time too."""

    orders: frozenset[Order]
    has_time: bool


def date_shape(text: str) -> DateShape | None:
    """How a text may be a date; None when it is none."""
    found = _NUMERIC.fullmatch(text)
    if found is None:
        return _with_named_month(text)
    first, separator, second, third, time = found.groups()
    orders: set[Order] = set()
    if len(first) == _YEAR_DIGITS:
        if _is_month(second) and _is_day(third):
            orders.add("year_first")
    elif len(first) <= len("31") and len(third) in {2, _YEAR_DIGITS}:
        if _is_day(first) and _is_month(second):
            orders.add("day_first")
        # Nobody writes 06.24.2023.
        if _is_month(first) and _is_day(second) and separator != ".":
            orders.add("month_first")
        if orders == {"day_first", "month_first"} and int(first) == int(second):
            # Both say the same.
            orders = {"named_month"}
    return DateShape(frozenset(orders), bool(time)) if orders else None


def _is_day(digits: str) -> bool:
    return len(digits) <= len("31") and 1 <= int(digits) <= _LAST_DAY


def _is_month(digits: str) -> bool:
    return 1 <= int(digits) <= _LAST_MONTH


def _with_named_month(text: str) -> DateShape | None:
    """`24 Jun 2023 4:30 PM`, `Saturday, June 24th, 2023`."""
    clock = _CLOCK.search(text)
    date = f"{text[: clock.start()]} {text[clock.end() :]}" if clock else text
    days = months = years = 0
    for word in _WORD.findall(date):
        lower = word.lower()
        if lower in _MONTHS or lower in _LONG_MONTHS:
            months += 1
        elif (day := _DAY.fullmatch(word)) and _is_day(day[1]):
            days += 1
        elif len(word) == _YEAR_DIGITS and word.isdecimal():
            years += 1
        elif lower not in {"at", "of", "the"} and not (lower.startswith(_WEEKDAYS) and lower.isalpha()):
            return None
    return DateShape(frozenset({"named_month"}), bool(clock)) if (days, months, years) == (1, 1, 1) else None
