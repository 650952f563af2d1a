"""JMESPath: what it selects, and its bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.connectors import selection
from hub_app.connectors.selection import Unselectable

JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=3), parts, max_size=4),
)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("", {"items": [{"id": 1, "on": True}, {"id": 2, "on": False}]}),
        ("items[].id", [1, 2]),
        ("items[?on].id | [0]", 1),
        ("items[0].{key: id}", {"key": 1}),
        ("nothing.here", None),
        ("length(items)", 2),
    ],
)
def test_it_selects(expression: str, found: JsonValue) -> None:
    value: JsonValue = {"items": [{"id": 1, "on": True}, {"id": 2, "on": False}]}
    assert selection.select(expression, value) == found


@given(st.text(max_size=30), JSON)
def test_any_text_is_an_expression_or_refused(expression: str, value: JsonValue) -> None:
    try:
        selection.compiled(expression)
    except Unselectable as error:
        assert str(error).startswith("is not a JMESPath expression: ")  # noqa: PT017 - either may be
        return
    try:
        selection.select(expression, value)
    except Unselectable as error:
        assert str(error).startswith(("does not fit the answer: ", "selects more than "))  # noqa: PT017 - as above


@pytest.mark.parametrize("expression", ["[", "a b", "a.[b", "unknown(@)", "@" * 5000, "(" * 5000])
def test_what_is_none_is_refused_in_a_line(expression: str) -> None:
    with pytest.raises(Unselectable) as refused:
        selection.select(expression, {"a": 1})
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


def test_an_expression_that_multiplies_the_answer_is_refused() -> None:
    doubled = " | ".join(["[@, @]"] * 25)
    with pytest.raises(Unselectable, match="selects more than 500,000 values"):
        selection.select(doubled, [1, 2, 3])


@pytest.mark.parametrize(
    "expression",
    [
        " | ".join(["[@, @][]"] * 60),
        "to_string(@) | " + " | ".join(["join('', [@, @])"] * 30),
        " | ".join(["[@, @]"] * 60) + " | length(to_string(@))",
        " | ".join(["{a: @, b: @}"] * 38) + " | length(to_string(@))",
    ],
    ids=["lists", "texts", "written out", "objects"],
)
def test_an_expression_is_refused_while_it_multiplies_and_not_after(expression: str) -> None:
    with pytest.raises(Unselectable, match="selects more than 500,000 values"):
        selection.select(expression, [1, 2, 3])


@pytest.mark.parametrize("expression", ["ceil(to_number('1e999'))", "not_null(&a)", "to_array(&a)"])
def test_what_is_no_value_is_refused(expression: str) -> None:
    with pytest.raises(Unselectable, match="does not fit the answer"):
        selection.select(expression, {"a": 1})
