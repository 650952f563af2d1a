"""The list of clients: searched and sorted without a mouse, with columns of one's choice, downloaded."""

import csv
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.crm.conftest import Add
from tests.browser.hands import Hands
from tests.people import People, Person

Enter = Callable[[Person], None]
_PAGE = "/crm/clients"


def names(page: Page) -> list[str]:
    """Those that the list shows, in its order."""
    return page.locator("tbody tr th").all_inner_texts()


def test_searching_sorting_and_opening_take_the_keyboard_alone(
    page: Page, enter: Enter, people: People, add: Add
) -> None:
    for name, value in (("Chloé Müller", 300), ("Ada Lovelace", 900), ("Bob Smith", 100)):
        add(people.erin, name=name, value=value)
    enter(people.vera)
    page.goto(_PAGE)
    hands = Hands(page)
    hands.press(page.get_by_role("link", name="Name", exact=True))
    page.wait_for_url("**sort=name**")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Name")
    assert names(page) == ["Ada Lovelace", "Bob Smith", "Chloé Müller"]
    hands.press(page.get_by_role("link", name="Value", exact=True))
    page.wait_for_url("**sort=value**")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Value")
    assert names(page) == ["Bob Smith", "Chloé Müller", "Ada Lovelace"]
    page.reload()
    hands.enter(page.get_by_role("searchbox", name="Name, email or phone"), "MULLER")
    page.wait_for_url("**q=MULLER**")
    expect(page.locator("tbody tr")).to_have_count(1)
    hands.press(page.get_by_role("link", name="Chloé Müller"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Chloé Müller")
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(1)
    hands.press(page.get_by_role("link", name="Clear"))
    expect(page.locator("tbody tr")).to_have_count(3)


def test_columns_are_chosen_and_kept_in_the_address(
    page: Page, enter: Enter, people: People, add: Add
) -> None:
    add(people.erin, name="Grace Hopper", lead_source="Instagram", notes="Likes ships")
    enter(people.vera)
    page.goto(f"{_PAGE}?q=Hopper")
    expect(page.get_by_role("columnheader", name="Lead source")).to_have_count(0)
    page.get_by_role("button", name="Columns").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Lead source").check()
    dialog.get_by_label("Email", exact=True).uncheck()
    dialog.get_by_role("button", name="Show these").click()
    expect(page.get_by_role("columnheader", name="Lead source")).to_be_visible()
    expect(page.get_by_role("cell", name="Instagram")).to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name="Lead source")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Email")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    (line,) = csv.DictReader(text.splitlines())
    assert (line["Name"], line["Notes"]) == ("Grace Hopper", "Likes ships")


def test_a_new_client_appears_and_one_that_is_archived_goes(
    page: Page, enter: Enter, people: People, add: Add
) -> None:
    enter(people.erin)
    page.goto(f"{_PAGE}?q=Turing")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    place = add(people.adam, name="Alan Turing")
    expect(page.get_by_role("link", name="Alan Turing")).to_be_visible()
    page.goto(place)
    page.get_by_role("button", name="Archive").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Archive").click()
    expect(page.get_by_text("Alan Turing is archived.")).to_be_visible()
    page.goto(f"{_PAGE}?q=Turing")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("combobox", name="Show").select_option("Archived")
    page.get_by_role("link", name="Alan Turing").click()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("button", name="Archive")).to_be_visible()


def test_the_palette_finds_clients_by_their_address(
    page: Page, enter: Enter, people: People, add: Add
) -> None:
    add(people.erin, name="Katherine Johnson", email="kj@orbit.example")
    enter(people.vera)
    page.goto(_PAGE)
    expect(page.get_by_role("link", name="Katherine Johnson")).to_be_visible()
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("orbit.example")
    option = page.get_by_role("option", name=re.compile("Katherine Johnson"))
    expect(option).to_be_visible()
    option.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Katherine Johnson")


def test_other_tenants_see_the_way_to_connect(page: Page, enter: Enter, people: People) -> None:
    enter(people.mallory)
    page.goto(_PAGE)
    expect(page.get_by_text("No CRM connected yet")).to_be_visible()
    expect(page.get_by_role("link", name="Connect a CRM")).to_have_attribute("href", "/crm/connections")
