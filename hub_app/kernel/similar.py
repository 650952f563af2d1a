"""How much headings are alike: the names that people and systems give to columns and fields."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz

SURE, LIKELY = 88, 75
"""From which score on two headings mean the same, and from which on they may."""
_LONGEST = 100
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
# What has one of these is another thing than what has it not: a partner's e-mail address, the phone of the venue.
_QUALIFIERS = (
    "partner", "spouse", "groom", "bride", "venue", "company", "secondary", "billing", "emergency", "opt out", "optout", "verified",
)  # fmt: skip


class Heading(NamedTuple):
    """A heading as it is compared: its words in lowercase, and all their letters as they stand, and with the words in order."""

    words: tuple[str, ...]
    letters: str
    ordered: str
    qualifiers: frozenset[str]


def normalized(text: str) -> str:
    """The words of a heading in lowercase: `firstName`, `First_Name` and `first-name` are `first name`."""
    composed = unicodedata.normalize("NFKC", text[:_LONGEST])[:_LONGEST]
    return " ".join(_WORD.findall(_HUMP.sub(" ", composed).casefold()))


@lru_cache(maxsize=4096)
def heading(text: str) -> Heading:
    """This text as a heading."""
    words = normalized(text)
    qualifiers = frozenset(one for one in _QUALIFIERS if f" {one} " in f" {words} ")
    each = tuple(words.split())
    return Heading(each, "".join(each), " ".join(sorted(each)), qualifiers)


def score(one: str, other: str) -> float:
    """From 0 to 100, for the same words in whatever order and spelling."""
    return alike(heading(one), heading(other))


def alike(first: Heading, second: Heading, *, qualifiers: frozenset[str] = frozenset()) -> float:
    """The score of two headings. Those that differ in one of these `qualifiers` are not alike either."""
    if not first.words or not second.words or first.qualifiers != second.qualifiers:
        return 0.0
    if qualifiers.intersection(first.words) != qualifiers.intersection(second.words):
        return 0.0
    together = fuzz.ratio(first.letters, second.letters)
    return max(together, fuzz.ratio(first.ordered, second.ordered))


def best_score(text: str, names: Iterable[str]) -> float:
    """The score of the name that it is most alike."""
    return max((score(text, one) for one in names), default=0.0)
