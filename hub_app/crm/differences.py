"""What differs between two texts, as people mark it. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

# Of the same on both sides around what differs, in characters; what is longer is cut away.
_CONTEXT = 200
# Words on one side. Comparing more of them takes long: then all of what differs is marked.
_MOST_WORDS = 300
_LONGEST = 4000
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_CUT = "…"


@dataclass(frozen=True)
class Piece:
    """A part of a text, and whether the other text has it otherwise."""

    text: str
    differs: bool = False


def compare(one: str, other: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces. Short ones that have no word in common are whole: marking all of both says nothing."""
    if one == other:
        return _whole(one), _whole(other)
    mine, theirs = _WORDS.findall(one), _WORDS.findall(other)
    start = _same(mine, theirs)
    end = _same(mine[start:][::-1], theirs[start:][::-1])
    if start + end == 0 and not _have_words_in_common(mine, theirs):
        return _whole(one), _whole(other)
    head, tail = "".join(mine[:start]), "".join(mine[len(mine) - end :])
    middle = _middle(mine[start : len(mine) - end], theirs[start : len(theirs) - end])
    before = Piece(head if len(head) <= _CONTEXT else _CUT + head[-_CONTEXT:])
    after = Piece(tail if len(tail) <= _CONTEXT else tail[:_CONTEXT] + _CUT)
    return _joined([before, *middle[0], after]), _joined([before, *middle[1], after])


def _whole(text: str) -> list[Piece]:
    if not text:
        return []
    return [Piece(text if len(text) <= _LONGEST else text[:_LONGEST] + _CUT)]


def _same(one: list[str], other: list[str]) -> int:
    """How many words both begin with."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _have_words_in_common(one: list[str], other: list[str]) -> bool:
    return any(word.isalnum() for word in {*one} & {*other})


def _middle(one: list[str], other: list[str]) -> tuple[list[Piece], list[Piece]]:
    if max(len(one), len(other)) > _MOST_WORDS:
        return _cut("".join(one)), _cut("".join(other))
    mine: list[Piece] = []
    theirs: list[Piece] = []
    codes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    for n, (what, a, b, c, d) in enumerate(codes):
        # A blank between two words that differ is marked along with them.
        is_inside = 0 < n < len(codes) - 1 and "".join(one[a:b]).isspace()
        differs = what != "equal" or is_inside
        mine.append(Piece("".join(one[a:b]), differs))
        theirs.append(Piece("".join(other[c:d]), differs))
    return mine, theirs


def _cut(text: str) -> list[Piece]:
    return [Piece(text if len(text) <= _LONGEST else text[:_LONGEST] + _CUT, differs=True)]


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Without those that are empty, and neighbours of a kind as one."""
    found: list[Piece] = []
    for one in pieces:
        if found and one.text and found[-1].differs == one.differs:
            found[-1] = Piece(found[-1].text + one.text, one.differs)
        elif one.text:
            found.append(one)
    return found
