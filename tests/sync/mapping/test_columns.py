"""The columns by which lists sort and search."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.sync.mapping.columns import MAX_COLUMN, MAX_SEARCH, Columns, columns, digits, folded
from hub_app.sync.mapping.fields import Field
from tests.sync.mapping.samples import JSON

FIELDS = [
    Field("name", "Name", column="name"),
    Field("first_name", "First name"),
    Field("last_name", "Last name"),
    Field("email", "E-mail", "email", column="email"),
    Field("phone", "Phone", "phone", column="phone"),
    Field("people", "People", "people"),
    Field("company", "Company", searched=True),
    Field("event_date", "Event date", "date", column="date"),
    Field("created", "Created", "datetime", column="date"),
    Field("status", "Status", "choice", column="status"),
    Field("value", "Value", "money", column="value"),
    Field("notes", "Notes", "multiline"),
]
PEOPLE: JsonValue = [
    {
        "first_name": "Sarah",
        "last_name": "Chen",
        "emails": ["Sarah@X.com", "s@y.com"],
        "phones": ["+44 7400 123456"],
    },
    {"name": "Łukasz Großmann", "phones": ["+49 30 123456"]},
]


def test_what_lists_sort_and_search_by() -> None:
    found = columns(
        FIELDS,
        {
            "name": "Zoë & Søren", "email": "Zoe@Example.com", "phone": "+44 (0)7400 999999", "people": PEOPLE, "company": "Müller AG",
            "event_date": "2026-06-20", "created": "2026-01-31T12:00:00Z", "status": "Booked", "value": 1250.5, "notes": "secret",
        },
    )  # fmt: skip
    assert found == Columns(
        name="Zoë & Søren",
        email="zoe@example.com",
        phone="4407400999999",
        date="2026-06-20",
        status="Booked",
        value=1250.5,
        search=(
            "zoe & soren zoe@example.com 4407400999999 muller ag sarah chen sarah@x.com s@y.com 447400123456 lukasz grossmann"
            " 4930123456"
        ),
    )


def test_the_first_person_stands_where_a_field_is_empty() -> None:
    found = columns(FIELDS, {"name": None, "email": "", "people": PEOPLE})
    assert (found.name, found.email, found.phone) == ("Sarah Chen", "sarah@x.com", "447400123456")
    assert (found.date, found.value, found.status) == (None, None, "")


def test_a_name_is_made_of_its_parts_and_a_column_is_fed_by_the_next_field() -> None:
    found = columns(FIELDS, {"first_name": "Ann", "last_name": "Lee", "created": "2026-01-31T12:00:00Z"})
    assert (found.name, found.search, found.date) == ("Ann Lee", "ann lee", "2026-01-31")


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("Großmann", "grossmann"),
        ("ŁÓDŹ  Ørsted", "lodz orsted"),
        ("İstanbul \u0131I", "istanbul ii"),
        ("Ærø Œuvre Þór", "aero oeuvre thor"),
        ("ﬁne \uff11\uff12", "fine 12"),
        ("Ελένη Й", "ελενη и"),
    ],
)
def test_text_is_folded_as_people_search_for_it(text: str, search: str) -> None:
    assert folded(text) == search


@given(st.text(max_size=30))
@settings(max_examples=500)
def test_folding_again_changes_nothing_and_accents_do_not_count(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert folded(unicodedata.normalize("NFD", text)) == once


@given(st.dictionaries(st.sampled_from([one.key for one in FIELDS]), JSON))
@settings(max_examples=300, deadline=None)
def test_columns_of_whatever_values_are_bounded(values: dict[str, Any]) -> None:
    found = columns(FIELDS, values)
    assert max(len(found.name), len(found.email), len(found.phone), len(found.status)) <= MAX_COLUMN
    assert len(found.search) <= MAX_SEARCH
    assert found.phone == digits(found.phone)


def test_marks_by_the_thousand_are_not_ordered() -> None:
    """They would take minutes."""
    assert len(folded("a" + "\u0301\u0323" * 200_000)) < MAX_SEARCH
