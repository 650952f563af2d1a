"""One person's name."""

from dataclasses import dataclass

from hub_app.crm.people import words
from hub_app.crm.people.household import Person
from hub_app.crm.people.parsing import NameParts, by_library, ordinary

# A name is no longer; what is, stays whole.
_LONGEST = 120
_MANY_WORDS = 4


@dataclass(frozen=True, slots=True)
class Part:
    """What stands between two connectors: the words of a name, and what was said beside it."""

    words: tuple[str, ...]
    titles: tuple[str, ...] = ()
    role: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether there is more than a first name."""
        return len(self.words) > 1 and not all(map(_is_initial, self.words))


def as_part(tokens: list[str]) -> Part:
    """Take the role, in parentheses or before a colon, and the titles at the beginning out of a part's words."""
    left, role = _without_role(tokens)
    if len(alone := " ".join(left).lower()) > 1 and alone in words.ROLES:
        # "Bride & Groom" names nobody.
        return Part((), (), words.ROLES[alone])
    count = 0
    while count < len(left) and words.bare(left[count]) in words.TITLES:
        if not count and len(left) > 1 and _may_be_a_name(left[0]):
            break
        count += 1
    name = left[count:]
    while name and not any(map(str.isalnum, name[0])):
        name = name[1:]
    return Part(tuple(name), tuple(left[:count]), role)


def _may_be_a_name(title: str) -> bool:
    """M. Dupont may be Michel, and Don Lee no nobleman; Col. is a title."""
    return words.bare(title) in words.TITLES_BESIDE_TITLES and not (
        title.endswith(".") and len(title) > len("M.")
    )


def _without_role(tokens: list[str]) -> tuple[list[str], str]:
    text = " ".join(tokens)
    label, colon, rest = text.partition(":")
    if colon and (role := words.ROLES.get(label.strip().lower())):
        return rest.split(), role
    for opening, closing in ("()", "[]"):
        before, found, rest = text.partition(opening)
        inside, closed, after = rest.partition(closing)
        if found and closed and (role := words.ROLES.get(inside.strip().lower().replace(".", ""))):
            return f"{before} {after}".split(), role
    return tokens, ""


def _is_initial(word: str) -> bool:
    return len(word.rstrip(".")) == 1


def person(part: Part) -> tuple[Person, float]:
    """Who a part names, and how sure that is."""
    text = " ".join(part.words)
    title = " ".join(part.titles)
    if len(text) > _LONGEST or any(c.isdigit() or c in "<>=*{}|\\" for c in text):
        return Person(name=text, title=title, role=part.role), 0.3
    parts = _parsed(part)
    name = text if "," not in text else f"{parts.first} {parts.last}".strip()
    return Person(name, parts.first, parts.last, title, part.role), _confidence(part, parts)


def family_name(part: Part) -> str:
    """The surname of a part, with its particles; "" without one."""
    return _parsed(part).family


def _parsed(part: Part) -> NameParts:
    if part.titles:
        # A title tells a surname: Mr Smith.
        tells_first = words.bare(part.titles[-1]) in words.GIVEN_NAME_TITLES
        return by_library(part.words, "first" if tells_first else "last")
    return ordinary(part.words) or by_library(part.words)


def _confidence(part: Part, parts: NameParts) -> float:
    names = len(part.words) - sum(1 for word in part.words if word.lower() in words.PARTICLES)
    if names == 1 or not parts.first:
        # Behind a title it is known what a single name is.
        return 0.9 if part.titles else 0.7
    if part.words[0].lower() in words.FAMILY_NAMES_FIRST:
        return 0.7
    if names >= _MANY_WORDS or not parts.last:
        return 0.7
    return 0.8 if parts.is_ambiguous else 0.95
