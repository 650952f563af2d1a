"""What the cells of a column hold, and in which format: decided once for the column, from its values.

`06/07/2023` is in June or in July, and `1,500` may be one and a half. Where no other value tells, a person is asked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from hub_app.crm.tabular.dates import date_shape
from hub_app.crm.tabular.numbers import number_shape

Kind = Literal["empty", "email", "phone", "date", "datetime", "number", "money", "percent", "boolean", "text"]
# Longer ones are texts whatever they begin with.
_LONGEST = 100
_MOST_VALUES = 1_000
_MOST = 0.8
_HALF = 0.5
_PHONE_DIGITS = range(7, 16)
_BARE_PHONE_DIGITS = range(10, 14)
_TRUE = ("yes", "true", "y", "x", "on", "checked", "ja", "oui", "sí", "si", "sim", "1", "✓")
_FALSE = ("no", "false", "n", "", "off", "unchecked", "nein", "non", "nee", "nej", "não", "0", "✗")
_DIGITS_ONLY = {"1", "0"}
_FEW = 0.05


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds, with the share of its filled cells that fit.

    `format` is of a date `year_first`, `day_first`, `month_first` or `named_month`, of a number, money and percentage its
    decimal mark, of a boolean its words (`yes/no`). When the values do not tell it, it is "" and a person chooses from
    `choices`.
    """

    kind: Kind
    format: str = ""
    share: float = 1.0
    choices: tuple[str, ...] = ()


def describe(values: Iterable[str]) -> Column:
    """What a column with these values holds."""
    filled = _filled(values)
    if not filled:
        return Column("empty")
    found = (read(filled) for read in (_emails, _booleans, _dates, _phones, _numbers))
    best = max(found, key=lambda column: column.share)
    return best if best.share >= _MOST else Column("text")


def share_of(kind: Literal["email", "phone", "date", "number", "boolean"], values: Iterable[str]) -> float:
    """The share of the filled values that fit a kind; 1 when none is filled."""
    filled = _filled(values)
    return _READERS[kind](filled).share if filled else 1.0


def _filled(values: Iterable[str]) -> list[str]:
    stripped = (value.strip() for value in islice(values, _MOST_VALUES))
    return [text[: _LONGEST + 1] for text in stripped if text]


def _share(filled: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(len(text) <= _LONGEST and fits(text) for text in filled) / len(filled)


def _emails(filled: Sequence[str]) -> Column:
    return Column("email", share=_share(filled, _are_emails))


def _are_emails(text: str) -> bool:
    """One address, or several in one cell."""
    return all(is_email(part.strip()) for part in text.replace(";", ",").split(","))


def is_email(text: str) -> bool:
    """Whether a text looks like an e-mail address."""
    name, at, host = text.partition("@")
    return bool(at and name and "." in host.strip(".")) and not any(
        c.isspace() or c in ",;@" for c in name + host
    )


def _phones(filled: Sequence[str]) -> Column:
    return Column("phone", share=_share(filled, _is_phone))


def _is_phone(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    if date_shape(text):
        return False
    if text.isdigit():
        return digits in _BARE_PHONE_DIGITS or (digits in _PHONE_DIGITS and text.startswith("0"))
    number = text.lower().partition("ext")[0].partition(" x")[0]
    return (
        digits in _PHONE_DIGITS
        and all(c.isdigit() or c in "+()-./ \u00a0" for c in number)
        and "."
        not in {
            text[-3:-2],
            text[:1],
        }
    )


def _booleans(filled: Sequence[str]) -> Column:
    words = {text.lower() for text in filled}
    if words <= _DIGITS_ONLY:
        return Column("boolean", share=0)
    true, false = (next((word for word in known if word in words), known[0]) for known in (_TRUE, _FALSE))
    return Column(
        "boolean", f"{true}/{false}", _share(filled, lambda text: text.lower() in {*_TRUE, *_FALSE})
    )


def _dates(filled: Sequence[str]) -> Column:
    shapes = [shape for text in filled if len(text) <= _LONGEST and (shape := date_shape(text))]
    if not shapes:
        return Column("date", share=0)
    kind: Kind = "datetime" if sum(shape.has_time for shape in shapes) > _HALF * len(shapes) else "date"
    ordered = [set(shape.orders) for shape in shapes if shape.orders & {"day_first", "month_first"}]
    if not ordered:
        years = sum("year_first" in shape.orders for shape in shapes)
        form = "year_first" if years >= _HALF * len(shapes) else "named_month"
        return Column(kind, form, len(shapes) / len(filled))
    days, months = ordered.count({"day_first"}), ordered.count({"month_first"})
    # What cannot be in the order of nearly all others does not fit.
    wrong = min(days, months)
    if days == months or wrong > _FEW * len(ordered):
        return Column(kind, "", len(shapes) / len(filled), ("day_first", "month_first"))
    return Column(kind, "day_first" if days > months else "month_first", (len(shapes) - wrong) / len(filled))


def _numbers(filled: Sequence[str]) -> Column:
    shapes = [shape for text in filled if len(text) <= _LONGEST and (shape := number_shape(text))]
    if not shapes:
        return Column("number", share=0)
    kind: Kind = "number"
    if sum(shape.is_percent for shape in shapes) > _HALF * len(shapes):
        kind = "percent"
    elif any(shape.has_currency for shape in shapes) or sum(s.has_cents for s in shapes) > _HALF * len(
        shapes
    ):
        kind = "money"
    # Amounts have no three decimals: $4,500.
    marks = [{s.if_grouped} if kind == "money" and s.if_grouped else set(s.marks) for s in shapes]
    points, commas = marks.count({"."}), marks.count({","})
    if points != commas:
        fitting = len(shapes) - min(points, commas)
        return Column(kind, "." if points > commas else ",", fitting / len(filled))
    unsure = points or any(shape.if_grouped for shape in shapes)
    return Column(kind, "" if unsure else ".", len(shapes) / len(filled), (".", ",") if unsure else ())


_READERS = {"email": _emails, "phone": _phones, "date": _dates, "number": _numbers, "boolean": _booleans}
