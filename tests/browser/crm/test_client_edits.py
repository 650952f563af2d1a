"""The page of a client: edited, by two people at once, with what is refused beside its field, and its history."""

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from tests.browser.crm.conftest import Add
from tests.browser.hands import Hands
from tests.people import People, Person

Enter = Callable[[Person], None]
Change = Callable[[Person, str, Mapping[str, object]], None]


def test_what_is_refused_stands_beside_its_field_and_what_is_saved_in_the_history(
    page: Page, enter: Enter, people: People, add: Add
) -> None:
    place = add(people.adam, name="Ada", email="ada@x.example", status="Lead")
    enter(people.erin)
    page.goto(f"{place}?tab=edit")
    hands = Hands(page)
    email = page.get_by_label("Email", exact=True)
    hands.enter(email, "ada at home")
    hands.enter(page.get_by_label("Status"), "Booked")
    page.keyboard.press("Enter")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#email-error")).to_contain_text("Is no e-mail address")
    expect(page.get_by_label("Status")).to_have_value("Booked")
    hands.enter(email, "ada@new.example")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The record is saved.")).to_be_visible()
    expect(page.locator("main header, main .hub-page-head")).to_contain_text("ada@new.example")
    page.get_by_role("link", name="History").click()
    newest = page.get_by_role("row").nth(1)
    expect(newest).to_contain_text("Erin Novak")
    expect(newest.get_by_role("listitem").filter(has_text="Status")).to_contain_text("Lead")
    expect(newest.get_by_role("listitem").filter(has_text="Status")).to_contain_text("Booked")
    expect(newest.get_by_role("listitem").filter(has_text="Email")).to_contain_text("ada@new.example")


def test_people_are_added_and_those_who_stay_keep_what_they_have(
    page: Page, enter: Enter, people: People, add: Add
) -> None:
    ada = {"first_name": "Ada", "last_name": "King", "role": "Bride", "phones": ["+442079460958"]}
    place = add(people.adam, name="Kings", people=[ada])
    enter(people.erin)
    page.goto(f"{place}?tab=edit")
    second = page.get_by_role("group", name="Person 2")
    second.get_by_label("Name").fill("William King")
    second.get_by_label("E-mail addresses").fill("w@king.example, will@king.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("group", name="Person 3")).to_be_visible()
    page.get_by_role("link", name="Details").click()
    cards = page.locator(".hub-persons > li")
    expect(cards.nth(0)).to_contain_text("Ada King")
    expect(cards.nth(0)).to_contain_text("+442079460958")
    expect(cards.nth(1)).to_contain_text("will@king.example")


def test_two_people_at_once_choose_where_both_changed_a_field(
    page: Page, enter: Enter, people: People, add: Add, change: Change
) -> None:
    place = add(people.adam, name="Grace", status="Lead", company="Navy")
    enter(people.erin)
    page.goto(f"{place}?tab=edit")
    page.get_by_label("Status").fill("Booked")
    page.get_by_label("Lead source").fill("Fair")
    change(people.adam, place, {"status": "Lost", "company": "Army"})
    page.get_by_role("button", name="Save").click()
    theirs = page.get_by_role("group", name="Status")
    expect(theirs).to_contain_text("Lost")
    theirs.get_by_role("button", name="Keep mine").click()
    expect(theirs).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The record is saved.")).to_be_visible()
    page.get_by_role("link", name="Details").click()
    for text in ("Booked", "Army", "Fair"):
        expect(page.locator(".hub-facts").first).to_contain_text(text)


def test_what_others_change_appears_on_an_open_page(
    page: Page, enter: Enter, people: People, add: Add, change: Change
) -> None:
    place = add(people.adam, name="Marie", status="Lead")
    enter(people.vera)
    page.goto(place)
    expect(page.get_by_role("heading", level=1)).to_have_text("Marie")
    change(people.adam, place, {"name": "Marie Curie"})
    expect(page.get_by_role("heading", level=1)).to_have_text("Marie Curie")


def test_viewers_see_who_can_edit_and_no_controls(page: Page, enter: Enter, people: People, add: Add) -> None:
    place = add(people.adam, name="Rosa")
    enter(people.vera)
    page.goto(place)
    expect(page.get_by_text("Engineers can edit and archive records.")).to_be_visible()
    expect(page.get_by_role("button", name="Archive")).to_have_count(0)
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    page.goto(f"{place}?tab=edit")
    expect(
        page.get_by_role("main").get_by_text("Engineers can edit and archive records.").first
    ).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)


def test_another_tenants_client_is_not_there(page: Page, enter: Enter, people: People, add: Add) -> None:
    place = add(people.adam, name="Hidden Client")
    enter(people.mallory)
    page.goto(place)
    expect(page.get_by_role("heading", name="There is no such record")).to_be_visible()
    expect(page.get_by_text("Hidden Client")).to_have_count(0)
