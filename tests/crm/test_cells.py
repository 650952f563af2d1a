"""What a column holds, decided once from its values."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.crm.tabular.cells import Column, describe

DAY_OR_MONTH, POINT_OR_COMMA = ("day_first", "month_first"), (".", ",")


@pytest.mark.parametrize(
    ("values", "kind", "form"),
    [
        (["(4,500.00)", "1,200.00", "0.00"], "money", "."),
        (["$1,234.50", "$5"], "money", "."),
        (["1.234,50 €", "12,00 €"], "money", ","),
        (["4.500,-", "€ 12,-"], "money", ","),
        (["1\u00a0234,50", "12\u202f000,00"], "money", ","),
        (["CHF 1'200.00", "CHF 80.50"], "money", "."),
        (["£4,500", "£12,000"], "money", "."),
        (["R$ 1.500,00", "A$100.00", "R$ 2,00"], "text", ""),
        (["1.500 €", "200 €"], "money", ","),
        (["₹ 1,00,000", "₹ 12,34,567.50"], "money", "."),
        (["15", "20"], "number", "."),
        (["1.5", "2.25", "1,000"], "number", "."),
        (["1,5", "2,75"], "number", ","),
        (["1", "0"], "number", "."),
        (["20%", "15.5 %"], "percent", "."),
        (["24 Jun 2023 4:30 PM", "1 July 2023 11:00 AM"], "datetime", "named_month"),
        (["Saturday, June 24th, 2023", "2 Jul 2023"], "date", "named_month"),
        (["06/24/2023", "01/02/2023"], "date", "month_first"),
        (["24/06/2023", "1/2/23"], "date", "day_first"),
        (["24.06.2023", "06.07.2023"], "date", "day_first"),
        (["2023-06-24", "2023/01/02"], "date", "year_first"),
        (["2023-06-24T10:00:00Z", "2023-06-24 10:00"], "datetime", "year_first"),
        (["3/3/2023", "2/2/2022"], "date", "named_month"),
        (["06/24/2023"] * 99 + ["24/06/2023"], "date", "month_first"),
        (["Yes", "No", "yes", ""], "boolean", "yes/no"),
        (["TRUE", "FALSE"], "boolean", "true/false"),
        (["ja", "nein"], "boolean", "ja/nein"),
        (["+44 20 7946 0958", "020 7946 0958"], "phone", ""),
        (["(555) 123-4567", "555.123.4567", "555-123-4567 x12"], "phone", ""),
        (["5551234567"], "phone", ""),
        (["a@b.com", "C.D+e@f.co.uk", "a@b.com; c@d.org"], "email", ""),
        (["0800", "7000", "1015 CN"], "text", ""),
        (["Bob", "Al", "24 Jun 2023"], "text", ""),
        (["31/02/x", "1.2.3.4", "July 2023", "10:30"], "text", ""),
        (["12/31", "00/00/0000"], "text", ""),
        (["1,2,3,4", "(", "()", "$", "%", "-"], "text", ""),
        (["", "  "], "empty", ""),
    ],
)
def test_kinds_and_formats(values: list[str], kind: str, form: str) -> None:
    column = describe(values)
    assert (column.kind, column.format, column.choices) == (kind, form, ())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["06/07/2023", "01/02/2023"], Column("date", choices=DAY_OR_MONTH)),
        (["06/07/2023 10:00", "01/02/2023 11:30 am"], Column("datetime", choices=DAY_OR_MONTH)),
        # Two programs wrote this column.
        (["24/06/2023", "06/25/2023", "06/07/2023"], Column("date", choices=DAY_OR_MONTH)),
        (["1,500", "2,000"], Column("number", choices=POINT_OR_COMMA)),
        (["1,50", "2.50"], Column("money", choices=POINT_OR_COMMA)),
    ],
)
def test_what_the_values_do_not_tell_is_asked(values: list[str], expected: Column) -> None:
    assert describe(values) == expected


def test_the_share_that_fits() -> None:
    assert describe(["2023-01-02"] * 9 + ["soon"]) == Column("date", "year_first", 0.9)
    assert describe(["1.50"] * 9 + ["n/a"]) == Column("money", ".", 0.9)


dates = st.dates(date(1950, 1, 1), date(2049, 12, 31))


@given(
    st.lists(dates, min_size=1), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d-%m-%y", "%d %b %Y"])
)
def test_a_format_is_never_told_wrongly(days: list[date], form: str) -> None:
    column = describe([day.strftime(form) for day in days])
    right = {"%d": "day_first", "%m": "month_first", "%Y": "year_first", "%d %b %Y": "named_month"}
    assert column.kind == "date"
    if column.format in DAY_OR_MONTH:
        assert column.format == right[form[:2]]
    elif column.choices:
        assert all(day.day <= 12 for day in days)
    else:
        assert column.format == right.get(form, right.get(form[:2])) or all(
            day.day == day.month for day in days
        )


@given(st.lists(st.decimals(0, 10**9, places=2), min_size=1), st.sampled_from(".,"))
def test_a_decimal_mark_is_never_told_wrongly(amounts: list[object], mark: str) -> None:
    texts = [f"{amount:,}" for amount in amounts]
    if mark == ",":
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    assert describe(texts) == Column("money", mark)


@given(st.lists(st.text(max_size=120)))
def test_any_values(values: list[str]) -> None:
    assert 0 <= describe(values).share <= 1


@pytest.mark.parametrize(
    "cell", ["1" * 10_000, "1," * 10_000, "a@" * 10_000, "1/" * 10_000, "Jun " * 10_000, " " * 10_000]
)
def test_long_cells_are_texts(cell: str) -> None:
    assert describe([f"x{cell}x"] * 1_000).kind == "text"
