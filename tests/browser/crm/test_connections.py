"""CRMs in a browser: connected step by step, imported while one watches, cancelled, undone, and set up by two people at once."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.crm.conftest import Connect, Studio
from tests.browser.hands import Hands
from tests.peers.tave import KEY
from tests.people import People, Person

Enter = Callable[[Person], None]
LIST = "/crm/connections"
NEW = "/crm/connections/new"


def drawer(page: Page) -> Locator:
    return page.get_by_role("dialog")


def badge(place: Locator, words: str) -> Locator:
    return place.locator(".hub-badge").get_by_text(words, exact=True).first


def head(page: Page) -> Locator:
    return page.locator(".hub-page-head")


def more(page: Page, action: str) -> None:
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def import_all(page: Page, path: str) -> None:
    """Import everything, and wait until it is there."""
    page.goto(path)
    more(page, "Full import")
    expect(page.get_by_text("Complete", exact=True).first).to_be_visible()
    expect(badge(head(page), "Connected")).to_be_visible()


def test_a_crm_is_connected_previewed_and_imported(
    page: Page, enter: Enter, people: People, studio: Studio
) -> None:
    enter(people.adam)
    page.goto(LIST)
    expect(page.get_by_role("heading", name="No CRM connected yet")).to_be_visible()
    page.get_by_role("link", name="Connect a CRM").first.click()
    page.get_by_role("link", name=re.compile("^Táve")).click()
    page.get_by_role("button", name="Connect and test").click()
    expect(page.locator("#consent-error")).to_contain_text("ticked")
    expect(page.locator("[id='auth_config.api_key-error']")).to_contain_text("empty")
    expect(page.locator("#connection_name-error")).to_contain_text("empty")
    page.get_by_label("Connection name").fill("Main studio")
    page.get_by_label("API key").fill("tave_wrong_key")
    page.get_by_label("Address").fill(studio.base)
    page.get_by_label("Direction").select_option("bidirectional")
    expect(page.get_by_text("may change records there")).to_be_visible()
    page.get_by_label("I consent").check()
    page.get_by_role("button", name="Connect and test").click()
    # The connection is there, and what was wrong with it is corrected where it is told.
    expect(page.get_by_role("alert").filter(has_text="did not let this account in (401)")).to_be_visible()
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Save and test again").click()
    expect(page.get_by_text("Main studio is connected").first).to_be_visible()
    page.get_by_role("link", name="Continue to the first import").click()
    page.get_by_role("button", name="Preview the import").click()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    expect(drawer(page).get_by_text("would be created").first).to_be_visible()
    drawer(page).get_by_role("link", name="Findings").click()
    expect(badge(drawer(page), "Would be created")).to_be_visible()
    expect(drawer(page).get_by_text("Email", exact=True).first).to_be_visible()
    page.reload()
    expect(badge(drawer(page), "Would be created")).to_be_visible()
    # A preview writes nothing.
    page.goto(LIST)
    row = page.get_by_role("row").filter(has_text="Main studio")
    expect(row.get_by_role("cell").last).to_have_text("0")


def test_a_job_is_followed_in_every_place_and_cancelled(
    page: Page, enter: Enter, people: People, studio: Studio, connect: Connect
) -> None:
    path = connect("Followed")
    enter(people.erin)
    studio.faults(slow=1)
    page.goto(f"{path}?tab=jobs")
    more(page, "Full import")
    card = page.locator(".hub-card").filter(has_text="You can leave this page")
    expect(card.get_by_role("progressbar")).to_be_visible()
    expect(card.get_by_text(re.compile(r"of \d+ records"))).to_be_visible()
    expect(badge(head(page), "Syncing")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Full import").get_by_role("progressbar")).to_be_visible()
    # On any other page the top bar has it.
    page.get_by_role("link", name="Executions").click()
    page.get_by_role("button", name="Jobs: 1 running").click()
    page.get_by_role("link", name="Full import: Followed").click()
    drawer(page).get_by_role("button", name="Cancel").click()
    expect(badge(drawer(page), "Cancelled")).to_be_visible()
    studio.faults()
    drawer(page).get_by_role("button", name="Retry").click()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    page.keyboard.press("Escape")
    expect(badge(head(page), "Connected")).to_be_visible()


def test_an_import_is_proved_checked_and_undone(
    page: Page, enter: Enter, people: People, connect: Connect
) -> None:
    path = connect("Undone")
    enter(people.adam)
    import_all(page, path)
    clients = page.get_by_role("row").filter(has_text="Clients")
    expect(clients.get_by_text("all of them were read")).to_be_visible()
    page.get_by_role("button", name="Check everything").click()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    expect(drawer(page).get_by_text("Nothing was found that differs")).to_be_visible()
    page.goto(f"{path}?tab=jobs")
    page.get_by_role("link", name=re.compile("^Full import")).click()
    drawer(page).get_by_role("button", name="Undo…").click()
    expect(drawer(page).get_by_text("would be removed").first).to_be_visible()
    # So far nothing has been taken back.
    drawer(page).get_by_role("button", name="Undo now").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Undo now").click()
    expect(drawer(page).get_by_role("heading", name="Undo", exact=True)).to_be_visible()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    drawer(page).get_by_role("link", name="The job that it takes back").click()
    expect(drawer(page).get_by_text("This job was undone")).to_be_visible()
    expect(drawer(page).get_by_role("button", name="Undo…")).to_have_count(0)
    page.goto(path)
    expect(page.get_by_text("Nothing is synced while the connection is paused")).to_be_visible()
    expect(page.locator(".hub-facts > div").filter(has_text="Records here").locator("dd")).to_have_text("0")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Sync now")).to_be_visible()


def test_an_account_that_is_no_longer_let_in_says_so_and_is_put_right(
    page: Page, enter: Enter, people: People, studio: Studio, connect: Connect
) -> None:
    path = connect("Locked out")
    enter(people.adam)
    studio.faults(unauthorized=True)
    page.goto(path)
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Nothing is synced until this is solved")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("The account was not let in (401)")).to_be_visible()
    page.get_by_role("link", name="Correct the account").click()
    studio.faults()
    page.get_by_role("button", name="Edit the account").click()
    page.get_by_role("dialog").get_by_label("API key").fill(KEY)
    page.get_by_role("dialog").get_by_role("button", name="Save and test").click()
    expect(badge(head(page), "Connected")).to_be_visible()


def test_two_people_change_the_same_setting(
    page: Page, enter: Enter, beside: Callable[[Person], Page], people: People, connect: Connect
) -> None:
    path = f"{connect('Shared')}?tab=settings"
    enter(people.adam)
    second = beside(people.alice)
    for one in (page, second):
        one.goto(path)
        one.get_by_role("button", name="Edit the connection").click()
        expect(one.get_by_role("dialog").get_by_label("Name", exact=True)).to_have_value("Shared")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Minutes between syncs").fill("30")
    dialog.get_by_label("Sync automatically").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Every 30 minutes").first).to_be_visible()
    late = second.get_by_role("dialog")
    late.get_by_label("Minutes between syncs").fill("120")
    late.get_by_role("button", name="Save").click()
    expect(late.get_by_text("Someone else changed it to:")).to_be_visible()
    late.get_by_role("button", name="Keep mine").click()
    late.get_by_role("button", name="Save").click()
    expect(late).to_have_count(0)
    # What only the first one changed has stayed, and the first one's page shows what the second one made of it.
    expect(second.get_by_text("Every 2 hours").first).to_be_visible()
    expect(page.get_by_text("Every 2 hours").first).to_be_visible()


def test_a_viewer_sees_it_all_and_can_change_nothing(
    page: Page, enter: Enter, people: People, connect: Connect
) -> None:
    path = connect("Watched")
    enter(people.adam)
    import_all(page, path)
    page.context.clear_cookies()
    enter(people.vera)
    page.goto(LIST)
    expect(page.get_by_text("Customer admins can connect and change CRMs.")).to_be_visible()
    expect(page.get_by_role("link", name="Connect a CRM")).to_have_count(0)
    main = page.get_by_role("main")
    said = {
        "": "Engineers can sync this connection.",
        "?tab=jobs": "Engineers can sync this connection.",
        "?tab=settings": "Customer admins can change this.",
    }
    for tab, words in said.items():
        page.goto(f"{path}{tab}")
        expect(main.get_by_text(words).first).to_be_visible()
        expect(main.get_by_role("button", name=re.compile("^(?!Copy)."))).to_have_count(0)
    page.goto(f"{path}?tab=jobs")
    page.get_by_role("link", name=re.compile("^Full import")).click()
    expect(drawer(page).get_by_text("Customer admins can undo jobs.")).to_be_visible()
    expect(drawer(page).get_by_role("button", name="Undo…")).to_have_count(0)
    page.goto(NEW)
    expect(main.get_by_text("Customer admins can connect and change CRMs.")).to_be_visible()


def test_a_plan_without_room_is_told_before_anything_is_typed(
    page: Page, enter: Enter, people: People
) -> None:
    enter(people.mallory)
    page.goto(NEW)
    expect(page.get_by_text("Your free plan allows 0 integrations.")).to_be_visible()
    expect(page.get_by_label("Connection name")).to_have_count(0)


def test_a_connection_is_paused_and_deleted_with_the_keyboard_alone(
    page: Page, enter: Enter, people: People, connect: Connect
) -> None:
    path = connect("By keys")
    enter(people.adam)
    hands = Hands(page)
    page.goto(path)
    hands.press(page.get_by_role("button", name="More actions"))
    # The menu takes the focus once it is open.
    expect(page.get_by_role("menuitem", name="Full import", exact=True)).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Pause")).to_be_focused()
    page.keyboard.press("Enter")
    expect(badge(head(page), "Paused")).to_be_visible()
    hands.press(page.get_by_role("button", name="Resume"))
    expect(badge(head(page), "Connected")).to_be_visible()
    hands.press(page.get_by_role("link", name="Settings"))
    hands.press(page.get_by_role("button", name="Delete connection"))
    dialog = page.get_by_role("alertdialog")
    expect(dialog.get_by_text("It has no records here")).to_be_visible()
    hands.enter(dialog.get_by_label("Type By keys to confirm"), "By keys")
    hands.press(dialog.get_by_role("button", name="Delete By keys"))
    page.wait_for_url(re.compile(f"{LIST}$"))
    expect(page.get_by_role("row").filter(has_text="By keys")).to_have_count(0)
