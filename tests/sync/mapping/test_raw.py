"""What was read is kept as it was, as far as databases take it."""

import orjson
import pytest
from pydantic import JsonValue

from hub_app.sync.mapping.raw import storable


def nested(depth: int) -> JsonValue:
    value: JsonValue = "inside"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, True, "ö\\u0000"]},
        ["plain"],
        None,
        nested(90),
    ],
)
def test_what_can_be_kept_is_kept_as_it_is(value: JsonValue) -> None:
    assert storable(value) == value


@pytest.mark.parametrize(
    "value",
    [
        {"a\x00": "b\x00c"},
        ["\ud83d cut"],
        {"\udc00": 1},
        2**70,
        -(2**70),
        [float("inf"), float("nan")],
        nested(5000),
    ],
    ids=["nul", "half", "half in a name", "long", "long below zero", "no number", "deep"],
)
def test_the_rest_is_made_such_that_both_databases_take_it(value: JsonValue) -> None:
    kept = orjson.dumps(storable(value))
    assert rb"\u0000" not in kept
    assert b"null" not in kept
    assert storable(storable(value)) == storable(value)
