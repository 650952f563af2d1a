"""The way back: what is written comes in again as what the hub has, or is not written."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.sync.mapping.mapper import Warned
from hub_app.sync.mapping.numbers import Unreadable
from hub_app.sync.mapping.outwards import outwards, terms, writable
from hub_app.sync.mapping.paths import Unwritable, path_of, put
from hub_app.sync.mapping.values import read_as
from hub_app.sync.merge import MISSING, Terms
from tests.sync.mapping.samples import FIELDS, JSON, TRANSFORMS, TYPES, mapper, mappings

CLEAN: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(max_size=20), "multiline": st.text(max_size=20), "choice": st.sampled_from(["A", "B", "Booked"]),
    "email": st.emails(), "phone": st.sampled_from(["+447400123456", "+14155552671"]),
    "date": st.dates().map(str), "datetime": st.datetimes().map(lambda when: f"{when.isoformat()}Z"),
    "number": st.integers(-(10**14), 10**14) | st.floats(-1e9, 1e9).map(lambda value: round(value, 4)), "money": st.integers(-(10**9), 10**9).map(lambda cents: cents / 100),
    "boolean": st.booleans(), "list": st.lists(st.text(max_size=8), max_size=4), "reference": st.text(max_size=20),
}  # fmt: skip


def field_mapping(kind: str, *transforms: dict[str, Any], source: str = "a", **more: Any) -> dict[str, Any]:
    return {"source": source, "target": kind, "transforms": list(transforms), **more}


@pytest.mark.parametrize(
    ("kind", "transforms", "value", "before", "written"),
    [
        ("text", [], "x", "y", "x"),
        ("text", [], None, "y", ""),
        ("text", [], None, 5, None),
        ("text", [{"name": "lower"}], "Sarah", "", "sarah"),
        ("date", [{"name": "date", "formats": ["%d/%m/%Y", "%m.%d.%Y"]}], "2026-01-31", None, "31/01/2026"),
        ("date", [{"name": "date", "formats": ["%d/%m/%Y", "%m.%d.%Y"]}], "2026-01-31", "12.24.2025", "01.31.2026"),
        ("datetime", [{"name": "date", "formats": ["%d.%m.%Y %H:%M"], "time_zone": "Europe/London"}], "2026-06-30T23:30:00Z", None,
         "01.07.2026 00:30"),
        ("money", [{"name": "number", "scale": 2}], 1234.56, 100, 123456),
        ("money", [{"name": "number", "decimal_mark": ","}], 1234.5, "1.000,00 €", "1234,5"),
        ("number", [], 12.5, "11", "12.5"),
        ("boolean", [{"name": "boolean", "true_words": ["Booked", "yes"], "false_words": ["Lost"]}], True, "Lost", "Booked"),
        ("boolean", [], True, "no", "true"),
        ("boolean", [], True, 0, 1),
        ("choice", [{"name": "lookup", "table": {"lead": "Lead", "won": "Booked"}}], "Booked", "lead", "won"),
        ("list", [{"name": "split", "separator": "; "}], ["a", "b"], "c", "a; b"),
    ],
)  # fmt: skip
def test_what_is_written_for_a_value(
    kind: str, transforms: list[dict[str, Any]], value: JsonValue, before: JsonValue, written: JsonValue
) -> None:
    found = outwards(mapper(field_mapping(kind, *transforms)), {kind: value}, {"a": before})
    assert found.values == {"a": written}
    assert type(found.values["a"]) is type(written)
    assert not found.warnings


@pytest.mark.parametrize(
    ("kind", "transforms", "value", "why"),
    [
        ("money", [{"name": "number", "scale": 2}], 1.005, "is no whole number of the source's units"),
        ("list", [{"name": "split"}], ["a,b"], "would come back as another value"),
        ("choice", [{"name": "lookup", "table": {"lead": "Lead"}}], "Other", "is not in the table"),
        ("boolean", [{"name": "boolean", "true_words": ["x"]}], False, "has no word in the source"),
        ("date", [{"name": "date", "formats": ["%d.%m.%y"]}], "1950-01-31", "would come back as another value"),
        # An hour that the clock has twice.
        ("datetime", [{"name": "date", "formats": ["%d.%m.%Y %H:%M"], "time_zone": "Europe/London"}], "2026-10-25T01:30:00Z",
         "would come back as another value"),
        ("text", [{"name": "split", "index": 0}], "x", "is one part of a text"),
    ],
)  # fmt: skip
def test_a_value_that_would_not_come_back_is_not_written(
    kind: str, transforms: list[dict[str, Any]], value: JsonValue, why: str
) -> None:
    found = outwards(mapper(field_mapping(kind, *transforms)), {kind: value}, {})
    assert not found.values
    [warned] = found.warnings
    assert (warned.target, warned.why) == (kind, why)


@pytest.mark.parametrize(
    ("kind", "transforms", "before"),
    [
        ("multiline", [], "<p>Dear <b>all</b></p>"),
        ("text", [], "x" * 1_500),
        ("number", [], "12.50"),
        ("date", [{"name": "date"}], "Jan 31, 2026"),
        ("text", [{"name": "lower"}], "SARAH"),
        ("text", [], None),
    ],
)
def test_what_the_source_has_already_stays_as_it_is(
    kind: str, transforms: list[dict[str, Any]], before: JsonValue
) -> None:
    made = mapper(field_mapping(kind, *transforms))
    [mapped] = made.map([{"a": before}])
    assert outwards(made, mapped.values, {"a": before}).values == {"a": before}


@pytest.mark.parametrize(
    ("kind", "transforms", "before", "value"),
    [
        ("text", [], "x" * 1_500, "y"),
        ("list", [{"name": "split"}], ",".join(map(str, range(150))), ["y"]),
        ("reference", [], ["7", "8"], "9"),
    ],
)
def test_nothing_is_written_over_what_is_kept_in_part(
    kind: str, transforms: list[dict[str, Any]], before: JsonValue, value: JsonValue
) -> None:
    found = outwards(mapper(field_mapping(kind, *transforms)), {kind: value}, {"a": before})
    assert not found.values
    assert found.warnings[0].why == "is only in part kept here: the rest would be lost"


def test_which_fields_can_be_written_and_why_not() -> None:
    given = mappings(
        {"target": "text", "transforms": [{"name": "constant", "value": 1}]},
        field_mapping("email", source="emails[?main].address | [0]"),
        field_mapping("phone", source='"Mobile Phone"[0]'),
        field_mapping("date", direction="in"),
        field_mapping("people"),
        field_mapping("choice", {"name": "lookup", "table": {"a": "x", "b": "x"}}),
        # Of several sources one is enough.
        field_mapping("number", source="sum(a)"),
        field_mapping("number", source="b"),
    )
    assert writable(given, FIELDS) == {
        "text": "is a constant",
        "email": "comes from an expression, not from a path of names and indices",
        "phone": "",
        "date": "is mapped inwards only",
        "people": "holds people, of whom the source has more than is kept here",
        "choice": "is looked up in a table that has the same for several words",
        "number": "",
    }


def test_a_field_goes_no_way_that_its_connection_or_its_mapping_does_not_go() -> None:
    given = mappings(
        field_mapping("text", blanks="keep"),
        field_mapping("email", direction="in"),
        field_mapping("phone", direction="out"),
        field_mapping("date", source="a || b"),
    )
    both = terms(given, FIELDS, rule="hub_wins", direction="both")
    assert both["text"] == Terms("hub_wins", "both", "keep")
    assert {name: one.direction for name, one in both.items()} == {
        "text": "both", "email": "in", "phone": "out", "date": "in",
    }  # fmt: skip
    inwards = terms(given, FIELDS, rule="hub_wins", direction="in")
    assert {name: one.direction for name, one in inwards.items()} == dict.fromkeys(
        ["text", "email", "date"], "in"
    )
    out = terms(given, FIELDS, rule="hub_wins", direction="out")
    assert {name: one.direction for name, one in out.items()} == dict.fromkeys(["text", "phone"], "out")


def test_of_several_sources_the_one_that_it_was_read_from_is_written() -> None:
    made = mapper(*(field_mapping("text", source=one) for one in ("a", "b")))
    assert outwards(made, {"text": "x"}, {"a": "", "b": "y"}).values == {"b": "x"}
    assert outwards(made, {"text": "x"}, {"a": "z", "b": "y"}).values == {"a": "x"}
    assert outwards(made, {"text": "x"}, {}).values == {"a": "x"}


def test_two_fields_do_not_overwrite_each_other_in_the_source() -> None:
    made = mapper(field_mapping("text"), field_mapping("choice"))
    found = outwards(made, {"text": "x", "choice": "y"}, {})
    assert found.values == {"a": "x"}
    assert found.warnings == [Warned("choice", "is written to the same place as another field", "y")]
    assert outwards(made, {"text": "x", "choice": "x"}, {}).values == {"a": "x"}


@given(
    st.sampled_from([one for one in TYPES if one != "people"]),
    st.lists(st.sampled_from(TRANSFORMS), max_size=3),
    st.data(),
    JSON,
)
@settings(max_examples=400, deadline=None)
def test_what_was_written_comes_in_as_the_same_value(
    kind: Any, transforms: list[dict[str, Any]], data: st.DataObject, before: JsonValue
) -> None:
    made = mapper(field_mapping(kind, *transforms))
    value = read_as(kind, data.draw(st.none() | CLEAN[kind]), [])
    try:
        found = outwards(made, {kind: value}, {"a": before})
    except Unreadable:
        pytest.fail("is said as a warning")
    assume(found.values)
    [again] = made.map([put({"a": before}, "a", found.values["a"])])
    got = again.values[kind]
    cased = any(one["name"] in {"lower", "title"} for one in transforms)
    assert str(got).casefold() == str(value).casefold() if cased else got == value


@given(st.sampled_from(sorted(CLEAN)), st.data())
@settings(max_examples=300, deadline=None)
def test_a_plain_field_takes_every_value_of_its_type(kind: Any, data: st.DataObject) -> None:
    value = read_as(kind, data.draw(st.none() | CLEAN[kind]), [])
    made = mapper(field_mapping(kind, source="a.b"))
    found = outwards(made, {kind: value}, {})
    assert not found.warnings
    payload = put({}, "a.b", found.values["a.b"])
    assert made.map([payload])[0].values == {kind: value}


@pytest.mark.parametrize(
    ("payload", "path", "made"),
    [
        ({}, "a", {"a": 1}),
        ({"a": {"b": 2, "c": 3}}, "a.b", {"a": {"b": 1, "c": 3}}),
        ({"a": None}, "a.b[0]", {"a": {"b": [1]}}),
        ({"a": [{"b": 2}, 3]}, "a[0].b", {"a": [{"b": 1}, 3]}),
        ({"a": [2, 3]}, "a[-1]", {"a": [2, 1]}),
        ({"a": [2]}, "a[1]", {"a": [2, 1]}),
        ({}, '"First Name"', {"First Name": 1}),
    ],
)
def test_a_value_is_put_where_a_path_says(payload: dict[str, Any], path: str, made: object) -> None:
    before = repr(payload)
    assert put(payload, path, 1) == made
    assert repr(payload) == before


@pytest.mark.parametrize(
    ("payload", "path"),
    [({"a": "x"}, "a.b"), ({"a": []}, "a[2]"), ({"a": []}, "a[-1]"), ({}, "@"), ({}, "a | b")],
)
def test_what_a_path_does_not_lead_to_is_not_made(payload: dict[str, Any], path: str) -> None:
    with pytest.raises(Unwritable):
        put(payload, path, 1)


@given(st.lists(st.text("aZ_09 .-[]@ü'\t", min_size=1, max_size=5), min_size=1, max_size=3))
def test_the_path_of_any_names_leads_to_what_they_name(names: list[str]) -> None:
    path = path_of(names)
    assume("\\" not in path)
    [found] = mapper({"source": path, "target": "number"}).map([put({}, path, 7)])
    assert found.values == {"number": 7}


def test_a_missing_value_is_not_written() -> None:
    assert outwards(mapper(field_mapping("text")), {"text": MISSING, "gone": "x"}, {}).values == {}
