"""Which fields a source has, and where they may belong."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.kernel import selection
from hub_app.sync.mapping.discovery import MAX_EXAMPLE, MAX_EXAMPLES, MAX_FIELDS, _Walk, discover, label_of
from hub_app.sync.mapping.fields import Field
from hub_app.sync.mapping.suggestions import suggest
from hub_app.sync.provider.source import SourceField
from tests.sync.mapping.samples import JSON, mapper, mappings

NAMES = st.text(max_size=6) | st.sampled_from(["First Name", "a", "b", "x" * 100, 'say "hi"'])
PAYLOADS = st.dictionaries(
    NAMES, st.recursive(JSON, lambda one: st.dictionaries(NAMES, one, max_size=3)), max_size=6
)
CONTACTS: list[dict[str, Any]] = [
    {
        "firstName": "Sarah", "email": "sarah@example.com", "cellPhone": "07400 123456", "vip": True, "total": 1250,
        "created": "2026-01-31T12:00:00Z", "Event Date": "2026-06-20", "notes": "Two\nlines", "tags": ["a", "b"],
        "address": {"city": "Leeds", "geo": {"lat": 1.5}}, "people": [{"name": "Mike", "role": "groom"}], "custom": {"cf1": "Oak Barn"},
    },
    {"firstName": "Ann", "email": "", "cellPhone": None, "notes": "One line", "created": "2026-02-01", "custom": {"cf1": "Hall"}},
]  # fmt: skip


def test_what_is_seen_has_a_type_a_share_and_examples() -> None:
    found = discover(CONTACTS)
    assert not found.more
    assert {one.path: (one.label, one.type, one.share) for one in found.fields} == {
        "firstName": ("First Name", "text", 1.0),
        "email": ("Email", "email", 0.5),
        "cellPhone": ("Cell Phone", "phone", 0.5),
        "vip": ("Vip", "boolean", 0.5),
        "total": ("Total", "number", 0.5),
        "created": ("Created", "datetime", 1.0),
        '"Event Date"': ("Event Date", "date", 0.5),
        "notes": ("Notes", "multiline", 1.0),
        "tags": ("Tags", "list", 0.5),
        "address.city": ("City", "text", 0.5),
        "address.geo.lat": ("Lat", "number", 0.5),
        "people": ("People", "people", 0.5),
        "people[0].name": ("Name", "text", 0.5),
        "people[0].role": ("Role", "text", 0.5),
        "custom.cf1": ("Cf1", "text", 1.0),
    }
    examples = {one.path: one.examples for one in found.fields}
    assert examples["firstName"] == ("Sarah", "Ann")
    assert examples["tags"] == ("a, b",)
    assert examples["notes"][0] == "Two lines"


def test_what_a_source_declares_comes_first_under_its_own_name() -> None:
    declared = [
        SourceField("custom.cf1", "Venue", "choice", writable=True),
        SourceField("custom.cf2", "Guests", "own type"),
    ]
    venue, guests, *others = discover(CONTACTS, declared).fields
    assert (venue.label, venue.type, venue.share, venue.examples, venue.writable) == (
        "Venue", "choice", 1.0, ("Oak Barn", "Hall"), True,
    )  # fmt: skip
    assert (guests.label, guests.type, guests.share, guests.declared) == ("Guests", "text", 0.0, True)
    assert "custom.cf1" not in {one.path for one in others}


@pytest.mark.parametrize(
    "payload",
    [
        {f"key{n}": n for n in range(5_000)},
        {"a": {f"key{n}": {"b": n} for n in range(5_000)}},
        {f"k{n}": [{f"{m}": 1 for m in range(50)}] for n in range(200)},
        {"x" * 91: 1},
        {'say "hi"': 1},
        {"tab\t": 1},
        {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}},
    ],
)
def test_more_than_can_be_shown_is_said_to_be_there(payload: dict[str, Any]) -> None:
    found = discover([payload])
    assert found.more
    assert len(found.fields) <= MAX_FIELDS


def test_records_that_have_nothing_in_common_do_not_fill_memory() -> None:
    walk = _Walk()
    for number in range(50):
        walk.payload({f"{number}_{n}": n for n in range(100)})
    assert len(walk.seen) == MAX_FIELDS
    assert walk.more


def test_of_many_declared_fields_five_hundred_are_listed() -> None:
    found = discover([{"a": 1}], [SourceField(f"b{n}", "") for n in range(501)])
    assert len(found.fields) == MAX_FIELDS
    assert found.more


@given(st.lists(PAYLOADS, max_size=4))
@settings(max_examples=150, deadline=None)
def test_whatever_the_payloads_each_path_is_one_that_can_be_mapped(
    payloads: list[dict[str, JsonValue]],
) -> None:
    found = discover(payloads)
    assert len(found.fields) <= MAX_FIELDS
    assert len({one.path for one in found.fields}) == len(found.fields)
    for one in found.fields:
        assert selection.is_path(one.path)
        assert 0 <= one.share <= 1
        assert len(one.examples) <= MAX_EXAMPLES
        assert all(len(text) <= MAX_EXAMPLE + 1 for text in one.examples)
        assert not {"\n", "\x00"} & set("".join(one.examples))
    if payloads and found.fields:
        lines = [{"source": one.path, "target": "list"} for one in found.fields[:1]]
        mapper(*lines).map(payloads)


def test_the_label_of_a_path_is_its_last_name_in_words() -> None:
    assert [label_of(one) for one in ("a.firstName", 'x."Größe in m"', "first_name[0]", "length(a)")] == [
        "First Name", "Größe in m", "First name", "Length(a)",
    ]  # fmt: skip


FIELDS = [
    Field("first_name", "First name"),
    Field("email", "E-mail", "email"),
    Field("phone", "Phone", "phone", aliases=("Cell phone", "Mobile")),
    Field("event_date", "Event date", "date"),
    Field("value", "Total", "money"),
    Field("venue", "Venue"),
]


def test_fields_of_the_same_name_and_type_are_suggested() -> None:
    found = suggest(discover(CONTACTS, [SourceField("custom.cf1", "Venue")]).fields, FIELDS, region="GB")
    assert {one.mapping.source: one.mapping.target for one in found if one.sure} == {
        "firstName": "first_name",
        "email": "email",
        "cellPhone": "phone",
        '"Event Date"': "event_date",
        "total": "value",
        "custom.cf1": "venue",
    }
    by_target = {one.mapping.target: one.mapping for one in found}
    assert (
        by_target["phone"].transforms
        == mappings({"source": "a", "target": "phone", "transforms": [{"name": "phone", "region": "GB"}]})[
            0
        ].transforms
    )
    # The source declares it, and does not take it.
    assert (by_target["venue"].direction, by_target["email"].direction) == ("in", "both")


def test_values_overrule_a_heading() -> None:
    seen = discover([{"Email": 7, "Phone": "2026-01-31", "Event date": "in spring"}]).fields
    [found] = suggest(seen, FIELDS)
    assert found.mapping.target == "event_date"
    assert [one.name for one in found.mapping.transforms] == ["date"]


def test_what_is_mapped_already_is_not_suggested_again() -> None:
    existing = mappings({"source": "firstName", "target": "venue"}, {"source": "other", "target": "email"})
    found = {one.mapping.target for one in suggest(discover(CONTACTS).fields, FIELDS, existing)}
    assert not found & {"first_name", "venue", "email"}
    assert "phone" in found


def test_each_field_and_each_source_is_suggested_once_the_nearest_first() -> None:
    seen = discover([{"Emails": "a@example.com", "E-mail": "b@example.com"}]).fields
    found = suggest(seen, [Field("email", "E-mail", "email"), Field("other_email", "Emails 2", "email")])
    assert (found[0].mapping.source, found[0].mapping.target) == ('"E-mail"', "email")
    assert len({one.mapping.source for one in found}) == len(found)
    assert len({one.mapping.target for one in found}) == len(found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
