"""Names in their parts, by nameparser."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nameparser import Lexicon, ParsedName, Parser

from hub_app.crm.people import words

# Behind these a single name is a surname, and a first name. Any title stands for one of them.
_TITLES = {"last": "mr", "first": "sir"}
_DEFAULT = Lexicon.default()
# Its own lists take King, Prince and Baker for titles, Vet and V for suffixes.
_LEXICON = replace(
    _DEFAULT,
    titles=frozenset(_TITLES.values()),
    given_name_titles=frozenset({_TITLES["first"]}),
    suffix_words=words.SUFFIXES | _DEFAULT.honorific_tails,
)
_PARSER = Parser(lexicon=_LEXICON)
_VOCABULARY = (
    _LEXICON.titles
    | _LEXICON.suffix_acronyms
    | _LEXICON.suffix_words
    | _LEXICON.particles
    | _LEXICON.conjunctions
    | _LEXICON.bound_given_names
    | _LEXICON.maiden_markers
    | _LEXICON.after_given_titles
)
_ROMAN_DIGITS = frozenset("ivxlcdm")
_AFTER_LATIN = "\u0250"


@dataclass(frozen=True, slots=True)
class NameParts:
    """`first` has middle names too, `last` what follows the surname, `family` the surname alone."""

    first: str
    last: str
    family: str
    is_ambiguous: bool = False


def by_library(name: Sequence[str], tells: Literal["first", "last"] | None = None) -> NameParts:
    """The parts of a name. `tells` is what a single name is behind the title that it has."""
    if tells:
        parsed = _PARSER.parse(" ".join((_TITLES[tells], *name)))
        if parsed.title == _TITLES[tells]:
            return _parts(parsed)
    return _parts(_PARSER.parse(" ".join(name)))


def ordinary(name: Sequence[str]) -> NameParts | None:
    """The parts of two ordinary words, as most names are: the library takes a hundred times as long for the same. None for any
    other name.
    """
    if len(name) != len(("first", "last")) or not all(map(_is_ordinary, name)):
        return None
    return NameParts(name[0], name[1], name[1])


def _is_ordinary(word: str) -> bool:
    """Letters of Latin, perhaps with hyphens between them."""
    parts = word.split("-")
    if max(word) >= _AFTER_LATIN or not all(len(part) > 1 and part.isalpha() for part in parts):
        return False
    lower = word.lower()
    return _VOCABULARY.isdisjoint((lower, *lower.split("-"))) and not _ROMAN_DIGITS.issuperset(lower)


def _parts(parsed: ParsedName) -> NameParts:
    first = " ".join(filter(None, (parsed.given, parsed.middle)))
    last = " ".join(filter(None, (parsed.family, parsed.suffix)))
    opening = first.split(" ", 1)[0]
    if opening.islower() and opening in words.PARTICLES and last:
        # "van der Berg" alone.
        return NameParts("", f"{first} {last}", f"{first} {parsed.family}", is_ambiguous=True)
    return NameParts(first, last, parsed.family, is_ambiguous=bool(parsed.ambiguities))
