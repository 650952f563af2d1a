"""A payload is recognized when it comes again."""

import json

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.sync.mapping.hashes import SIZE, payload_hash
from tests.sync.mapping.samples import JSON

PAYLOADS = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


def reordered(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(one) for one in value] if isinstance(value, list) else value


@given(PAYLOADS)
@settings(max_examples=300, deadline=None)
def test_the_order_of_names_does_not_count(payload: dict[str, JsonValue]) -> None:
    found = payload_hash(payload)
    assert len(found) == SIZE
    other = reordered(payload)
    assert isinstance(other, dict)
    assert payload_hash(other) == found


@given(PAYLOADS, PAYLOADS)
@settings(max_examples=300, deadline=None)
def test_other_payloads_have_other_hashes(one: dict[str, JsonValue], other: dict[str, JsonValue]) -> None:
    # What JSON has no word for is null.
    assume("NaN" not in (text := json.dumps([one, other])) and "Infinity" not in text)
    assume(json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True))
    assert payload_hash(one) != payload_hash(other)


def test_what_is_volatile_does_not_count_and_the_payload_stays() -> None:
    payload: dict[str, JsonValue] = {
        "id": 1,
        "viewed": 2,
        "meta": {"seen": 3, "by": "x"},
        "list": [{"seen": 4}],
    }
    volatile = ["viewed", "meta.seen", "missing.path", "list[0].seen", "length(@)"]
    same = payload_hash({**payload, "viewed": 9, "meta": {"by": "x"}}, volatile)
    assert payload_hash(payload, volatile) == same
    assert payload_hash({**payload, "meta": {"seen": 3, "by": "y"}}, volatile) != same
    assert payload["viewed"] == 2


def nested(value: JsonValue) -> dict[str, JsonValue]:
    for _ in range(100_000):
        value = [value]
    return {"b": 2**70, "a": value}


def test_payloads_that_are_nested_without_end_have_a_hash_too() -> None:
    assert payload_hash(nested(1)) == payload_hash(dict(reversed(nested(1).items())))
    assert payload_hash(nested(1)) != payload_hash(nested(True))
    assert payload_hash(nested([["x", "y"]])) != payload_hash(nested([["x"], "y"]))
