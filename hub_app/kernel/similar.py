"""How much headings are alike: the names that people and systems give to columns and fields."""

import re
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


def normalized(heading: str) -> str:
    """Its words in lowercase: `firstName`, `First_Name` and `first-name` are `first name`."""
    return " ".join(_WORD.findall(_HUMP.sub(" ", heading[:_LONGEST]).casefold()))


def score(one: str, other: str) -> float:
    """From 0 to 100, for the same words in whatever order and spelling."""
    first, second = _compared(one), _compared(other)
    if not first.words or not second.words or first.qualifiers != second.qualifiers:
        return 0.0
    together = fuzz.ratio(first.letters, second.letters)
    return max(together, fuzz.ratio(first.ordered, second.ordered))


def best_score(heading: str, names: Iterable[str]) -> float:
    """The score of the name that it is most alike."""
    return max((score(heading, one) for one in names), default=0.0)


class _Compared(NamedTuple):
    words: str
    letters: str
    ordered: str
    qualifiers: frozenset[str]


@lru_cache(maxsize=4096)
def _compared(heading: str) -> _Compared:
    words = normalized(heading)
    qualifiers = frozenset(one for one in _QUALIFIERS if f" {one} " in f" {words} ")
    return _Compared(words, words.replace(" ", ""), " ".join(sorted(words.split())), qualifiers)
