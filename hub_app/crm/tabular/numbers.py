"""Which decimal marks a text may be a number with."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Mark = Literal[".", ","]
_DIGITS = re.compile(r"[0-9][0-9.,'\u2019 \u00a0\u202f]*+")
_CURRENCIES = frozenset(
    {
        *(
            "USD",
            "EUR",
            "GBP",
            "AUD",
            "CAD",
            "NZD",
            "CHF",
            "SEK",
            "NOK",
            "DKK",
            "PLN",
            "CZK",
            "ZAR",
            "INR",
            "JPY",
        ),
        *("kr", "zł", "Kč", "Fr", "R$", "R", "Rs"),
    }
)
_OTHER: dict[str, Mark] = {".": ",", ",": "."}
_GROUP = 3
_CENTS = 2
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class NumberShape:
    """The decimal marks with which a text is a number, never none. Where it may be either, because it has a single point or
    comma with three digits behind it, `if_grouped` is the decimal mark if that separates thousands.
    """

    marks: frozenset[Mark]
    if_grouped: Mark | None = None
    has_currency: bool = False
    has_cents: bool = False
    is_percent: bool = False


def number_shape(text: str) -> NumberShape | None:
    """How a text such as `$1,234.50`, `(4,500.00)`, `1.234,50 €` or `20 %` may be a number; None when it is none."""
    inner = text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
    found = _DIGITS.search(inner)
    if found is None:
        return None
    before, after = inner[: found.start()].strip(), inner[found.end() :].strip()
    digits = found[0].rstrip()
    if digits.endswith((",", ".")) and after in {"-", "\u2013", "\u2014"}:
        # 4.500,-
        digits, after = f"{digits}00", ""
    is_percent = after == "%" or before == "%"
    before, after = before.strip("+-\u2212%").strip(), after.strip("%").strip()
    has_currency = _is_currency(before) + _is_currency(after)
    if has_currency != bool(before) + bool(after) or has_currency > 1:
        return None
    marks = _marks(digits)
    if not marks or sum(map(str.isdigit, digits)) > _MOST_DIGITS:
        return None
    last = max(digits.rfind("."), digits.rfind(","))
    cents = last >= 0 and len(digits) - last - 1 == _CENTS
    if_grouped = None if last < 0 or len(marks) == 1 else _OTHER[digits[last]]
    return NumberShape(marks, if_grouped, bool(has_currency), cents, is_percent)


def _is_currency(text: str) -> bool:
    bare = text.strip("-\u2212. ")
    sign = bare.lstrip("AUSCNZ")
    return bare in _CURRENCIES or (bool(sign) and all(unicodedata.category(c) == "Sc" for c in sign))


def _marks(digits: str) -> frozenset[Mark]:
    """The decimal marks that make sense of points and commas: groups have three digits."""
    marks: set[Mark] = set()
    if _is_number(digits, ".", ","):
        marks.add(".")
    if _is_number(digits, ",", "."):
        marks.add(",")
    return frozenset(marks)


def _is_number(digits: str, decimal: str, group: str) -> bool:
    whole, _, fraction = digits.partition(decimal)
    if fraction and not fraction.isdecimal():
        return False
    for space in "'\u2019 \u00a0\u202f":
        whole = whole.replace(space, group)
    first, *groups = whole.split(group)
    if len(first) > 1 and first.startswith("0"):
        # A postcode, or the number of something.
        return False
    if not groups:
        return first.isdecimal()
    if len(first) > _GROUP or first == "0" or len(groups[-1]) != _GROUP:
        return False
    # In India all groups but the last have two digits: 1,00,000.
    return all(map(str.isdecimal, (first, *groups))) and {len(each) for each in groups} <= {2, _GROUP}
