"""Names of households and events: the people are what is left."""

from hub_app.crm.people import words
from hub_app.crm.people.connectors import split, tokens_of

_OCCASIONS = words.FAMILY_WORDS | words.WEDDING_WORDS
_OF = frozenset({"of", "von", "van", "de", "di", "do", "der", "for"})
_COMPANY = frozenset({"&", "and", "+", "und"})
_YEAR_DIGITS = 4


def without_occasion(text: str) -> tuple[str, bool]:
    """`The Chen Wedding`, `Chen Family`, `Familie Chen` and `Wedding of Sarah Chen` without the words that are no names; whether
    the rest is a surname.
    """
    tokens = text.split()
    has_article = len(tokens) > 1 and tokens[0] == "The"
    left = tokens[1:] if has_article else tokens
    if len(left) > 1 and left[-1].isdecimal() and len(left[-1]) == _YEAR_DIGITS and _is_occasion(left[-2]):
        left = left[:-1]
    if len(left) <= 1:
        return text, False
    if _is_occasion(left[0]):
        return _behind(left)
    if not _is_occasion(left[-1]):
        return text, False
    rest = left[:-1]
    if len(rest) > 1 and _is_occasion(rest[-1]):
        rest = rest[:-1]
    if words.bare(rest[-1]) in _COMPANY:
        # "Sarah Chen & family": a companion, not an occasion.
        return text, False
    inner = " ".join(rest).removesuffix("'s").removesuffix("\u2019s")
    tells_surname = len(rest) == 1 or has_article or words.bare(left[-1]) in words.FAMILY_WORDS
    return inner, tells_surname and _is_one(inner)


def _behind(tokens: list[str]) -> tuple[str, bool]:
    """`Familie Huber`, `Wedding of Sarah and Mike`."""
    rest = tokens[1:]
    if words.bare(tokens[0]) in words.WEDDING_WORDS and len(rest) > 1 and rest[0].lower() in _OF:
        rest = rest[1:]
    inner = " ".join(rest)
    return inner, words.bare(tokens[0]) in words.FAMILY_WORDS and _is_one(inner)


def _is_occasion(word: str) -> bool:
    return words.bare(word) in _OCCASIONS


def _is_one(text: str) -> bool:
    return len(split(tokens_of(text), "")[0]) == 1
