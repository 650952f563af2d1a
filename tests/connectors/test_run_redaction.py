"""Redaction: however an API writes a secret down, it is not kept and not given back."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.connectors.calls.redaction import SHORTEST, Redactor

# As credentials can be: printable ASCII for keys, nearly anything for passwords. Bullets are the hint's own.
KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=SHORTEST, max_size=40)
PASSWORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="•\x00"), min_size=SHORTEST, max_size=20
)
SECRETS = KEYS | PASSWORDS
WRITINGS = {
    "raw": lambda secret: secret,
    "percent": lambda secret: quote(secret, safe=""),
    "percent, slashes": quote,
    "plus": quote_plus,
    "twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json, readable": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "json, slashes": lambda secret: json.dumps(secret).replace("/", "\\/")[1:-1],
    "html": html.escape,
}  # fmt: skip


@given(SECRETS, st.sampled_from(sorted(WRITINGS)), st.text(max_size=20), st.text(max_size=20))
@example("\\\\\\\\%25%2525&amp;&", "raw", "", "")
@example('a"b\\c/d', "json, slashes", "", "")
@example("ä/ö &=", "twice", "x", "y")
def test_a_secret_goes_however_it_is_written(secret: str, how: str, before: str, after: str) -> None:
    written = WRITINGS[how](secret)
    redactor = Redactor([secret])
    clean = redactor.text(f"{before}\x00{written}\x00{after}")
    assert f"\x00{redactor.hint}\x00" in clean


@given(KEYS.map(lambda key: f"{key}!"), st.sampled_from(["", "name", "Ä"]))
def test_a_secret_goes_out_of_every_part_of_a_value(secret: str, name: str) -> None:
    value: JsonValue = {name: [secret, {f"x\x00{secret}": 1}, f"Bearer\x00{secret}"], secret: None}
    hidden = Redactor([secret]).hint
    assert Redactor([secret]).value(value) == {
        name: [hidden, {f"x\x00{hidden}": 1}, f"Bearer\x00{hidden}"],
        hidden: None,
    }


@given(st.text(st.characters(exclude_characters="sekrit"), max_size=50))
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert Redactor(["sekrit"]).text(text) == text
    assert Redactor([]).value({"a": text}) == {"a": text}


@given(st.lists(st.sampled_from('a/&" '), min_size=SHORTEST, max_size=12).map("".join), st.data())
def test_a_secret_goes_when_each_character_is_written_in_another_way(
    secret: str, data: st.DataObject
) -> None:
    ways = {
        "a": ["a"],
        "/": ["/", "\\/", "%2F", "%2f", "&#47;", "&#x2F;", "\\u002f"],
        "&": ["&amp;", "%26", "\\u0026", "&#038;"],
        '"': ['"', '\\"', "&quot;", "%22", "\\u0022"],
        " ": [" ", "+", "%20"],
    }
    written = "".join(data.draw(st.sampled_from(ways[one])) for one in secret)
    redactor = Redactor([secret])
    # At its ends the raw form may be a part of the one that was written.
    assert redactor.text(written).removeprefix("\\").removesuffix("amp;") == redactor.hint


def test_a_basic_login_goes_in_all_its_forms() -> None:
    pair = "ada:pass word"
    coded = base64.b64encode(pair.encode()).decode()
    clean = Redactor(["pass word", coded, pair])
    assert clean.text(f"Basic {coded} {pair} pass+word") == "Basic ••••••word ••••••word ••••••word"


def test_a_number_that_is_the_secret_goes_too() -> None:
    assert Redactor(["12345678"]).value({"key": 12345678, "n": 1234, "ok": True}) == {
        "key": "••••••5678",
        "n": 1234,
        "ok": True,
    }


def test_headers_that_tell_who_calls_are_hidden_whatever_they_hold() -> None:
    given = {"cookie": "session=abcdefgh", "set-cookie": "visit=1; Path=/", "etag": "abc"}
    assert Redactor([]).headers(given) == {"cookie": "••••••efgh", "set-cookie": "••••••th=/", "etag": "abc"}
