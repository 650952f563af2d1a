"""A client's history in a browser: earlier versions restored, whole or by a field, and not over what others changed meanwhile."""

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import Locator, Page, expect

from tests.browser.crm.conftest import Add
from tests.browser.hands import Hands
from tests.people import People, Person

Enter = Callable[[Person], None]
Change = Callable[[Person, str, Mapping[str, object]], None]


def ask(page: Page, version: int) -> Locator:
    """Look at a version, and open the dialog about it."""
    page.get_by_role("link", name=f"Show version {version}", exact=True).click()
    page.get_by_role("button", name="Restore from here…").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_role("heading", name=f"Restore version {version}?")).to_be_visible()
    return dialog


def newest(page: Page) -> Locator:
    """The newest version in the list."""
    card = page.locator(".hub-card").filter(has=page.get_by_role("heading", name="History", exact=True))
    return card.get_by_role("row").nth(1)


def test_a_whole_version_is_restored_by_keyboard_and_back_again(
    page: Page, enter: Enter, people: People, add: Add, change: Change
) -> None:
    place = add(people.adam, name="Ada", status="Lead")
    change(people.adam, place, {"status": "Booked", "email": "ada@x.example"})
    enter(people.adam)
    page.goto(f"{place}?tab=history")
    hands = Hands(page)
    hands.press(page.get_by_role("link", name="Show version 1", exact=True))
    past = page.locator(".hub-card").filter(has=page.get_by_role("heading", name="Time machine"))
    expect(past.get_by_role("row").filter(has_text="Status")).to_contain_text("Lead")
    expect(past.get_by_role("row").filter(has_text="Status")).to_contain_text("Different")
    opener = page.get_by_role("button", name="Restore from here…")
    hands.press(opener)
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_text("ada@x.example")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    dialog = ask(page, 1)
    expect(dialog.get_by_role("checkbox")).to_have_count(2)
    dialog.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_text("Restored from version 1. What stood here before is version 2.")).to_be_visible()
    expect(newest(page)).to_contain_text(re.compile("Restored.*Version 3", re.DOTALL))
    expect(newest(page)).to_contain_text("As it is now")
    expect(past.get_by_text("Every field was as it is now.")).to_be_visible()
    ask(page, 2).get_by_role("button", name="Restore", exact=True).click()
    expect(newest(page)).to_contain_text("Version 4")
    expect(page.locator(".hub-page-head")).to_contain_text("ada@x.example")


def test_an_engineer_restores_the_fields_that_are_ticked(
    page: Page, enter: Enter, people: People, add: Add, change: Change
) -> None:
    place = add(people.adam, name="Ada", status="Lead", company="Oak")
    change(people.adam, place, {"status": "Booked", "company": "Elm"})
    enter(people.erin)
    page.goto(f"{place}?tab=history")
    dialog = ask(page, 1)
    dialog.get_by_role("button", name="Restore", exact=True).click()
    expect(dialog.locator("#field-error")).to_contain_text("at least one field")
    dialog.get_by_role("checkbox", name=re.compile("^Company")).check()
    dialog.get_by_role("button", name="Restore", exact=True).click()
    expect(newest(page)).to_contain_text("Oak")
    page.get_by_role("link", name="Details").click()
    details = page.locator(".hub-card").filter(has=page.get_by_role("heading", name="Details"))
    expect(details).to_contain_text("Oak")
    expect(details).to_contain_text("Booked")


def test_what_a_colleague_changed_meanwhile_is_shown_and_not_undone(
    page: Page, enter: Enter, people: People, add: Add, change: Change
) -> None:
    place = add(people.adam, name="Ada", status="Lead")
    change(people.adam, place, {"status": "Booked"})
    enter(people.adam)
    page.goto(f"{place}?tab=history")
    dialog = ask(page, 1)
    change(people.erin, place, {"status": "Lost"})
    dialog.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_text("Nothing was restored")).to_be_visible()
    expect(dialog.get_by_text("Lost")).to_be_visible()
    dialog.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_text("Restored from version 1. What stood here before is version 3.")).to_be_visible()


def test_viewers_read_the_history_alone(
    page: Page, enter: Enter, people: People, add: Add, change: Change
) -> None:
    place = add(people.adam, name="Ada", status="Lead")
    change(people.adam, place, {"status": "Booked"})
    enter(people.vera)
    page.goto(f"{place}?tab=history")
    expect(page.get_by_text("Engineers can restore fields from here")).to_be_visible()
    page.get_by_role("link", name="Show version 1", exact=True).click()
    expect(page.get_by_text("Engineers can restore from here.").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Restore"))).to_have_count(0)


def test_any_moment_is_looked_at(page: Page, enter: Enter, people: People, add: Add, change: Change) -> None:
    place = add(people.adam, name="Ada", status="Lead")
    change(people.adam, place, {"status": "Booked"})
    change(people.adam, place, {"status": "Done"})
    enter(people.vera)
    page.goto(f"{place}?tab=history")
    page.get_by_role("link", name="A day ago").click()
    expect(page.get_by_text("This record was made later")).to_be_visible()
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_label("Date and time (UTC)").fill("2200-01-01T00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("This is the record as it is now.")).to_be_visible()
    past = page.locator(".hub-card").filter(has=page.get_by_role("heading", name="Time machine"))
    for status in ("Booked", "Lead"):
        page.get_by_role("link", name="Earlier").click()
        expect(past.get_by_role("row").filter(has_text="Status")).to_contain_text(status)
    expect(page.get_by_role("link", name="Earlier")).to_have_count(0)
    page.reload()
    expect(past.get_by_role("row").filter(has_text="Status")).to_contain_text("Lead")
    page.get_by_role("link", name="Later").click()
    expect(past.get_by_role("row").filter(has_text="Status")).to_contain_text("Booked")
    page.get_by_role("link", name="Close").click()
    expect(past.get_by_role("row")).to_have_count(0)


def test_a_client_is_added_by_hand(page: Page, enter: Enter, people: People) -> None:
    enter(people.erin)
    page.goto("/crm/clients")
    page.get_by_role("button", name="Add client").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Status").fill("Lead")
    dialog.get_by_role("button", name="Add client").click()
    expect(dialog.locator("#name-error")).to_contain_text("Must be given")
    dialog.get_by_label("Name", exact=True).fill("Zoë Okafor")
    dialog.get_by_label("Email").fill("zoe at home")
    dialog.get_by_role("button", name="Add client").click()
    expect(dialog.locator("#email-error")).to_contain_text("Is no e-mail address")
    expect(dialog.get_by_label("Status")).to_have_value("Lead")
    dialog.get_by_label("Email").fill("zoe@okafor.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Zoë Okafor")).to_be_visible()
    expect(page.get_by_text("zoe@okafor.example").first).to_be_visible()
