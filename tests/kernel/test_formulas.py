"""No cell of a file runs on the computer of whoever opens it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.kernel.formulas import defused, restored


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "  =1",
        "\t=1",
        "\rx",
        "\n =1",
        "\u00a0=1",
        "\u200b=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A",
        "-A1",
        "+1-555-0100",
        "'=1",
        "''=1",
    ],
)
def test_formulas_begin_with_an_apostrophe(text: str) -> None:
    assert (defused(text), restored(f"'{text}")) == (f"'{text}", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a=b",
        "+44 20 7946 0958",
        "+44 (0)20 7946.0958",
        "-4,500.00",
        "(4,500.00)",
        "-",
        "-5 %",
        "'tis",
        "a@b.com",
        "O'Neill",
    ],
)
def test_what_calculates_nothing_stays(text: str) -> None:
    assert (defused(text), restored(text)) == (text, text)


@given(st.text(max_size=20) | st.text("'=+-@ \t\r\n\0\u00a01.,a", max_size=8))
def test_every_text_comes_back(text: str) -> None:
    assert restored(defused(text)) == text
    assert defused(text).strip("\0\u200b\ufeff \n\r\t")[:1] not in {"=", "@"}
