"""Names are one line of any script: everything in them can be seen, and what looks the same is the same."""

import pytest
from pydantic import BaseModel, ValidationError

from hub_app.kernel.fields import Name


class Named(BaseModel):
    name: Name


@pytest.mark.parametrize(
    "name",
    [
        "Müller & Söhne",
        "株式会社 例",
        "می‌خواهم",  # Persian, with a joiner that its writing needs
        "क्षत्रिय",
        "👩‍👩‍👧 Studio",
        "O'Brien — Photos",
        "a\N{NO-BREAK SPACE}b",
        "✓",
        "x" * 100,
    ],
)
def test_any_script(name: str) -> None:
    assert Named(name=f"  {name} ").name == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("two\nlines", "must be one line"),
        ("a\tb", "must be one line"),
        ("a\N{LINE SEPARATOR}b", "must be one line"),
        ("turned \N{RIGHT-TO-LEFT OVERRIDE}gnp.exe", "cannot be seen"),
        ("a\N{LEFT-TO-RIGHT MARK}b", "cannot be seen"),
        ("a\N{SOFT HYPHEN}b", "cannot be seen"),
        ("a\N{ZERO WIDTH NO-BREAK SPACE}b", "cannot be seen"),
        ("\N{HANGUL FILLER}", "cannot be seen"),
        ("Acme\N{BRAILLE PATTERN BLANK}", "cannot be seen"),
        ("\N{ZERO WIDTH JOINER}", "must have a character that can be seen"),
        ("\N{COMBINING ACUTE ACCENT}", "must have a character that can be seen"),
        ("\N{EM SPACE}", "at least 1"),
        ("x" * 101, "at most 100"),
        # One character that is written as two: longer than it was sent.
        ("\N{DEVANAGARI LETTER QA}" * 100, "at most 100"),
    ],
)
def test_what_cannot_be_seen_or_turns_the_line_is_refused(name: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Named(name=name)


def test_what_looks_the_same_is_the_same() -> None:
    assert Named(name="Mu\N{COMBINING DIAERESIS}ller").name == Named(name="Müller").name
