"""Redaction: however an API writes a secret down, it is not kept and not given back."""

import base64
import html
import json
from html.entities import html5
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from hub_app.kernel.redaction import SHORTEST, SHORTEST_BASE64, Redactor, _written
from hub_app.kernel.spellings import _ESCAPE, _next

# As credentials can be: printable ASCII for keys, nearly anything for passwords. Bullets are the hint's own.
KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=SHORTEST, max_size=40)
PASSWORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="•\x00"), min_size=SHORTEST, max_size=20
)
SECRETS = KEYS | PASSWORDS
# Surroundings that look like parts of spellings.
AROUND = st.text(st.sampled_from("%25&#x;\\u0041amp=+ ab/\x00"), max_size=12)


def percent(secret: str) -> str:
    """Every byte, those too that need not be."""
    return "".join(f"%{byte:02X}" for byte in secret.encode())


def units(secret: str) -> str:
    return "".join(
        f"\\u{secret.encode('utf-16-be').hex()[at : at + 4]}"
        for at in range(0, 2 * len(secret.encode("utf-16-be")), 4)
    )


def decimal(secret: str, zeros: int = 0) -> str:
    return "".join(f"&#{'0' * zeros}{ord(one)};" for one in secret)


# Each character is spelled: whatever stands beside it, the secret can be read.
WHOLE = {
    "percent": percent,
    "percent, small": lambda secret: percent(secret).lower(),
    "percent twice": lambda secret: quote(percent(secret)),
    "percent twice, every character": lambda secret: percent(percent(secret)),
    "json units": units,
    "json units, large": lambda secret: units(secret).upper().replace("U", "u"),
    "json units in json": lambda secret: json.dumps(units(secret))[1:-1],
    "html decimal": decimal,
    "html decimal, zeros": lambda secret: decimal(secret, 7),
    "html hexadecimal": lambda secret: "".join(f"&#x{ord(one):x};" for one in secret),
    "html hexadecimal, large": lambda secret: "".join(f"&#X00{ord(one):X};" for one in secret),
    "html of percent": lambda secret: decimal(percent(secret)),
    "percent of html": lambda secret: quote(decimal(secret)),
    "json of percent": lambda secret: units(percent(secret)),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "hexadecimal, large": lambda secret: secret.encode().hex().upper(),
}  # fmt: skip
# Some characters stay as they are, and may make something else with what stands beside them.
PARTLY = {
    "raw": lambda secret: secret,
    "large": str.upper,
    "small": str.lower,
    "percent, slashes": quote,
    "percent": lambda secret: quote(secret, safe=""),
    "plus": quote_plus,
    "twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json, readable": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "json, slashes": lambda secret: json.dumps(secret).replace("/", "\\/")[1:-1],
    "json in json": lambda secret: json.dumps(json.dumps(secret))[3:-3],
    "html": html.escape,
    "html, named": lambda secret: "".join(f"&{NAMES[one]}" if one in NAMES else one for one in secret),
    "html in json": lambda secret: json.dumps(html.escape(secret))[1:-1],
    "read as latin-1": lambda secret: secret.encode().decode("latin-1"),
}  # fmt: skip
NAMES = {one: name for name, one in html5.items() if name.endswith(";")}


@given(SECRETS, st.sampled_from(sorted(WHOLE)), AROUND, AROUND)
def test_a_secret_of_which_every_character_is_spelled_goes_from_anywhere(
    secret: str, how: str, before: str, after: str
) -> None:
    # A part of an escape beside it may tear apart a character whose bytes are spelled in two steps.
    assume(" of " not in how or secret.isascii() or not before)
    written = WHOLE[how](secret)
    clean = Redactor([secret]).text(f"{before}{written}{after}")
    assert "••••••" in clean
    assert written not in clean


@given(
    st.binary(max_size=7),
    KEYS,
    st.binary(max_size=7),
    st.sampled_from(["standard", "url", "form"]),
    st.sampled_from(["", "="]),
)
def test_a_secret_goes_from_within_base64(
    before: bytes, secret: str, after: bytes, alphabet: str, padding: str
) -> None:
    assume(len(secret) >= SHORTEST_BASE64)
    encode = base64.urlsafe_b64encode if alphabet == "url" else base64.b64encode
    coded = encode(before + secret.encode() + after).decode()
    if alphabet == "form":
        coded = coded.replace("+", " ")
    clean = Redactor([secret]).text(coded if padding else coded.rstrip("="))
    left, hidden, right = clean.partition(Redactor([secret]).hint)
    assert hidden
    # What is left holds whole bytes of the surroundings alone.
    assert len(left) * 6 // 8 <= len(before)
    assert len(right.rstrip("=")) * 6 // 8 <= len(after)


def test_a_secret_goes_from_base64_that_a_form_has_read() -> None:
    secret = "key~>~>~>~>key"
    coded = base64.b64encode(secret.encode()).decode()
    assert "+" in coded
    assert Redactor([secret]).text(coded.replace("+", " ")) == Redactor([secret]).hint


@pytest.mark.parametrize("secret", ["abcd", "Pass1", "sesame7"])
def test_a_short_secret_takes_no_words_out(secret: str) -> None:
    """What base64 makes of it within a text has four characters."""
    words = " ".join(
        base64.b64encode(bytes(skipped) + secret.encode() + b"xx").decode()[2:-3] for skipped in range(3)
    )
    assert Redactor([secret]).text(words) == words
    text = "A back-ended cabbage decade faced 0x62 and 61 beads: abc, bcd, Pass, 50617373."
    assert Redactor([secret]).text(text) == text


@given(SECRETS, st.integers(min_value=0), st.sampled_from(["raw", *WHOLE]), AROUND)
def test_the_beginning_of_a_secret_goes_from_the_end_of_what_was_cut_off(
    secret: str, left: int, how: str, before: str
) -> None:
    written = secret if how == "raw" else WHOLE[how](secret)
    cut = written[: left % len(written)]
    redactor = Redactor([secret])
    assume(redactor.text(before) == before)
    clean = redactor.text(f"{before}\x00{cut}", cut_off=True)
    # A backslash that begins an escape may stay.
    assert f"{before}\x00".startswith(clean.rstrip("\\"))


def test_what_was_cut_off_loses_no_more_than_that() -> None:
    redactor = Redactor(["x" * 8192, "sekrit/1"])
    assert redactor.text("an answer of many words sek", cut_off=True) == "an answer of many words "
    assert redactor.text("an answer of many words %73%65%6", cut_off=True) == "an answer of many words "
    assert redactor.text("an answer of many words &#000", cut_off=True) == "an answer of many words "
    assert redactor.text("sekrit/1 or more!", cut_off=True) == f"{redactor.hint} or more!"


def test_occurrences_that_overlap_go_whole() -> None:
    clean = Redactor(["abcabc", "cabd"])
    assert clean.text("_abcabcabcabd_") == f"_{clean.hint}_"
    assert Redactor(["aaaa"]).text("b" + "a" * 9 + "b") == "b••••••b"


def test_names_that_become_the_same_hint_take_no_other_texts_place() -> None:
    value: JsonValue = [{"sekrit/1": "one", "SEKRIT/1": "two"}, "three", "sekrit/1 four"]
    hidden = Redactor(["sekrit/1"]).hint
    clean = Redactor(["sekrit/1"]).value(value)
    assert clean == [{hidden: "two"}, "three", f"{hidden} four"]


@given(SECRETS, st.sampled_from(sorted(PARTLY)), st.text(max_size=20), st.text(max_size=20))
@example("\\\\\\\\%25%2525&amp;&", "raw", "", "")
@example('a"b\\c/d', "json, slashes", "", "")
@example("ä/ö &=", "twice", "x", "y")
def test_a_secret_goes_however_it_is_written(secret: str, how: str, before: str, after: str) -> None:
    written = PARTLY[how](secret)
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


PARTS = st.text(st.sampled_from('%25&#x;\\u0041amp=+ \n\t"/\x00\x01ü\u20ac\U0001f600'), max_size=14)


@given(
    st.recursive(
        PARTS | st.integers(-(10**9), 10**9) | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PARTS, inner, max_size=4),
        max_leaves=12,
    ),
    KEYS,
    st.sampled_from(sorted(WHOLE)),
)
@example([False], "Fals", "hexadecimal")
def test_a_value_is_looked_at_at_once_as_text_by_text(value: JsonValue, secret: str, how: str) -> None:
    """What is searched first holds each text as it is: wherever one has the secret, that is seen."""
    clean, written = Redactor([secret]), _written(value)
    assert written is not None
    for text in _texts(value):
        assert text in written
    for hidden in (secret, WHOLE[how](secret)):
        for planted in ([value, hidden], {"a": value, f"x{hidden}": 1}, {"a": [hidden, value, "\\"]}):
            shown = clean.value(planted)  # type: ignore[arg-type]
            assert not any(hidden in text for text in _texts(shown))


def _texts(value: JsonValue) -> list[str]:
    match value:
        case dict():
            return [*value, *(text for one in value.values() for text in _texts(one))]
        case list():
            return [text for one in value for text in _texts(one)]
        case str():
            return [value]
        case int() if not isinstance(value, bool):
            return [str(value)]
        case _:
            return []


def test_a_value_that_cannot_be_looked_at_at_once_is_clean_all_the_same() -> None:
    deep: JsonValue = "sekrit/1"
    for _ in range(400):
        deep = [deep]
    values: list[JsonValue] = [
        deep,
        ["\n" * 30_000, "sekrit/1"],
        {"half": "\ud800", "key": "sekrit/1"},
        [2**70, "sekrit/1"],
    ]
    for value in values:
        assert "sekrit" not in repr(Redactor(["sekrit/1"]).value(value))


BITS = st.text(st.sampled_from("%&#\\;xXuU0123456789aAfFgG \"'/bnrt"), max_size=40)


@given(
    BITS,
    st.sampled_from([0, 1, 255, 256, 3835, 4060, 4090, 4096, 65_500, 65_536, 70_000]),
    st.sampled_from("a&"),
    BITS,
)
def test_the_first_spelling_is_found_where_it_begins(
    before: str, length: int, filling: str, text: str
) -> None:
    text = before + filling * length + text
    found, known = _next(text, 0), _ESCAPE.search(text)
    assert (found and found.span()) == (known and known.span())
