"""Whether a text mentions a person, however it is spelled."""

import json
import unicodedata
from urllib.parse import quote, urlencode

import pytest

from hub_app.governance.privacy.mentions import Person, Search

EMAIL, NAME, PHONE = "jane.roe@müller.example", "Jäne Roe", "+49 (0)170 123-4567"
PERSON = Search(Person(email=EMAIL, words=[NAME, PHONE]))


@pytest.mark.parametrize(
    "text",
    [
        EMAIL,
        f"<{EMAIL.upper()}>, and others.",
        json.dumps({"to": EMAIL}),
        '{"to": "jane\\u002eroe\\u0040m\\u00FCller.example"}',
        json.dumps({"inner": json.dumps({"to": EMAIL})}),
        unicodedata.normalize("NFD", EMAIL),
        "jane.roe@xn--mller-kva.example",
        f"https://shop.example/?who={quote(EMAIL, safe='')}",
        urlencode({"name": NAME}),
        "jane\u00ad.roe@m\u200büller.example",
        "Dear\\nJane.Roe@müller.example\\n",
        unicodedata.normalize("NFD", NAME).upper(),
        "jäne_roe.pdf",
        "J&auml;ne   Roe",
        "Jäne\u00a0Roe",
        "+491701234567",
        "0170 / 123 45 67",
        '{"phone": 491701234567}',
        "0049 170 1234567",
    ],
)
def test_it_is_found(text: str) -> None:
    assert PERSON.mentions(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mary.jane.roe@müller.example",
        "jane.roe@müller.example.org",
        "jane.roe@müller.examples",
        "Jäne Roebuck",
        "Marjäne Roe",
        "Roe, Jäne",
        "1701234568",
        "170123 and 4567",
    ],
)
def test_somebody_else_is_not(text: str) -> None:
    assert not PERSON.mentions(text)


def test_a_members_name_counts_only_as_a_whole_name() -> None:
    ann = Search(Person(email="ann@acme.example", names=["Ann", "Ann Lee"]))
    assert ann.is_name("ANN LEE")
    assert not ann.is_name("Ann Leeds")
    assert not ann.mentions("Ann wrote this")


@pytest.mark.parametrize(
    ("word", "text"),
    [("0000001", '{"order":"A-91"}'), ("000 00 00", '{"q":2}'), ("5550100", "+1 735 5550100123")],
)
def test_a_short_number_is_not_found_in_others(word: str, text: str) -> None:
    assert not Search(Person(email="jane@client.example", words=[word])).mentions(text)
