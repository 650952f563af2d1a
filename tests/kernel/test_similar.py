"""Headings that mean the same, and those that only look so."""

import pytest

from hub_app.kernel.similar import LIKELY, SURE, best_score, normalized, score


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("firstName", "first name"),
        ("First_Name", "first name"),
        (" E-Mail (main)\n", "e mail main"),
        ("Straße", "strasse"),
        ("cf3Value", "cf3 value"),
        ("…", ""),
    ],
)
def test_the_words_of_a_heading(heading: str, words: str) -> None:
    assert normalized(heading) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("E-Mail", "email"),
        ("Emails", "Email"),
        ("eventDate", "Event Date"),
        ("Date of event", "Event date of"),
        ("Phone number", "PhoneNumber"),
        ("Partner e-mail", "Partner Email"),
    ],
)
def test_the_same_in_other_spellings_is_sure(one: str, other: str) -> None:
    assert score(one, other) == score(other, one) >= SURE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Partner Email", "Email"),
        ("Venue Phone", "Phone"),
        ("Groom mailing address", "Mailing address"),
        ("Company name", "Name"),
        ("Email opt out", "Email"),
        ("Emailverified", "Email"),
        ("Venue", "Value"),
        ("Guests", "Notes"),
        ("", "Email"),
        ("Email", "…"),
    ],
)
def test_another_thing_is_not_even_likely(one: str, other: str) -> None:
    assert score(one, other) == score(other, one) < LIKELY


def test_a_heading_is_scored_by_the_name_that_is_nearest() -> None:
    assert best_score("Cell", ["Phone", "Mobile", "cell"]) == 100
    assert best_score("Cell", []) == 0


def test_a_heading_of_any_length_is_compared_by_its_beginning() -> None:
    assert score("Email " + "x " * 1_000_000, "Email") < LIKELY
