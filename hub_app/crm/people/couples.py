"""One, two or more names in a text without addresses."""

from collections.abc import Sequence
from dataclasses import replace

from hub_app.crm.people import connectors, words
from hub_app.crm.people.household import Household, Person
from hub_app.crm.people.occasions import without_occasion
from hub_app.crm.people.person import Part, as_part, family_name, person

COUPLE = 2
_REVIEW = 0.5
_UNCERTAIN = 0.6
_MOST_PARTS = 20


def read(text: str, language: str = "") -> Household:
    """Whom a text of names names. `language` as `read_household` takes it."""
    inner, family = without_occasion(text)
    if family:
        return Household(text, (Person(name=inner, last_name=inner),), name=text, confidence=0.9)
    people, confidence = _people(inner, language)
    if inner != text:
        # "Chen & Lee Wedding" tells no first names.
        confidence = min(confidence, 0.9 if any(one.last_name for one in people) else _REVIEW)
    return Household(text, people, name=text, confidence=confidence)


def split(text: str, language: str = "") -> list[str]:
    """The texts between connectors, as they are."""
    return [" ".join(part) for part in connectors.split(connectors.tokens_of(text), language)[0]] or [text]


def is_open(text: str) -> bool:
    """Whether a text begins or ends with a connector, so that somebody comes before or after it."""
    tokens = text.split()
    return bool({tokens[0].lower(), tokens[-1].lower()} & (words.SIGNS | {"and", "und"}))


def named(first_name: str, last_name: str) -> Person:
    """A person whose names are known."""
    part = as_part(first_name.split())
    first = " ".join(part.words)
    if first.lower().endswith(f" {last_name.lower()}"):
        # The field holds the whole name.
        first = first[: -len(last_name) - 1]
    name = f"{first} {last_name}".strip()
    return Person(name, first, last_name, " ".join(part.titles), part.role)


def _people(text: str, language: str) -> tuple[tuple[Person, ...], float]:
    surname, text = _leading_surname(text, language)
    found, confidence = connectors.split(connectors.tokens_of(text), language)
    if len(found) == 1 and "," in text:
        found, confidence = _by_commas(text)
    elif len(found) > 1 and not _commas_are_of_names(found):
        # Sarah, Mike & Tom Chen.
        found = [piece.split() for part in found for piece in " ".join(part).split(",") if piece.strip()]
        confidence = _REVIEW
    parts = [part for part in map(as_part, found[:_MOST_PARTS]) if part.words or part.titles]
    if surname:
        named = [part for part in parts if part.words] or parts[-1:]
        parts = [
            replace(part, words=(*part.words, *surname.split())) if part in named else part for part in parts
        ]
    people, sure = _of_parts(parts)
    return people, min(confidence, sure, 1.0 if len(found) <= _MOST_PARTS else 0.0)


def _leading_surname(text: str, language: str) -> tuple[str, str]:
    """The surname of `Chen, Sarah & Mike`, and the rest; "" when it begins with none."""
    before, comma, after = text.partition(",")
    parts = [as_part(part).words for part in connectors.split(connectors.tokens_of(after), language)[0]]
    if (
        not comma
        or "," in after
        or len(parts) < COUPLE
        or len(connectors.split(connectors.tokens_of(before), language)[0]) > 1
    ):
        return "", text
    single = all(len(part) == 1 or all(len(word) <= len("X.") for word in part[1:]) for part in parts)
    return (before.strip(), after.strip()) if single else ("", text)


def _commas_are_of_names(parts: Sequence[Sequence[str]]) -> bool:
    """Whether all parts are such as `Lee, Mike`, or all such as `Mike Lee, Jr.`"""
    return all(map(_is_surname_first, parts)) or all(map(_has_only_suffixes, parts))


def _is_surname_first(part: Sequence[str]) -> bool:
    before, comma, after = " ".join(part).partition(",")
    return bool(comma and "," not in after and after.strip() and _is_surname(before))


def _has_only_suffixes(part: Sequence[str]) -> bool:
    _, _, after = " ".join(part).partition(",")
    return all(words.bare(word) in words.SUFFIXES for word in after.replace(",", " ").split())


def _is_surname(text: str) -> bool:
    """Whether a text before a comma is one word, with the particles before it."""
    tokens = text.split()
    return len(tokens) == 1 or (bool(tokens) and all(word.lower() in words.PARTICLES for word in tokens[:-1]))


def _by_commas(text: str) -> tuple[list[list[str]], float]:
    """`Chen, Sarah` is one person, `Sarah Chen, Mike Lee` may be two."""
    if _commas_are_of_names([text.split()]):
        behind = text.partition(",")[2].split()
        known = words.TITLES | words.SUFFIXES
        names = [word for word in behind if len(word) > len("X.") and words.bare(word) not in known]
        # "John, Jane Smith" may be two people.
        return [text.split()], 1.0 if len(names) <= 1 else 0.8
    pieces = [piece.split() for piece in text.split(",") if piece.strip()]
    if len(pieces) == COUPLE and not all(len(piece) > 1 for piece in pieces):
        # "Garcia Lopez, Ana": a surname of two words.
        return [text.split()], 0.8
    return pieces, _UNCERTAIN if len(pieces) == COUPLE else _REVIEW


def _of_parts(parts: list[Part]) -> tuple[tuple[Person, ...], float]:
    if not parts:
        return (), 0.0
    while len(parts) > 1 and not parts[-1].titles and _is_companion(parts[-1]):
        people, sure = _of_parts(parts[:-1])
        return people, min(sure, 0.8)
    if len(parts) == 1:
        found, sure = person(parts[0])
        return (found,), sure
    if not parts[0].words:
        return _after_titles(parts)
    if len(parts) > COUPLE:
        shared = [_with_surname(part, parts[-1]) for part in parts]
        return tuple(person(part)[0] for part in shared), _REVIEW
    return _couple(*parts)


def _is_companion(part: Part) -> bool:
    return words.bare(part.words[-1] if part.words else "") in words.COMPANIONS and len(part.words) <= len(
        ("her", "husband")
    )


def _after_titles(parts: list[Part]) -> tuple[tuple[Person, ...], float]:
    """`Mr & Mrs J. van der Berg`, `Mr & Mrs John and Sarah Smith`."""
    titles: list[str] = []
    while parts and not parts[0].words:
        titles.append(" ".join(parts[0].titles))
        parts = parts[1:]
    if not parts or not parts[0].titles:
        return tuple(Person(title=title) for title in titles), 0.3
    titles.append(" ".join(parts[0].titles))
    names = [replace(parts[0], titles=()), *parts[1:]]
    if len(names) == 1:
        return _of_one_name(titles, names[0])
    people, sure = _of_parts(names)
    if len(names) != len(titles):
        return people, _REVIEW
    return tuple(replace(one, title=title) for one, title in zip(people, titles, strict=True)), sure


def _of_one_name(titles: list[str], name: Part) -> tuple[tuple[Person, ...], float]:
    """The first has the name, the others its surname."""
    first, sure = person(replace(name, titles=(titles[0],)))
    others = [
        Person(name=first.last_name, last_name=first.last_name, title=title, role=name.role)
        for title in titles[1:]
    ]
    return (replace(first, title=titles[0]), *others), sure if len(titles) == COUPLE else _REVIEW


def _with_surname(part: Part, last: Part) -> Part:
    """The part with the surname of the last one, where it has none."""
    if part is last or part.is_whole or not last.is_whole:
        return part
    return replace(part, words=(*part.words, *family_name(last).split()))


def _may_be_a_given_name(word: str, *, besides: str) -> bool:
    return words.bare(word) in words.SECOND_GIVEN_NAMES and word != besides


def _couple(left: Part, right: Part) -> tuple[tuple[Person, ...], float]:
    first, sure = person(_with_surname(left, right))
    second, also_sure = person(right)
    if left.is_whole and not right.is_whole:
        # Whether Oliver is a Smith too, "Emma Smith and Oliver" does not tell.
        return (first, second), _UNCERTAIN
    if len(left.words) == COUPLE and _may_be_a_given_name(left.words[1], besides=second.last_name):
        return (first, second), _UNCERTAIN
    if not left.is_whole and not right.is_whole:
        return (first, second), 0.9
    return (first, second), min(sure, also_sure)
