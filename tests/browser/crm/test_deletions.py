"""Many records that a CRM no longer has: somebody is asked on the connection's page, and confirms exactly this list."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Page, expect

from tests import running
from tests.browser.crm.conftest import Connect, Studio
from tests.browser.crm.test_connections import Enter, badge, drawer, import_all, more
from tests.people import People


@pytest.fixture
def studio() -> Generator[Studio]:
    """One whose people nobody else counts."""
    with running.tave() as url:
        yield Studio(url)


def test_a_mass_deletion_is_confirmed(
    page: Page, enter: Enter, people: People, studio: Studio, connect: Connect
) -> None:
    path = connect("Emptied")
    enter(people.adam)
    import_all(page, path)
    for one in studio.ids()[:60]:
        studio.change("delete", id=one)
    more(page, "Full import")
    expect(page.get_by_text("were not found at the CRM")).to_be_visible()
    clients = page.get_by_role("row").filter(has_text="Clients")
    expect(clients.get_by_text("here, but not found by that import")).to_be_visible()
    page.get_by_role("link", name="See the list").click()
    expect(badge(drawer(page), "Needs confirmation")).to_be_visible()
    expect(drawer(page).get_by_text("Not found at the CRM").first).to_be_visible()
    drawer(page).get_by_role("button", name="Confirm…").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Mark as gone").click()
    expect(drawer(page).get_by_text("Marking of deletions")).to_be_visible()
    expect(badge(drawer(page), "Completed")).to_be_visible()
    page.goto(path)
    expect(clients.get_by_text("here, but gone at the CRM")).to_be_visible()
    expect(page.get_by_text("were not found at the CRM")).to_be_hidden()
    expect(clients.get_by_text("not found by that import")).to_be_hidden()
