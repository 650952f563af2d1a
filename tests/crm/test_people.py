"""What cells of real exports say about people, and how sure it is."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_app.crm.people import LONGEST, Household, Person, household_of, read_household
from hub_app.crm.people.parsing import by_library, ordinary

PLAIN = [
    ("Sarah Chen", ["Sarah|Chen"]),
    ("Sarah & Mike Chen", ["Sarah|Chen", "Mike|Chen"]),
    ("Sarah and Mike Chen", ["Sarah|Chen", "Mike|Chen"]),
    ("Sarah + Mike Chen", ["Sarah|Chen", "Mike|Chen"]),
    ("Sarah/Mike Chen", ["Sarah|Chen", "Mike|Chen"]),
    ("Sarah&Mike Chen", ["Sarah|Chen", "Mike|Chen"]),
    ("Sarah & Mike", ["Sarah|", "Mike|"]),
    ("Sarah Chen & Mike Lee", ["Sarah|Chen", "Mike|Lee"]),
    ("Sarah Chen & Mike Chen", ["Sarah|Chen", "Mike|Chen"]),
    ("Chen, Sarah", ["Sarah|Chen"]),
    ("Chen, Sarah & Mike", ["Sarah|Chen", "Mike|Chen"]),
    ("Dr. Sarah Chen and Mr. Mike Lee", ["Dr. Sarah|Chen", "Mr. Mike|Lee"]),
    ("Mr. & Mrs. Smith", ["Mr. |Smith", "Mrs. |Smith"]),
    ("Mr & Mrs J. van der Berg", ["Mr J.|van der Berg", "Mrs |van der Berg"]),
    ("Mr. and Mrs. John Smith", ["Mr. John|Smith", "Mrs. |Smith"]),
    ("Anna und Jörg Müller", ["Anna|Müller", "Jörg|Müller"]),
    ("Claire et Pierre Dupont", ["Claire|Dupont", "Pierre|Dupont"]),
    ("Søren og Mette Kjær", ["Søren|Kjær", "Mette|Kjær"]),
    ("Astrid och Björn Åkesson", ["Astrid|Åkesson", "Björn|Åkesson"]),
    ("Jan en Els de Vries", ["Jan|de Vries", "Els|de Vries"]),
    ("Andy & Anders Holm", ["Andy|Holm", "Anders|Holm"]),
    ("Brandon Anders", ["Brandon|Anders"]),
    ("Sarah (bride) & Mike (groom) Chen", ["Sarah|Chen|bride", "Mike|Chen|groom"]),
    ("Sarah Smith-Jones & Tom O'Neill", ["Sarah|Smith-Jones", "Tom|O'Neill"]),
    ("The Chen Wedding", ["|Chen"]),
    ("Chen Family", ["|Chen"]),
    ("Familie Huber", ["|Huber"]),
]
HARDER = [
    ("Jean-Luc & Marie-Claire de la Tour", ["Jean-Luc|de la Tour", "Marie-Claire|de la Tour"]),
    ("Anna-Lena und Jörg von der Heide", ["Anna-Lena|von der Heide", "Jörg|von der Heide"]),
    ("Vitória dos Santos & João Pedro Alves", ["Vitória|dos Santos", "João Pedro|Alves"]),
    ("Mr & Mrs John and Sarah Smith", ["Mr John|Smith", "Mrs Sarah|Smith"]),
    ("M. et Mme Dupont", ["M. |Dupont", "Mme |Dupont"]),
    ("Sr. y Sra. García", ["Sr. |García", "Sra. |García"]),
    ("Herr und Frau Müller", ["Herr |Müller", "Frau |Müller"]),
    ("Dr. & Mrs. van Dyke", ["Dr. |van Dyke", "Mrs. |van Dyke"]),
    ("Dr. Sarah & Mike Chen", ["Dr. Sarah|Chen", "Mike|Chen"]),
    ("Prof. Dr. Anna Müller", ["Prof. Dr. Anna|Müller"]),
    ("Lt. Col. Bob Ray & Mary Ray", ["Lt. Col. Bob|Ray", "Mary|Ray"]),
    ("Sir Elton", ["Sir Elton|"]),
    ("J. & M. Smith", ["J.|Smith", "M.|Smith"]),
    ("J. R. & M. Smith", ["J. R.|Smith", "M.|Smith"]),
    ("John Smith, Jr.", ["John|Smith Jr."]),
    ("Sarah Chen, PhD & Mike Lee, Jr.", ["Sarah|Chen PhD", "Mike|Lee Jr."]),
    ("Chen, Sarah & Lee, Mike", ["Sarah|Chen", "Mike|Lee"]),
    ('Sarah "Sally" Chen', ["Sarah|Chen"]),
    ('"Sarah Chen', ["Sarah|Chen"]),
    ("SARAH & MIKE CHEN", ["SARAH|CHEN", "MIKE|CHEN"]),
    ("sarah and mike mcdonald", ["sarah|mcdonald", "mike|mcdonald"]),
    ("Sarah &amp; Mike Chen", ["Sarah|Chen", "Mike|Chen"]),
    ("  Sarah \u00a0&\n Mike   Chen ", ["Sarah|Chen", "Mike|Chen"]),
    ("Dean & Baker King", ["Dean|King", "Baker|King"]),
    ("Smith, Mr. & Mrs. John", ["Mr. John|Smith", "Mrs. |Smith"]),
    ("Smith, Mr. & Mrs.", ["Mr. |Smith", "Mrs. |Smith"]),
    ("Wedding of Sarah and Mike Chen", ["Sarah|Chen", "Mike|Chen"]),
    ("Johnson Wedding 2024", ["|Johnson"]),
    ("de la Cruz, Maria & Juan", ["Maria|de la Cruz", "Juan|de la Cruz"]),
    ("Anna Bank", ["Anna|Bank"]),
    ("The Van der Berg Family", ["|Van der Berg"]),
    ("Sarah and Mike Chen Wedding", ["Sarah|Chen", "Mike|Chen"]),
    ("Zoe\u0308 & Rene\u0301 Bla\u0301zquez", ["Zoë|Blázquez", "René|Blázquez"]),
]
UNSURE = [
    # Whether Ann is a surname, and whether Oliver has one, cannot be known.
    ("Mary Ann & Joe Doe", ["Mary|Ann", "Joe|Doe"]),
    ("Emma Smith and Oliver", ["Emma|Smith", "Oliver|"]),
    ("van der Berg", ["|van der Berg"]),
    ("Madonna", ["Madonna|"]),
    ("Sarah, Mike & Tom Chen", ["Sarah|Chen", "Mike|Chen", "Tom|Chen"]),
    ("Sarah Chen, Mike Lee", ["Sarah|Chen", "Mike|Lee"]),
    ("Chen, Sarah; Lee, Mike", ["Sarah|Chen", "Mike|Lee"]),
    ("Sarah Chen - Mike Lee", ["Sarah|Chen", "Mike|Lee"]),
    ("Sarah Chen & Mike Lee & Tom Ray", ["Sarah|Chen", "Mike|Lee", "Tom|Ray"]),
    ("Chen/Lee Wedding", ["Chen|", "Lee|"]),
    ("Ana María García López", ["Ana María García|López"]),
    ("Nguyễn Thị Lan", ["Nguyễn Thị|Lan"]),
    ("John, Jane Smith", ["Jane Smith|John"]),
    ("Bride & Groom", []),
    ("Sarah Chen c/o Mike Lee", ["Sarah|Chen"]),
    ("Sarah & Partners", ["Sarah|"]),
    ("Sarah Chen & family", ["Sarah|Chen"]),
    ("Sarah Chen + guest", ["Sarah|Chen"]),
]


def _shown(household: Household) -> list[str]:
    return [
        (f"{one.title} " if one.title else "")
        + f"{one.first_name}|{one.last_name}"
        + (f"|{one.role}" if one.role else "")
        for one in household.people
    ]


@pytest.mark.parametrize(("text", "people"), PLAIN + HARDER)
def test_people_of_a_cell(text: str, people: list[str]) -> None:
    household = read_household(text)
    assert (_shown(household), household.is_sure, household.original) == (people, True, text)


@pytest.mark.parametrize(("text", "people"), UNSURE)
def test_what_cannot_be_known_is_a_suggestion(text: str, people: list[str]) -> None:
    household = read_household(text)
    assert (_shown(household), household.is_sure) == (people, False)


@pytest.mark.parametrize(
    "text",
    ["Miller & Sons", "Acme Ltd", "Schneider GmbH", "Sarah Chen Photography", "Grand Hotel", "Muster AG"],
)
def test_a_company_is_nobody(text: str) -> None:
    household = read_household(text)
    assert (household.people, household.company, household.name, household.is_sure) == ((), text, text, True)


def test_a_person_of_a_company() -> None:
    household = read_household("Sarah Chen, Acme Ltd")
    assert (_shown(household), household.company) == (["Sarah|Chen"], "Acme Ltd")


@pytest.mark.parametrize("text", ["", "N/A", "-", "TBC", " ? "])
def test_nobody(text: str) -> None:
    assert read_household(text).people == ()


CHEN, LEE = ("Sarah", "Chen"), ("Mike", "Lee")


@pytest.mark.parametrize(
    "text",
    [
        "Sarah Chen sarah@x.com, Mike Lee mike@y.com (FOB)",
        "Sarah Chen <sarah@x.com>; Mike Lee (FOB) <mike@y.com>",
        "Sarah Chen sarah@x.com Mike Lee mike@y.com (FOB)",
        "Sarah Chen, sarah@x.com, Mike Lee, mike@y.com, FOB",
        "sarah@x.com Sarah Chen\nmike@y.com Mike Lee (F.O.B.)",
    ],
)
def test_people_with_addresses(text: str) -> None:
    household = read_household(text)
    assert household.people == (
        Person("Sarah Chen", *CHEN, emails=("sarah@x.com",)),
        Person("Mike Lee", *LEE, role="father of the bride", emails=("mike@y.com",)),
    )
    assert household.name == "Sarah Chen & Mike Lee"
    assert household.is_sure


def test_addresses_of_a_couple() -> None:
    household = read_household("Sarah & Mike Chen sarah@x.com / mike@x.com")
    assert [one.emails for one in household.people] == [("sarah@x.com",), ("mike@x.com",)]
    household = read_household("Sarah & Mike Chen chens@x.com m: +44 20 7946 0958")
    assert [(one.first_name, one.emails, one.phones) for one in household.people] == [
        ("Sarah", ("chens@x.com",), ("+44 20 7946 0958",)),
        ("Mike", (), ()),
    ]


def test_an_address_alone() -> None:
    assert read_household("sarah@x.com").people == (Person(emails=("sarah@x.com",)),)


def test_explicit_names_beat_what_is_read() -> None:
    household = read_household("Mary Ann Joe", first_name="Mary Ann", last_name="Joe")
    assert (_shown(household), household.is_sure) == (["Mary Ann|Joe"], True)
    household = read_household("Sarah & Mike Chen", first_name="Sarah", last_name="Chen-Lee")
    assert _shown(household) == ["Sarah|Chen-Lee", "Mike|Chen"]
    household = read_household("Sarah sarah@x.com (bride)", first_name="Sarah", last_name="Chen")
    assert household.people == (Person("Sarah Chen", *CHEN, role="bride", emails=("sarah@x.com",)),)


@pytest.mark.parametrize(
    ("first", "last", "people"),
    [
        ("Sarah & Mike", "Chen", ["Sarah|Chen", "Mike|Chen"]),
        ("Sarah and Mike", "Chen & Lee", ["Sarah|Chen", "Mike|Lee"]),
        ("Sarah Chen", "", ["Sarah|Chen"]),
        ("Sarah & Mike Chen", "", ["Sarah|Chen", "Mike|Chen"]),
        ("Sarah Chen", "Chen", ["Sarah|Chen"]),
        ("Sarah", "", ["Sarah|"]),
        ("Mary Ann", "van der Berg", ["Mary Ann|van der Berg"]),
    ],
)
def test_couples_in_fields_of_first_and_last_names(first: str, last: str, people: list[str]) -> None:
    assert _shown(read_household("", first_name=first, last_name=last)) == people


def test_letters_that_connect_in_their_language_alone() -> None:
    assert _shown(read_household("Ana y José García", language="es")) == ["Ana|García", "José|García"]
    assert not read_household("Ana y José García").is_sure
    assert _shown(read_household("Maria e João da Silva", language="pt")) == [
        "Maria|da Silva",
        "João|da Silva",
    ]


WORDS = [
    "Sarah",
    "CHEN",
    "o'Neill",
    "van",
    "der",
    "&",
    "and",
    "Mr",
    "Mrs.",
    ",",
    ";",
    "(FOB)",
    "(",
    ":",
    "Ltd",
    "a@b.c",
]
cells = st.lists(st.sampled_from([*WORDS, "Family", "The", "-", "+44 20 7946 0958", "é"]), max_size=12).map(
    " ".join
)


@settings(max_examples=400, deadline=None)
@given(cells | st.text(max_size=80))
def test_nothing_is_made_up_and_nothing_recased(text: str) -> None:
    household = read_household(text)
    assert household.original == text
    assert 0 <= household.confidence <= 1
    # A lone quotation mark is a fault of the file, and part of nobody's name or address.
    said = _composed(" ".join(text.split()))
    for one in household.people:
        for word in f"{one.first_name} {one.last_name} {one.title}".split():
            assert word.strip("(),") in said
        for address in (*one.emails, *one.phones):
            assert all(part in said for part in address.split())


def _composed(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).replace("&amp;", "&").replace("\uff06", "&")
    return composed.replace('"', "") if composed.count('"') == 1 else composed


letters = st.text(st.sampled_from("aeinorstvdbmACSUÖéßŁ-'"), min_size=1, max_size=9)


@settings(max_examples=300, deadline=None)
@given(
    letters | st.sampled_from(["van", "Mac", "Al", "Jo", "Ma", "né"]),
    letters | st.sampled_from(["Jr", "MA", "la"]),
)
def test_two_ordinary_words_are_read_as_the_library_reads_them(first: str, last: str) -> None:
    assert ordinary((first, last)) in {None, by_library((first, last))}


def test_most_names_are_ordinary() -> None:
    assert ordinary(("Anne-Marie", "Müller"))


@pytest.mark.parametrize(
    "piece", ["&", "Sarah & ", ",", "a@b.c ", "(", "\u0301\u0327", "1234567 ", "Mr ", ": ", "The Family "]
)
def test_no_cell_is_costly(piece: str) -> None:
    """A long one is a note, and is kept as it is."""
    note = piece * (10_000 // len(piece))
    assert read_household(note) == Household(note)
    short = (piece * LONGEST)[:LONGEST]
    assert len(read_household(short).people) <= 20


def test_people_of_several_columns() -> None:
    household = household_of(
        {
            "first_name": "Sarah",
            "last_name": "Chen",
            "email": "sarah@x.com; s.chen@work.com",
            "phone": "020 7946 0958",
            "mobile": "+44 7700 900123",
            "partner_first_name": "Mike",
            "partner_last_name": "Lee",
            "partner_email": "mike@y.com",
            "status": "Booked",
        }
    )
    assert household.people == (
        Person(
            "Sarah Chen",
            *CHEN,
            emails=("sarah@x.com", "s.chen@work.com"),
            phones=("020 7946 0958", "+44 7700 900123"),
        ),
        Person("Mike Lee", *LEE, role="partner", emails=("mike@y.com",)),
    )
    assert (household.name, household.is_sure) == ("Sarah Chen & Mike Lee", True)


def test_a_partner_that_the_name_tells_too_is_one_person() -> None:
    household = household_of(
        {"name": "Sarah & Mike Chen", "partner_first_name": "Mike", "partner_email": "mike@y.com"}
    )
    assert household.people == (
        Person("Sarah Chen", *CHEN),
        Person("Mike Chen", "Mike", "Chen", role="partner", emails=("mike@y.com",)),
    )
    assert household.name == "Sarah & Mike Chen"


def test_addresses_of_couples_and_of_nobody() -> None:
    household = household_of({"name": "Sarah & Mike Chen", "email": "sarah@x.com, mike@x.com"})
    assert [one.emails for one in household.people] == [("sarah@x.com",), ("mike@x.com",)]
    assert household_of({"email": "info@x.com", "company": "Acme Ltd"}) == Household(
        "", (Person(emails=("info@x.com",)),), "Acme Ltd", "Acme Ltd", 1.0
    )
    household = household_of(
        {"people": "Sarah Chen sarah@x.com, Mike Lee mike@y.com", "email": "sarah@x.com"}
    )
    assert [one.emails for one in household.people] == [("sarah@x.com",), ("mike@y.com",)]
