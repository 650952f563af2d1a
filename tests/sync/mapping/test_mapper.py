"""Pages of payloads through a mapping."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.kernel import confined, selection
from hub_app.sync.mapping.mapper import MAX_WARNINGS, Warned
from hub_app.sync.mapping.outwards import terms
from hub_app.sync.merge import MISSING, Base, merge_record, packed, unpacked
from tests.kernel.expressions import ATTACKS
from tests.sync.mapping.samples import FIELDS, JSON, TRANSFORMS, TYPES, mapper, mappings

SOURCES = st.sampled_from(["a", "a.b", "a[0]", "a[-1].b", "name", "emails", "phone", "@"])
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "source": SOURCES,
            "target": st.sampled_from(TYPES),
            "transforms": st.lists(st.sampled_from(TRANSFORMS), max_size=3),
        }
    ),
    max_size=6,
)
PAYLOADS = st.dictionaries(st.sampled_from(["a", "name", "emails", "phone"]), JSON, max_size=4)


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ({"a": {"b": "x"}}, "x"),
        # There and empty, itself or what it is part of.
        ({"a": {"b": None}}, None),
        ({"a": {"b": " "}}, None),
        ({"a": None}, None),
        # Nothing is said of it.
        ({"a": {}}, MISSING),
        ({}, MISSING),
        ({"a": "text"}, MISSING),
    ],
)
def test_what_is_empty_is_not_what_is_missing(payload: dict[str, Any], value: object) -> None:
    [mapped] = mapper({"source": "a.b", "target": "text"}).map([payload])
    assert mapped.values["text"] is value or mapped.values["text"] == value
    assert not mapped.warnings


def test_a_list_that_has_no_such_entry_is_empty_there() -> None:
    made = mapper({"source": "a[1]", "target": "text"})
    assert [one.values["text"] for one in made.map([{"a": ["x"]}, {"a": ["x", "y"]}, {}])] == [
        None,
        "y",
        MISSING,
    ]


def test_what_cannot_be_read_is_missing_with_a_warning() -> None:
    made = mapper({"source": "a", "target": "date"}, {"source": "b", "target": "email"})
    [mapped] = made.map([{"a": "soon " * 50, "b": "nobody"}])
    assert mapped.values == {"date": MISSING, "email": "nobody"}
    assert mapped.warnings == [
        Warned("date", "is no date such as 2026-01-31", ("soon " * 50)[:100] + "…"),
        Warned("email", "is no e-mail address", "nobody", kept=True),
    ]


def test_of_several_sources_the_first_that_is_not_blank_counts() -> None:
    made = mapper(*({"source": one, "target": "date"} for one in "abc"))
    given: list[dict[str, Any]] = [
        {"a": "", "b": "2026-01-01", "c": "2026-02-02"},
        {"b": "2026-01-01"},
        # One that cannot be read is not blank.
        {"a": "soon", "b": "2026-01-01"},
        # Only when all are told to be empty it is empty.
        {"a": "", "b": None, "c": ""},
        {"a": "", "b": None},
    ]
    found = [one.values["date"] for one in made.map(given)]
    assert found == ["2026-01-01", "2026-01-01", MISSING, None, MISSING]


def test_a_record_without_a_required_value_is_refused_with_the_fields_name() -> None:
    made = mapper({"source": "a", "target": "email", "required": True}, {"source": "b", "target": "text"})
    found = made.map([{"a": "x@example.com"}, {"a": "", "b": "B"}, {"b": "B"}])
    assert [one.refused for one in found] == ["", *["Email is required, and has no value."] * 2]
    assert found[1].values["text"] == "B"


@pytest.mark.parametrize(
    ("kind", "transforms", "given", "kept"),
    [
        ("text", [{"name": "title"}], "MARY-JANE o'neil of McDonald", "Mary-Jane O'neil Of McDonald"),
        ("text", [{"name": "lower"}, {"name": "trim"}], " ABC ", "abc"),
        ("phone", [{"name": "phone", "region": "gb"}], "07400 123456", "+447400123456"),
        ("phone", [{"name": "trim"}], "07400 123456", "07400 123456"),
        ("date", [{"name": "date"}], "24 Jun 2023 4:30 PM", "2023-06-24"),
        ("date", [{"name": "date", "day_first": True}], "03/04/2026", "2026-04-03"),
        ("date", [{"name": "date"}], "June 2023", MISSING),
        ("date", [{"name": "date", "formats": ["%d.%m.%y", "%m/%d/%Y"]}], "06/24/2023", "2023-06-24"),
        ("date", [{"name": "date", "time_zone": "America/New_York"}], "2026-01-01T03:00:00Z", "2025-12-31"),
        ("datetime", [{"name": "date", "time_zone": "Europe/London"}], "24 Jun 2023 4:30 PM", "2023-06-24T15:30:00Z"),
        ("datetime", [{"name": "date", "time_zone": "Europe/London"}], "24 Jun 2023", "2023-06-23T23:00:00Z"),
        ("datetime", [{"name": "date"}], "24 Jun 2023 4:30 PM EST", MISSING),
        ("datetime", [{"name": "date"}], "24 Jun 2023 16:30 GMT+3", MISSING),
        ("text", [{"name": "date"}], "24 Jun 2023", "2023-06-24"),
        ("money", [{"name": "number", "scale": 2}], 123456, 1234.56),
        ("money", [{"name": "number", "decimal_mark": ","}], "1.234,50 €", 1234.5),
        ("boolean", [{"name": "boolean", "true_words": ["Booked"], "false_words": ["-"]}], " BOOKED", True),
        ("boolean", [{"name": "boolean", "true_words": ["Booked"]}], "yes", MISSING),
        ("list", [{"name": "split"}], "a, b,,c ", ["a", "b", "c"]),
        ("text", [{"name": "split", "separator": " ", "index": -1}], "Sarah Jane Chen", "Chen"),
        ("text", [{"name": "split", "index": 3}], "a,b", None),
        ("choice", [{"name": "lookup", "table": {"LEAD": "Lead"}}], "lead ", "Lead"),
        ("choice", [{"name": "lookup", "table": {"LEAD": "Lead"}}], "other", MISSING),
        ("choice", [{"name": "lookup", "table": {"LEAD": "Lead"}, "default": "?"}], "other", "?"),
        ("list", [{"name": "split"}, {"name": "lookup", "table": {"a": "A", "b": "B"}}], "b,a", ["B", "A"]),
    ],
)  # fmt: skip
def test_what_transforms_make(
    kind: str, transforms: list[dict[str, Any]], given: JsonValue, kept: object
) -> None:
    [mapped] = mapper({"source": "a", "target": kind, "transforms": transforms}).map([{"a": given}])
    assert mapped.values[kind] == kept
    assert bool(mapped.warnings) == (kept is MISSING or kept == "07400 123456")


def test_a_constant_is_there_for_every_record() -> None:
    made = mapper(
        {"target": "text", "transforms": [{"name": "constant", "value": "Táve"}, {"name": "lower"}]}
    )
    assert [one.values for one in made.map([{}, {"a": 1}])] == [{"text": "táve"}] * 2


def test_a_target_that_is_no_field_any_more_is_left_out() -> None:
    assert mapper({"source": "a", "target": "gone"}).map([{"a": 1}])[0].values == {}


async def test_expressions_of_a_page_are_evaluated_together() -> None:
    made = mapper(
        {"source": "join(' ', [first, last])", "target": "text"},
        {"source": "cf[?id=='9'].value | [0]", "target": "email"},
        {"source": "a", "target": "number"},
    )
    assert not made.inline
    page: list[dict[str, JsonValue]] = [
        {"first": "Sarah", "last": "Chen", "cf": [{"id": "9", "value": "s@x.com"}], "a": 1},
        {"first": "Mike", "last": None, "cf": [{"id": "8", "value": "m@x.com"}], "a": 2},
        {"first": "Ann", "last": "Lee", "a": 3},
    ]
    found = await made.map_all(page, partition="acme")
    assert [one.values for one in found] == [
        {"text": "Sarah Chen", "email": "s@x.com", "number": 1},
        # Its own failure costs a record neither its other fields nor the page.
        {"text": MISSING, "email": MISSING, "number": 2},
        {"text": "Ann Lee", "email": MISSING, "number": 3},
    ]
    assert [len(one.warnings) for one in found] == [0, 1, 0]
    assert "join() takes array-string" in found[1].warnings[0].why


@pytest.mark.parametrize(
    ("expression", "payload", "value"),
    [
        ("c.old || c.older", {"c": {"old": None, "older": "x"}}, "x"),
        ("c.old || c.older", {"c": {"old": None, "older": ""}}, None),
        # One of them is not told of: it may be that which had the value.
        ("c.old || c.older", {"c": {"old": None}}, MISSING),
        ("c.old || c.older", {"c": {}}, MISSING),
        ("c.old || c.older", {}, MISSING),
        # What is made of nothing but missing fields is no value either.
        ("to_string(c.old)", {"c": {}}, MISSING),
        ("c.old == 'x'", {}, MISSING),
        ("join(' ', [a, b])", {"c": 1}, MISSING),
        # A custom field among others in a list, and one that was removed for all.
        ("l[?id=='5'].value | [0]", {"l": [{"id": "5", "value": "x"}]}, "x"),
        ("l[?id=='5'].value | [0]", {"l": [{"id": "6", "value": "y"}]}, MISSING),
        ("l[?id=='5'].value", {"l": []}, MISSING),
        ("l[*].value | [0]", {"l": []}, None),
    ],
)
async def test_an_expression_over_what_is_not_there_says_nothing(
    expression: str, payload: dict[str, JsonValue], value: object
) -> None:
    [found] = await mapper({"source": expression, "target": "text"}).map_all([payload], partition="acme")
    assert found.values["text"] is value or found.values["text"] == value
    assert not found.warnings


async def test_a_payload_that_no_expression_can_be_applied_to_costs_the_others_nothing() -> None:
    deep: JsonValue = 1
    for _ in range(5_000):
        deep = [deep]
    made = mapper({"source": "not_null(a, b)", "target": "number"})
    found = await made.map_all([{"a": 1}, {"a": deep}, {"b": 3}, {"b": 4}], partition="acme")
    assert [one.values["number"] for one in found] == [1, MISSING, 3, 4]


async def test_a_page_that_was_not_begun_is_not_taken_for_read() -> None:
    made = mapper({"source": "not_null(a, b)", "target": "number"})
    heavy = next(one for one in ATTACKS if one.name == "filter in filter")
    waiting = [
        asyncio.create_task(selection.select(heavy.expression, heavy.data, partition="mallory"))
        for _ in range(confined.PER_PARTITION + confined.WAITING_PER_PARTITION)
    ]
    await asyncio.sleep(0)
    with pytest.raises(selection.Busy):
        await made.map_all([{"a": 1}, {"a": 2}], partition="mallory")
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@given(LINES, st.lists(PAYLOADS, max_size=3))
@settings(max_examples=300, deadline=None)
def test_no_mapping_fails_whatever_it_is_given(
    lines: list[dict[str, Any]], payloads: list[dict[str, JsonValue]]
) -> None:
    made = mapper(*lines)
    found = made.map(payloads)
    assert len(found) == len(payloads)
    for one in found:
        assert one.values.keys() == {line["target"] for line in lines}
        assert len(one.warnings) <= MAX_WARNINGS
        # They are logged.
        assert all(len(warned.value) <= 101 and "\x00" not in warned.value for warned in one.warnings)
        "".join(warned.value for warned in one.warnings).encode()


@given(LINES, PAYLOADS, st.sampled_from(["hub_wins", "source_wins", "newest_wins", "manual_review"]))
@settings(max_examples=200, deadline=None)
def test_a_page_that_is_merged_again_changes_nothing(
    lines: list[dict[str, Any]], payload: dict[str, JsonValue], rule: Any
) -> None:
    given = mappings(*lines)
    kept = terms(given, FIELDS, rule=rule, direction="both")
    [first] = mapper(*lines).map([payload])
    ours = {name: one for name, one in first.values.items() if one is not MISSING}
    base = {name: Base(one, one) for name, one in ours.items()}
    for _ in range(2):
        [mapped] = mapper(*lines).map([payload])
        merged = merge_record(kept, base, ours, mapped.values, theirs_newer=lambda _: True)
        assert (merged.changes, merged.push, merged.conflicts) == ({}, [], [])
        base = unpacked(*packed(merged.base))
