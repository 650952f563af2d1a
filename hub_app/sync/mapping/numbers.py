"""Numbers as sources write them. A field keeps them as JSON numbers of at most fifteen digits: a float holds no more."""

import math
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Literal

DIGITS = 15
_MOST, _LEAST = 10**DIGITS, 10.0**-DIGITS
_LONGEST = 60
_SPACES = "'\u2019 \u00a0\u202f"
_CURRENCY = re.compile(r"[A-Z]{0,3}|kr\.?|z\u0142|Fr\.?|K\u010d|Ft|lei|%")
_GROUPED = {
    mark: re.compile(
        rf"([0-9]+|[0-9]{{1,3}}([{other}{_SPACES}])[0-9]{{2,3}}(?:\2[0-9]{{2,3}})*+)(?:[{mark}]([0-9]*))?"
    )
    for mark, other in ((".", ","), (",", "."))
}
_FRACTION = {mark: re.compile(rf"[{mark}]([0-9]+)") for mark in ".,"}
_GROUP = 3


class Unreadable(ValueError):
    """A value that a field cannot hold; the message says why, to follow the name of the field."""


def decimal_of(value: float | str, mark: Literal[".", ","] = ".") -> Decimal:
    """The number itself, or the one that a text such as `(4,500.00)` or `€ 4.500,-` stands for. Raises Unreadable."""
    if isinstance(value, str):
        return _read(value, mark)
    return Decimal(str(plain(value)))


def plain(value: float) -> int | float:
    """A JSON number as a field keeps it. Raises Unreadable."""
    if isinstance(value, int):
        if -_MOST < value < _MOST:
            return value
    elif math.isfinite(value):
        made = float(f"{value:.{DIGITS}g}")
        if made.is_integer() and abs(made) < _MOST:
            return int(made)
        if _LEAST <= abs(made) < _MOST:
            return made
    else:
        raise Unreadable("is no finite number")
    raise Unreadable(f"has more than {DIGITS} digits")


def number_of(value: Decimal) -> int | float:
    """The number as a field keeps it. Raises Unreadable for one of too many digits."""
    digits = value.normalize().as_tuple().digits
    if len(digits) > DIGITS or abs(value) >= _MOST or (value and abs(value) < _LEAST):
        raise Unreadable(f"has more than {DIGITS} digits")
    return int(value) if value == value.to_integral_value() else float(value)


def text_of(value: float) -> str:
    """The number in digits, without an exponent."""
    return f"{decimal_of(value):f}"


def _read(text: str, mark: Literal[".", ","]) -> Decimal:
    given = text.strip()
    if len(given) > _LONGEST:
        raise Unreadable("is no number")
    negative = given.startswith("(") and given.endswith(")")
    bare, minus = _without_currency(given[1:-1] if negative else given)
    found = _GROUPED[mark].fullmatch(bare)
    fraction = _FRACTION[mark].fullmatch(bare)
    if found and _is_grouped(found.group(1), found.group(2)):
        whole = "".join(one for one in found.group(1) if one.isdigit())
        made = f"{whole}.{found.group(3) or 0}"
    elif fraction:
        made = f"0.{fraction.group(1)}"
    else:
        raise Unreadable(f"is no number with {mark!r} as its decimal mark")
    try:
        number = Decimal(made)
    except InvalidOperation:
        raise Unreadable("is no number") from None
    return -number if negative or minus else number


def _is_grouped(whole: str, separator: str | None) -> bool:
    """Groups of three, or as in India of two with three at the end: 1,00,000."""
    return separator is None or len(whole.rpartition(separator)[2]) == _GROUP


def _without_currency(text: str) -> tuple[str, bool]:
    """The digits with their marks, and whether there is a minus before or after the currency."""
    numbers = [at for at, one in enumerate(text) if one in "0123456789"]
    if not numbers:
        raise Unreadable("is no number")
    begin, end = numbers[0], numbers[-1] + 1
    if text[begin - 1 : begin] in {".", ","} and begin:
        begin -= 1
    before, after = text[:begin], text[end:]
    # € 4.500,- and 4500.
    after = after.removeprefix(".-").removeprefix(",-").removeprefix(".").removeprefix(",")
    signs = [one for one in before if one in "+-\u2212"]
    words = ["".join(one for one in part if not _is_decoration(one)) for part in (before, after)]
    if len(signs) > 1 or not all(_CURRENCY.fullmatch(one) for one in words):
        raise Unreadable("is no number")
    return text[begin:end], bool(signs) and signs[0] != "+"


def _is_decoration(character: str) -> bool:
    return character in "+-\u2212" or character.isspace() or unicodedata.category(character) == "Sc"
