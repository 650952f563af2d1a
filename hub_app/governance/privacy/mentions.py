"""Whether a text mentions a person, however it is spelled: escaped, percent-encoded, in other letters of Unicode.

A text is read as it is, and decoded up to LAYERS times: JSON within JSON within a form. E-mail addresses and names are found
whole: `jane@example.com` is not `mary.jane@example.com`, and `Ann` is not in `Annual`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from pydantic import BaseModel

from hub_app.kernel import spellings

LAYERS = 4
# Of a phone number: what is left without the country's and the network's way of beginning it.
_SIGNIFICANT = 9
SHORTEST_PHONE = 7
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_PHONE = re.compile(r"[+(]?\d[\d\s()./\-]*")
_DIGITS = re.compile(r"\d[\d\s()./\u2010-\u2015\-]*")
_NO_DIGIT = re.compile(r"\D")
# Stands between the parts of a name: in a form, an address, a file's name.
_BETWEEN = re.compile(r"[\s+_.,\-]+")
_Finds = Callable[[str], bool]


class Person(BaseModel):
    """Who is looked for. `words` are what else of theirs is looked for everywhere: names, phone numbers, other addresses;
    `names` are what they are called as a member, which is looked for only where members' names are kept.
    """

    email: str
    user_id: str = ""
    words: Sequence[str] = ()
    names: Sequence[str] = ()


class Search:
    """A person, ready to be looked for."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def mentions(self, text: str) -> bool:
        """Whether a text mentions the person."""
        return any(finds(layer) for layer in _layers(text) for finds in self._finds)

    def is_name(self, text: str) -> bool:
        """Whether a member's name is theirs."""
        return folded(text) in self._names or self.mentions(text)

    def is_email(self, text: str) -> bool:
        """Whether it is their e-mail address, and nothing else."""
        return folded(text) in self._emails

    @cached_property
    def _names(self) -> set[str]:
        return {folded(name) for name in self.person.names if name}

    @cached_property
    def _emails(self) -> set[str]:
        return set(_ways(folded(self.person.email)))

    @cached_property
    def _finds(self) -> list[_Finds]:
        return [finds for word in (self.person.email, *self.person.words) for finds in _finds(word)]


def folded(text: str) -> str:
    """A text as it is compared: without case, in one form of Unicode, without what nobody sees."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold())


def is_phone(word: str) -> bool:
    """Whether it is looked for as a phone number."""
    return _PHONE.fullmatch(word.strip()) is not None and len(_number(word)) >= SHORTEST_PHONE


def _number(text: str) -> str:
    """The digits that tell a number from others: of a call from abroad none in front."""
    return _NO_DIGIT.sub("", text).lstrip("0")


def _layers(text: str) -> Iterator[str]:
    yield folded(text)
    for _ in range(LAYERS):
        step = spellings.decoded(text)
        if step is None:
            return
        text = step.text
        yield folded(text)


def _finds(word: str) -> Iterator[_Finds]:
    if is_phone(word):
        yield _finds_phone(_number(word)[-_SIGNIFICANT:])
    elif "@" in word:
        for way in _ways(folded(word.strip())):
            yield _whole([way], r"(?<![\w.+\-])", r"(?!\w|[.\-]\w)", "")
    else:
        parts = [part for part in _BETWEEN.split(folded(word)) if part]
        if parts:
            yield _whole(parts, r"(?<![^\W_])", r"(?![^\W_])", r"[\s+_.,\-]{1,3}")


def _ways(email: str) -> Iterator[str]:
    """An address, with its domain in letters and as the network writes it."""
    yield email
    name, _, domain = email.rpartition("@")
    for other in (_or_none(domain, "encode"), _or_none(domain, "decode")):
        if other and other != domain:
            yield f"{name}@{other}"


def _or_none(domain: str, way: str) -> str | None:
    try:
        return domain.encode("idna").decode() if way == "encode" else domain.encode().decode("idna")
    except UnicodeError:
        return None


def _whole(parts: Sequence[str], before: str, behind: str, between: str) -> _Finds:
    expression = re.compile(before + between.join(map(re.escape, parts)) + behind)

    def finds(text: str) -> bool:
        # Most texts lack them, which is told ten times as fast.
        return all(part in text for part in parts) and expression.search(text) is not None

    return finds


def _finds_phone(number: str) -> _Finds:
    # A short one lies within many numbers that are somebody else's.
    whole = len(number) < _SIGNIFICANT

    def finds(text: str) -> bool:
        numbers = (_number(found.group()) for found in _DIGITS.finditer(text))
        return any(number == one if whole else number in one for one in numbers)

    return finds
