"""Who a client is: one person, a couple, more, or a company."""

from dataclasses import dataclass

# Below this, a reading is shown as a suggestion and taken by nobody but a person.
SURE = 0.9


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the text spells it: nothing is re-cased. `first_name` holds middle names and initials too, `last_name` what
    follows it (Jr., III). `name` is the whole without title and role; what the text does not tell is empty.
    """

    name: str = ""
    first_name: str = ""
    last_name: str = ""
    title: str = ""
    role: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Household:
    """Whom a text names, in its order. `name` is what to call them all, `confidence` how sure the reading is, from 0 to 1."""

    original: str
    people: tuple[Person, ...] = ()
    company: str = ""
    name: str = ""
    confidence: float = 0.0

    @property
    def is_sure(self) -> bool:
        """Whether it may be taken without asking."""
        return self.confidence >= SURE
