"""What was typed and not saved is discarded only when the person says so."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect

from hub_app.webhooks.schemas import EndpointIn
from hub_app.webhooks.service import endpoints
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.browser.interrupted import creating, question
from tests.people import People, Person

Enter = Callable[[Person], None]


def test_a_form_that_was_saved_looks_as_before(page: Page, enter: Enter, people: People) -> None:
    enter(people.erin)
    page.goto("/account")
    form = page.locator("form").filter(has=page.get_by_role("button", name="Save", exact=True))
    form.get_by_label("Name").fill("Erin the second")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your name is saved.")).to_be_visible()
    expect(form.get_by_role("button", name="Save")).not_to_have_attribute("data-pressed", re.compile(""))
    faded = (
        "one => [one, ...one.querySelectorAll('*')].filter(one => getComputedStyle(one).opacity < 1).length"
    )
    assert form.evaluate(faded) == 0


@pytest.mark.parametrize("way", ["Escape", "outside", "cross"])
def test_a_dialog_asks_before_it_discards_what_was_typed(
    page: Page, enter: Enter, people: People, way: str
) -> None:
    enter(people.alice)
    dialog = creating(page)

    def leave() -> None:
        if way == "Escape":
            page.keyboard.press("Escape")
        elif way == "outside":
            page.mouse.click(20, 300)
        else:
            dialog.get_by_role("button", name="Close").click()

    name = dialog.get_by_label("Name")
    name.fill("Order system")
    leave()
    expect(question(page).get_by_role("button", name="Keep editing")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question(page)).to_have_count(0)
    expect(name).to_have_value("Order system")
    leave()
    expect(question(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(question(page)).to_have_count(0)
    expect(name).to_have_value("Order system")
    leave()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Create token").first).to_be_focused()


def test_nothing_is_asked_when_nothing_was_changed(page: Page, enter: Enter, people: People) -> None:
    """Nor when the change was undone. One that was refused still counts as unsaved."""
    enter(people.alice)
    dialog = creating(page)
    dialog.get_by_label("Name").fill("Order system")
    dialog.get_by_label("Name").fill("")
    dialog.get_by_role("checkbox").first.check()
    dialog.get_by_role("checkbox").first.uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    dialog = creating(page)
    dialog.get_by_label("Name").fill("Order system")
    page.keyboard.press("Enter")
    expect(dialog.locator("#scopes-error")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(question(page)).to_be_visible()
    question(page).get_by_role("button", name="Discard").click()
    expect(dialog).to_have_count(0)


def test_leaving_a_page_with_an_unsaved_form_asks(page: Page, enter: Enter, people: People) -> None:
    enter(people.alice)
    page.goto("/connectors")
    page.get_by_role("link", name="Add connector").first.click()
    page.get_by_role("link", name=re.compile("by hand", re.IGNORECASE)).first.click()
    name = page.get_by_label("Name", exact=True)
    name.fill("Shop API")
    page.get_by_role("link", name="Members").click()
    question(page).get_by_role("button", name="Keep editing").click()
    expect(name).to_have_value("Shop API")
    page.evaluate("history.back()")
    expect(question(page)).to_be_visible()
    expect(page).to_have_url(re.compile("from=hand"))
    page.keyboard.press("Escape")
    expect(name).to_have_value("Shop API")
    page.evaluate("history.back()")
    question(page).get_by_role("button", name="Discard").click()
    expect(name).to_have_count(0)
    expect(page).not_to_have_url(re.compile("from=hand"))


def test_a_link_in_a_dialog_asks_before_it_leaves(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    enter(people.adam)
    given = EndpointIn(name="Depot", url="http://127.0.0.1:1/hook")
    made = other_process.in_database(
        folder, lambda: endpoints.create_endpoint(people.adam.actor, given), **SETTINGS
    )
    page.goto(f"/webhooks/endpoints/{made.id}?tab=settings")
    page.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit Depot")
    dialog.get_by_label("Name").fill("Warehouse")
    link = dialog.get_by_role("link", name="audit log")
    link.click()
    question(page).get_by_role("button", name="Keep editing").click()
    expect(dialog.get_by_label("Name")).to_have_value("Warehouse")
    expect(page).to_have_url(re.compile("tab=settings"))
    link.click()
    question(page).get_by_role("button", name="Discard").click()
    expect(page).to_have_url(re.compile("/governance/audit"))


def test_the_sign_in_page_says_why_and_shows_no_text_of_the_address(page: Page, people: People) -> None:
    del people
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108 - Playwright marks the function
    page.goto("/settings/members")
    expect(page.get_by_text("Sign in to see this page.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert len(sockets) == 1, "the page is loaded twice"
    page.goto("/login?why=Your+account+was+hacked&next=//evil.example")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("hacked")).to_have_count(0)
    page.goto("/login")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Sign in to see this page.")).to_have_count(0)
