"""What was typed and not saved is discarded only when the person says so, and outlives a session that ended elsewhere."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete
from sqlmodel import col

from hub_app.identity.tables import LoginSession
from hub_app.kernel import db
from tests import other_process
from tests.people import PASSWORD, People, Person

Enter = Callable[[Person], None]


def creating(page: Page) -> Locator:
    page.goto("/developers/tokens")
    page.get_by_role("button", name="Create token").first.click()
    dialog = page.get_by_role("dialog", name="Create API token")
    expect(dialog.get_by_label("Name")).to_be_focused()
    return dialog


def question(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Discard what you entered?")


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


def end_session(folder: Path, person: Person) -> None:
    async def end() -> None:
        async with db.system("a test ends a session", write=True) as session:
            await session.exec(delete(LoginSession).where(col(LoginSession.user_id) == person.user_id))

    other_process.in_database(folder, end)


def sign_in(page: Page, person: Person) -> None:
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_what_was_typed_is_there_after_signing_in_again(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    """In a dialog, which is open again; the sign-in page says why one is there."""
    enter(people.alice)
    dialog = creating(page)
    dialog.get_by_label("Name").fill("Order system")
    dialog.get_by_label("Expires after").select_option("90")
    dialog.get_by_role("checkbox").nth(2).check()
    end_session(folder, people.alice)
    dialog.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("You were signed out")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("What you typed is kept")
    sign_in(page, people.alice)
    expect(dialog.get_by_label("Name")).to_have_value("Order system")
    expect(dialog.get_by_label("Expires after")).to_have_value("90")
    expect(dialog.get_by_role("checkbox").nth(2)).to_be_checked()
    expect(dialog.get_by_role("checkbox").nth(1)).not_to_be_checked()
    assert page.evaluate("sessionStorage.getItem('hub.typed')") is None
    dialog.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("Send it as Authorization: Bearer")).to_be_visible()


def test_a_page_form_is_there_again_without_its_passwords(
    page: Page, enter: Enter, people: People, folder: Path
) -> None:
    enter(people.adam)
    page.goto("/connectors/new?from=hand")
    page.get_by_label("Authentication").select_option("oauth")
    page.get_by_label("Where the token comes from").select_option("client")
    page.get_by_label("Name", exact=True).fill("Shop API")
    page.get_by_label("Client secret").fill("s3cret")
    scopes = page.get_by_role("combobox", name="Scopes")
    scopes.fill("orders")
    scopes.press("Enter")
    end_session(folder, people.adam)
    page.get_by_role("button", name="Add connector").click()
    expect(page.get_by_role("main")).to_contain_text("What you typed is kept")
    kept = page.evaluate("sessionStorage.getItem('hub.typed')")
    assert "s3cret" not in kept
    assert "auth_place" not in kept, "what nobody changed is kept too"
    sign_in(page, people.adam)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Shop API")
    expect(page.get_by_label("Where the token comes from")).to_have_value("client")
    expect(page.get_by_role("button", name="Remove orders")).to_be_visible()
    expect(page.get_by_label("Client secret")).to_have_value("")


def test_another_account_never_sees_it(page: Page, enter: Enter, people: People, folder: Path) -> None:
    enter(people.alice)
    dialog = creating(page)
    dialog.get_by_label("Name").fill("Order system")
    end_session(folder, people.alice)
    dialog.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("You were signed out")).to_be_visible()
    sign_in(page, people.adam)
    expect(page.get_by_role("button", name="Create token").first).to_be_visible()
    page.wait_for_function("sessionStorage.getItem('hub.typed') === null")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "Order system" not in page.content()


def test_the_sign_in_page_says_why_and_shows_no_text_of_the_address(page: Page, people: People) -> None:
    del people
    page.goto("/settings/members")
    expect(page.get_by_text("Sign in to see this page.")).to_be_visible()
    page.goto("/login?why=Your+account+was+hacked&next=//evil.example")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("hacked")).to_have_count(0)
    page.goto("/login")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Sign in to see this page.")).to_have_count(0)
