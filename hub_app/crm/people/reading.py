"""Reading a cell that names a client: `Sarah & Mike Chen` are two people of one household.

What the text does not tell is not guessed: the confidence says how sure the reading is, and the text itself is kept.
"""

import unicodedata
from dataclasses import replace

from hub_app.crm.people import companies, contacts, couples, words
from hub_app.crm.people.household import Household, Person

# A cell with more characters names nobody: it is a note.
LONGEST = 2_000
_MOST_PEOPLE = 20
_REVIEW = 0.5


def read_household(text: str, *, first_name: str = "", last_name: str = "", language: str = "") -> Household:
    """Whom a text names. Explicit first and last names beside it are right whatever the text says.

    `language` (`es`, `pt` …) tells in which one letters such as y and e are words.
    """
    original = text or f"{first_name} {last_name}".strip()
    if len(text) + len(first_name) + len(last_name) > LONGEST:
        return Household(original)
    first, last = _squeezed(first_name), _squeezed(last_name)
    if first and last:
        return _explicit(_read(text, language) if text else Household(original), first, last, language)
    read = _read(text or first or last, language)
    if last and not text and len(read.people) == 1 and not read.people[0].last_name:
        only = Person(name=last, last_name=last, title=read.people[0].title)
        return replace(read, original=original, people=(only,))
    return replace(read, original=original)


def _composed(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).replace("&amp;", "&").replace("\uff06", "&")
    # One alone was left by a file, not by a nickname.
    return composed.replace('"', "") if composed.count('"') == 1 else composed


def _squeezed(text: str) -> str:
    return " ".join(_composed(text).split())


def _read(text: str, language: str) -> Household:
    composed = _composed(text)
    squeezed = _squeezed(text)
    if squeezed.lower() in words.NOBODY or not any(map(str.isalnum, squeezed)):
        return Household(text, confidence=1.0)
    if contacts.has_contacts(squeezed):
        return _from_contacts(text, composed, language)
    lines = [line for line in composed.replace(";", "\n").splitlines() if line.strip()]
    if len(lines) > 1 and not any(map(couples.is_open, lines)):
        return _together(text, squeezed, [_named(line, language) for line in lines[: _MOST_PEOPLE + 1]])
    return replace(_named(squeezed, language), original=text)


def _named(text: str, language: str) -> Household:
    """A text of names alone."""
    text = " ".join(text.split())
    at = text.lower().find(" c/o ")
    if at > 0:
        # Where letters go, and not who it is.
        return replace(_named(text[:at], language), original=text, confidence=_REVIEW)
    person, company = companies.parted(text)
    if company:
        read = couples.read(person, language) if person else Household(text, confidence=0.95)
        return replace(read, original=text, company=company, name=text)
    return couples.read(text, language)


def _from_contacts(original: str, text: str, language: str) -> Household:
    read: list[Household] = []
    for one in contacts.contacts(text)[: _MOST_PEOPLE + 1]:
        named = (
            _named(" ".join(one.words), language) if one.words else Household("", (Person(),), confidence=0.8)
        )
        if not named.people:
            named = replace(named, people=(Person(),))
        read.append(replace(named, people=_reached(named.people, one)))
    if len(read) == 1:
        return replace(read[0], original=original)
    household = _together(original, "", read)
    # Who belongs to which address is written there.
    alone = all(len(one.people) == 1 and (one.people[0].emails or one.people[0].phones) for one in read)
    sure = 0.9 if alone and len(read) <= _MOST_PEOPLE else _REVIEW
    return replace(household, confidence=min(sure, *(one.confidence for one in read)))


def _reached(people: tuple[Person, ...], contact: contacts.Contact) -> tuple[Person, ...]:
    """The addresses of each where there are as many as people, all of them the first one's otherwise."""
    emails, phones = tuple(contact.emails), tuple(contact.phones)
    first, *others = people
    if others and len(emails) == len(people):
        others = [replace(one, emails=(email,)) for one, email in zip(others, emails[1:], strict=True)]
        emails = emails[:1]
    return (replace(first, emails=emails, phones=phones), *others)


def _together(original: str, name: str, read: list[Household]) -> Household:
    """Several texts of one cell as one household."""
    people = tuple(person for one in read for person in one.people)[:_MOST_PEOPLE]
    company = next((one.company for one in read if one.company), "")
    return Household(
        original,
        people,
        company,
        name or " & ".join(filter(None, (one.name for one in people))) or company,
        min(0.8 if len(people) <= couples.COUPLE else _REVIEW, *(one.confidence for one in read)),
    )


def _explicit(read: Household, first: str, last: str, language: str) -> Household:
    """`Sarah & Mike` with the last name `Chen`, too, are two people."""
    firsts, lasts = couples.split(first, language), couples.split(last, language)
    if len(firsts) == 1:
        return _with_explicit(read, couples.named(first, last))
    paired = lasts if len(lasts) == len(firsts) else [last] * len(firsts)
    people = tuple(couples.named(one, its) for one, its in zip(firsts, paired, strict=True))
    sure = 0.95 if len(lasts) in {1, len(firsts)} and len(people) <= couples.COUPLE else _REVIEW
    return Household(read.original, people, read.company, f"{first} {last}", sure)


def _with_explicit(read: Household, person: Person) -> Household:
    """The explicit name in the place of the person that it names, of the only one else."""
    at = next((i for i, one in enumerate(read.people) if one.first_name == person.first_name), 0)
    if not read.people or (len(read.people) > 1 and read.people[at].first_name != person.first_name):
        return Household(read.original, (person,), read.company, person.name, 1.0)
    before = read.people[at]
    explicit = replace(person, title=person.title or before.title, role=before.role)
    explicit = replace(explicit, emails=before.emails, phones=before.phones)
    people = (*read.people[:at], explicit, *read.people[at + 1 :])
    return replace(read, people=people, confidence=1.0 if len(people) == 1 else read.confidence)
