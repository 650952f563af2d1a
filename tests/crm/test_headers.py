"""Headers of real exports find their fields, and others stay without one."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_app.crm import providers
from hub_app.crm.fields import STANDARD, Feature
from hub_app.crm.tabular import targets
from hub_app.crm.tabular.headers import Guess, guess

NOTHING: Mapping[str, Sequence[str]] = {}


def _found(headers: Sequence[str], values: Mapping[str, Sequence[str]] = NOTHING) -> dict[str, str | None]:
    return {one.header: one.field for one in guess(headers, values, targets.CLIENTS) if one.is_taken}


def _preset(crm: str, feature: str) -> Mapping[str, str]:
    return next((one.headers for one in providers.every()[crm].presets if one.feature == feature), {})


EXPORTS = {
    "honeybook": "First Name|first_name, Last Name|last_name, Email|email, Phone|phone, Organization|company, Notes|notes, Address|address",
    "seventeen": "Full Name|name, First Name|first_name, Last Name|last_name, Company Name|company, Type|status, Primary Email|email, Primary Phone|phone",
    "dubsado": "firstName|first_name, lastName|last_name, email|email, phone|phone, addressString|address, title|title, start|event_date",
    "studio_ninja": "First Name|first_name, Last Name|last_name, Email|email, Phone|phone, Company Name|company, Street Address|street, Suburb/Town|city, Postcode/Zip|postcode, State|region, Country|country, Date Added|created, Client Notes|notes",
    "tave": "First|first_name, Last|last_name, Email|email, Phone|phone, Mobile|mobile, Partner First|partner_first_name, Partner Last|partner_last_name, Partner Email|partner_email, Event Date|event_date, Event Venue|venue, Type|type, Status|status, Source|lead_source, Notes|notes",
}


@pytest.mark.parametrize("crm", EXPORTS)
def test_headers_of_clients(crm: str) -> None:
    expected = dict(pair.split("|") for pair in EXPORTS[crm].split(", "))
    preset = _preset(crm, "clients")
    guesses = guess(list(expected), {}, targets.CLIENTS, preset=preset)
    assert {one.header: one.field for one in guesses} == expected
    assert {one.how for one in guesses} == {"exact"}


def test_headers_of_projects() -> None:
    expected = {
        "Project Name": "name",
        "Client Info": "client_email",
        "Project Date": "event_date",
        "Lead Source": "lead_source",
        "Stage": "status",
        "Project Type": "type",
        "Total Project Value": "value",
        "Tax": "tax",
        "Total Paid": "paid",
        "Booked": "booking_date",
    }
    preset = _preset("honeybook", "projects")
    guesses = guess(list(expected), {}, targets.PROJECTS, preset=preset)
    assert {one.header: one.field for one in guesses} == expected


def test_presets_name_targets() -> None:
    for known, feature in ((targets.CLIENTS, "clients"), (targets.PROJECTS, "projects")):
        keys = [target.key for target in known]
        assert len(keys) == len(set(keys))
        for name in providers.every():
            assert set(_preset(name, feature).values()) <= set(keys)


@pytest.mark.parametrize(("known", "feature"), [(targets.CLIENTS, "clients"), (targets.PROJECTS, "projects")])
def test_each_standard_field_can_be_fed(known: Sequence[targets.ColumnTarget], feature: Feature) -> None:
    by_key = {target.key: (target.label, target.type) for target in known}
    for field in STANDARD[feature]:
        assert by_key[field.key] == (field.label, field.type)


def test_no_alias_is_of_two_targets() -> None:
    for known in (targets.CLIENTS, targets.PROJECTS):
        for target in known:
            for name in (target.label, *target.aliases):
                (found,) = guess([name], {}, known)
                assert (found.field, found.how) == (target.key, "exact"), name


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-Mail", "email"),
        ("EMAIL ADDRESS", "email"),
        ("Email Adress", "email"),
        ("e_mail", "email"),
        ("Cell", "mobile"),
        ("Main Phone", "phone"),
        ("Mobile Number", "mobile"),
        ("Phone #", "phone"),
        ("Primary Email", "email"),
        ("Ceremony Location", "venue"),
        ("Wedding Date", "event_date"),
        ("weddingDate", "event_date"),
        ("Date of the Event", "event_date"),
        ("Surnames", "last_name"),
        ("Lead Sources", "lead_source"),
        ("How did you hear about us?", "lead_source"),
        ("Partner\u2019s Email", "partner_email"),
        ("PartnerFirstName", "partner_first_name"),
        ("Post Code", "postcode"),
        ("\uff3a\uff29\uff30", "postcode"),
    ],
)
def test_spellings(header: str, field: str) -> None:
    assert _found([header]) == {header: field}


@pytest.mark.parametrize(
    "header",
    [
        "Venue Email", "Email Opt Out", "Email Verified", "Phone Verified", "Groom Phone", "Company Phone",
        "Planner Email", "Emergency Phone", "Phone Type", "Guest Count", "Invoice Number", "Bride Height", "Birthday",
        "Last Contacted", "First Dance", "Hair and Makeup", "Instagram", "Website", "T-Shirt", "Timezone", "Package", "Shot List",
        "Column 3", "", "Emails Sent", "Company Email", "Mother of the Bride Phone",
    ],
)  # fmt: skip
def test_headers_of_nothing(header: str) -> None:
    """Nothing is suggested either: somebody would press it."""
    assert guess([header], {}, targets.CLIENTS) == [Guess(header)]


def test_what_is_less_alike_is_suggested() -> None:
    (found,) = guess(["Sirname"], {}, targets.CLIENTS)
    assert (found.field, found.how, found.is_taken) == ("last_name", "suggested", False)


def test_each_field_goes_to_its_best_column() -> None:
    assert _found(["Email Adress", "Email", "Email 2"]) == {"Email": "email", "Email 2": "secondary_email"}
    assert _found(["Email2", "E-mail"]) == {"Email2": "secondary_email", "E-mail": "email"}
    assert _found(["Mobile", "Cell Phone"]) == {"Mobile": "mobile"}


def test_values_overrule_a_name() -> None:
    (found,) = guess(["Emial"], {"Emial": ["a@b.com", "c@d.org"]}, targets.CLIENTS)
    assert (found.field, found.how) == ("email", "suggested")
    (found,) = guess(["Event Dates"], {"Event Dates": ["yes", "no", "maybe"]}, targets.CLIENTS)
    assert found.field is None
    # The same name is doubted, and no more.
    (found,) = guess(["Booked"], {"Booked": ["yes", "no"]}, targets.PROJECTS)
    assert (found.field, found.how, found.is_taken) == ("booking_date", "suggested", False)


def test_addresses_under_a_name_that_tells_nothing() -> None:
    values = {"Login": ["a@b.com", "c@d.org"], "Who": ["Ann", "Bob"]}
    login, who = guess(["Login", "Who"], values, targets.CLIENTS)
    assert (login.field, login.how, who.field) == ("email", "suggested", None)
    assert guess(["Login", "Email"], values, targets.CLIENTS)[0].field is None


def test_what_a_person_chose_is_remembered() -> None:
    remembered = {"E-Mail": None, "Shoot": "event_date", "Old": "gone_field"}
    found = guess(["e mail", "Shoot", "Event Date", "Old"], {}, targets.CLIENTS, remembered=remembered)
    assert found == [
        Guess("e mail", None, 100, "remembered"),
        Guess("Shoot", "event_date", 100, "remembered"),
        Guess("Event Date"),
        Guess("Old"),
    ]
    (found,) = guess(["Type"], {}, targets.CLIENTS, preset={"Type": "status"}, remembered={"Type": "type"})
    assert found.field == "type"


@given(
    st.lists(
        st.text(max_size=30) | st.sampled_from([t.label for t in targets.CLIENTS]), max_size=12, unique=True
    )
)
def test_no_field_twice(headers: list[str]) -> None:
    guesses = guess(headers, {}, targets.CLIENTS)
    fields = [one.field for one in guesses if one.field]
    assert [one.header for one in guesses] == headers
    assert len(fields) == len(set(fields))


def test_many_long_headers() -> None:
    headers = [f"{'email ' * 5_000}{number}" for number in range(1_000)]
    assert len(guess(headers, {}, targets.CLIENTS)) == 1_000
