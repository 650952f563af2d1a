"""The people of a row of which several columns tell something: names, the partner's, addresses and numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hub_app.crm.people import words
from hub_app.crm.people.household import Household, Person
from hub_app.crm.people.reading import read_household

_PARTNER = "partner"
_MOST_ADDRESSES = 20
_BESIDE = frozenset({""}) | words.SIGNS | words.CONNECTORS | words.DASHES
_QUOTES = "<>()[]\"'/&|"
_NAMES = (
    "people", "name", "first_name", "last_name", "partner_name", "partner_first_name", "partner_last_name", "company"
)  # fmt: skip


def household_of(cells: Mapping[str, str], language: str = "") -> Household:
    """Who a client is by these cells, whose keys are those of `tabular/targets.py`. What is there counts, nothing has to be.

    `language` as `read_household` takes it.
    """
    said = {key: text.strip() for key, text in cells.items()}
    read = read_household(
        said.get("people") or said.get("name", ""),
        first_name=said.get("first_name", ""),
        last_name=said.get("last_name", ""),
        language=language,
    )
    emails = addresses(said.get("email", ""), said.get("secondary_email", ""))
    phones = tuple(filter(None, (said.get("phone", ""), said.get("mobile", ""))))
    people = _reached(read.people, emails, phones)
    partner = _partner(said, language)
    if partner is not None:
        people = _with_partner(people, partner)
    company = said.get("company") or read.company
    return replace(read, people=people, company=company, name=_name(read, people, company))


def addresses(*cells: str) -> tuple[str, ...]:
    """The e-mail addresses of cells that may hold several."""
    found = (_bare(word) for word in _words(cells) if "@" in word)
    return tuple(dict.fromkeys(found))[:_MOST_ADDRESSES]


def beside_addresses(said: Mapping[str, str], *keys: str) -> str:
    """What these cells hold that is none of their e-mail addresses, and no name that the row has elsewhere."""
    cells = [said.get(key, "") for key in keys]
    known = {_bare(word).casefold() for word in _words(said.get(key, "") for key in _NAMES)}
    known |= {one.casefold() for one in addresses(*cells)} | _BESIDE
    return " ".join(word for word in _words(cells) if _bare(word).casefold() not in known)


def _words(cells: Iterable[str]) -> list[str]:
    return " ".join(cells).replace(",", " ").replace(";", " ").split()


def _bare(word: str) -> str:
    return word.strip(_QUOTES)


def _reached(
    people: tuple[Person, ...], emails: tuple[str, ...], phones: tuple[str, ...]
) -> tuple[Person, ...]:
    """One address for each of a couple that has as many; all are the first one's otherwise."""
    if not people:
        return (Person(emails=emails, phones=phones),) if emails or phones else ()
    first, *others = people
    new = tuple(email for email in emails if not any(email in one.emails for one in people))
    if others and len(new) == len(people) and not any(one.emails for one in people):
        others = [replace(one, emails=(email,)) for one, email in zip(others, new[1:], strict=True)]
        new = new[:1]
    numbers = tuple(phone for phone in phones if phone not in first.phones)
    return (replace(first, emails=first.emails + new, phones=first.phones + numbers), *others)


def _partner(said: Mapping[str, str], language: str) -> Person | None:
    read = read_household(
        said.get("partner_name", ""),
        first_name=said.get("partner_first_name", ""),
        last_name=said.get("partner_last_name", ""),
        language=language,
    )
    emails = addresses(said.get("partner_email", ""))
    phones = tuple(filter(None, (said.get("partner_phone", ""),)))
    if not read.people and not emails and not phones:
        return None
    found = read.people[0] if read.people else Person()
    return replace(
        found, role=found.role or _PARTNER, emails=found.emails + emails, phones=found.phones + phones
    )


def _with_partner(people: tuple[Person, ...], partner: Person) -> tuple[Person, ...]:
    """The partner in the place of the second person when the name told of the same one."""
    if len(people) <= 1 or people[1].first_name != partner.first_name:
        return (*people, partner)
    first, second, *others = people
    emails = tuple(dict.fromkeys(second.emails + partner.emails))
    phones = tuple(dict.fromkeys(second.phones + partner.phones))
    explicit = (
        partner if partner.last_name else replace(partner, name=second.name, last_name=second.last_name)
    )
    explicit = replace(explicit, title=partner.title or second.title, role=second.role or partner.role)
    return (first, replace(explicit, emails=emails, phones=phones), *others)


def _name(read: Household, people: tuple[Person, ...], company: str) -> str:
    names = [one.name for one in people if one.name]
    if len(names) > max(1, len(read.people)) or not read.name:
        return " & ".join(names) or company
    return read.name
