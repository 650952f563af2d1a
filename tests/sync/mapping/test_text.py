"""Text that comes in: plain, storable, and the same when it is cleaned again."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_app.sync.mapping.text import MAX_TEXT, cleaned

MARKUP = st.lists(
    st.sampled_from(
        [
            "<", ">", "/", "!", "?", "--", "&", ";", "#", "x26", "38", "lt", "gt", "amp", "quot", '"', "'", " ", "\n", "\t",
            "a", "b", "br", "p", "script", "o:p", "<b>", "</b>", "<p>", "</p>", "<!--", "-->", "<script>", "</script>", "&amp;",
            "&lt;", "&gt;", "&#60;", "&#x26;", "&nbsp;", "&shy;", "\x00", "\x85", "\ud800", "\u202e", "\u0338", "\u0301",
            "\u212a", "e", "\u0958", "&#x958;", "&#x301;", "&nGt;", "\u2028", "\ufeff",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Sarah  ", "Sarah"),
        ("Sarah\x00 \x07Chen", "Sarah Chen"),
        ("a\ud800b", "ab"),
        ("two\r\nlines", "two lines"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("evil \u202egpj.exe", "evil gpj.exe"),
        ("1 < 2 & 3 > 2, I <3 you", "1 < 2 & 3 > 2, I <3 you"),
        ("<b>bo</b>ld", "bold"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ('<a title="a > b" href=x>link</a>', "link"),
        ("<script>alert(1)</script>after", "after"),
        ("<STYLE>p { }</STYLE >after<style>never ends", "after"),
        ("a<!-- no > such -->b", "ab"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("&lt;3", "<3"),
        # What says how markup is written stays as it is written.
        ("&amp;lt;", "&amp;lt;"),
        ("&lt;b&gt;bold&lt;/b&gt;", "&lt;b&gt;bold&lt;/b&gt;"),
        ("https://example.com/?a=1&copy=2", "https://example.com/?a=1&copy=2"),
        ("Sarah <sarah@example.com>, a <b and <Name>", "Sarah <sarah@example.com>, a <b and <Name>"),
        ("an unfinished <b", "an unfinished <b"),
        ("<<b>b>x", "b>x"),
        (" \t\u200a ", ""),
    ],
)
def test_what_is_kept_of_a_text(text: str, kept: str) -> None:
    assert cleaned(text) == (kept, "")


def test_lines_stay_where_a_field_has_lines() -> None:
    html = "<div>Dear  all,</div><div><br></div><div><br></div><div>thanks</div>"
    assert cleaned(html, lines=True)[0] == "Dear all,\n\nthanks"
    assert cleaned("a\r\nb\tc\u2028d", lines=True)[0] == "a\nb c\nd"


def test_what_is_too_long_is_cut_with_a_warning() -> None:
    assert cleaned("x" * 1_001) == ("x" * MAX_TEXT, "is longer than 1,000 characters, and was cut")
    assert cleaned("<p>" * 5_000 + "short") == ("short", "")


def test_a_character_has_a_few_marks_at_most() -> None:
    """Ordering tens of thousands takes seconds."""
    made, _ = cleaned("a" + "\u0301\u0323" * 40_000 + "b\u0301", lines=True, most=20_000)
    assert len(made) < 40
    assert made.endswith("b\u0301")


@given(text=st.text(max_size=30) | MARKUP, lines=st.booleans(), most=st.integers(1, 20))
@settings(max_examples=700, deadline=None)
def test_what_is_cleaned_again_is_the_same(*, text: str, lines: bool, most: int) -> None:
    once, _ = cleaned(text, lines=lines, most=most)
    assert len(once) <= most
    assert cleaned(once, lines=lines, most=most) == (once, "")
    assert once == unicodedata.normalize("NFC", once).strip()
    once.encode()
    assert not any(unicodedata.category(one) == "Cc" and one != "\n" for one in once)
    assert lines or "\n" not in once


@pytest.mark.parametrize(
    "part",
    [
        "<",
        "<a",
        '<a">"',
        "<a '\">",
        "<!--",
        "<script>",
        "&",
        "&#",
        "&amp;",
        "<p>",
        "</",
        "\u0301",
        "\u0301\u0323",
        "<a>",
    ],
)
def test_no_markup_takes_longer_than_its_length_says(part: str) -> None:
    """A text of this many parts would take minutes if each were looked at from every other."""
    cleaned(part * (100_000 // len(part)) + "<b ", lines=True, most=20_000)
