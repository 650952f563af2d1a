"""Texts that hold e-mail addresses or phone numbers beside names: `Ann Lee ann@x.com, Bob Lee bob@x.com (FOB)`."""

from dataclasses import dataclass, field

from hub_app.crm.people import words

_FEWEST_DIGITS = 7
_MOST_DIGITS = 15
_QUOTES = "<>()[]\"';,"


@dataclass(slots=True)
class Contact:
    """The words of a name, or of several, and how they are reached."""

    words: list[str] = field(default_factory=list[str])
    emails: list[str] = field(default_factory=list[str])
    phones: list[str] = field(default_factory=list[str])

    @property
    def is_reached(self) -> bool:
        return bool(self.emails or self.phones)


def has_contacts(text: str) -> bool:
    """Whether there is an e-mail address or a phone number in a text."""
    if "@" in text:
        return True
    return sum(map(str.isdigit, text)) >= _FEWEST_DIGITS


def contacts(text: str) -> list[Contact]:
    """Who is named, one after the other. What follows without a name belongs to the one before."""
    found: list[Contact] = []
    for chunk in _chunks(text):
        for one in _people_of(chunk.split()):
            if found and not _names(one.words):
                found[-1].words += _as_role(one.words)
                found[-1].emails += one.emails
                found[-1].phones += one.phones
            elif one.words or one.is_reached:
                found.append(one)
    return found


def _chunks(text: str) -> list[str]:
    for separator in ",;\r\t":
        text = text.replace(separator, "\n")
    return text.split("\n")


def _names(tokens: list[str]) -> bool:
    """Whether there is a name among the words, not a role alone."""
    text = " ".join(tokens).strip("()[] ").lower().replace(".", "")
    return bool(text) and text not in words.ROLES


def _as_role(tokens: list[str]) -> list[str]:
    text = " ".join(tokens).strip("()[] ")
    return f"({text})".split() if text else []


def _people_of(tokens: list[str]) -> list[Contact]:
    """A name after an address begins another person; an address before a name is that person's."""
    people = [Contact()]
    at, in_name = 0, False
    while at < len(tokens):
        here, word, size = people[-1], tokens[at], _phone_at(tokens, at)
        if size:
            here.phones.append(" ".join(tokens[at : at + size]).strip(","))
        elif "@" in word:
            here.emails.append(word.strip(_QUOTES).removeprefix("mailto:"))
        elif not _is_beside(tokens, at, here):
            if here.words and here.is_reached and not in_name and not word.startswith(("(", "[")):
                people.append(here := Contact())
            here.words.append(word)
        in_name = here.words[-1:] == [word]
        at += size or 1
    return people


def _is_beside(tokens: list[str], at: int, here: Contact) -> bool:
    """Whether a word stands between addresses, or before a number, and is no part of a name."""
    if tokens[at] in words.SIGNS:
        return here.is_reached or not here.words
    return tokens[at] in words.DASHES or _is_label(tokens, at)


def _is_label(tokens: list[str], at: int) -> bool:
    return words.bare(tokens[at]) in words.PHONE_LABELS and bool(_phone_at(tokens, at + 1))


def _phone_at(tokens: list[str], at: int) -> int:
    """How many words from `at` on are one phone number."""
    digits, end = 0, at
    while end < len(tokens) and (count := _digits_of(tokens[end])):
        if digits + count > _MOST_DIGITS:
            break
        digits, end = digits + count, end + 1
    return end - at if digits >= _FEWEST_DIGITS else 0


def _digits_of(word: str) -> int:
    """The digits of a word that holds nothing else than a phone number does."""
    digits = sum(map(str.isdigit, word))
    return digits if digits and all(c.isdigit() or c in "+()-./," for c in word) else 0
