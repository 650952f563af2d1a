"""What was changed without being typed: nobody is told that it is kept when it cannot be, and leaving asks."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from hub_app.plans.schemas import PlanIn
from hub_app.plans.service import plans
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.browser.connectors.conftest import Declare
from tests.browser.interrupted import CUTTABLE, end_session, question, sign_in
from tests.people import People, Person

Enter = Callable[[Person], None]
_LOST = "The changes that you had not saved are lost."


def plan(folder: Path, people: People, connector: str, name: str) -> str:
    """The page of a plan with one step."""
    step = {"id": "list", "integration_id": connector, "action": "list_items"}
    given = PlanIn.model_validate({"name": name, "steps": [step]})
    made = other_process.in_database(folder, lambda: plans.create_plan(people.adam.actor, given), **SETTINGS)
    return f"/connectors/plans/{made.id}"


def test_unsaved_steps_are_not_said_to_be_kept(
    page: Page, enter: Enter, people: People, folder: Path, declare: Declare, console_errors: list[str]
) -> None:
    """Neither by the bar of a lost connection nor by the sign-in page; the browser asks before the tab goes."""
    used = declare("Books", scheme="open").rpartition("/")[2]
    place = plan(folder, people, used, "Nightly")
    page.add_init_script(CUTTABLE)
    enter(people.adam)
    page.goto(place)
    page.get_by_role("button", name="Duplicate list").click()
    expect(page.get_by_text("Your changes are not saved yet")).to_be_visible()
    assert page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")
    page.evaluate("cut(true)")
    bar = page.locator(".hub-offline")
    expect(bar).to_contain_text("Connection lost.", timeout=30_000)
    expect(bar.get_by_text("What you typed is kept.")).to_be_hidden()
    end_session(folder, people.adam)
    page.evaluate("cut(false)")
    expect(page.get_by_text("You were signed out")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("main")).to_contain_text(_LOST)
    expect(page.get_by_role("main")).not_to_contain_text("kept")
    console_errors.clear()


def test_who_stays_is_still_connected(
    page: Page, enter: Enter, people: People, folder: Path, declare: Declare, console_errors: list[str]
) -> None:
    """Reflex hangs up before the browser asks, where Hub's script came after it on a slow line."""
    used = declare("Ledger of old", scheme="open").rpartition("/")[2]
    place = plan(folder, people, used, "Weekly")
    page.add_init_script(CUTTABLE)
    enter(people.adam)
    held: list[Route] = []
    page.route("**/hub.js*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the function
    page.goto(place, wait_until="commit")
    page.get_by_role("button", name="Duplicate list").click()
    for one in held:
        one.continue_()
    expect(page.get_by_text("Your changes are not saved yet")).to_be_visible()
    page.wait_for_load_state()
    assert page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")
    page.evaluate("cut(true)")
    expect(page.locator(".hub-offline")).to_be_visible(timeout=10_000)
    console_errors.clear()


def test_each_plan_keeps_its_unsaved_steps(
    page: Page, enter: Enter, people: People, folder: Path, declare: Declare
) -> None:
    used = declare("Ledger", scheme="open").rpartition("/")[2]
    names = ("Morning", "Evening")
    for name in names:
        plan(folder, people, used, name)
    enter(people.adam)
    page.goto("/connectors/plans")
    for name in names:
        page.get_by_role("main").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        page.get_by_role("button", name="Duplicate list", exact=True).click()
        expect(page.get_by_text("Your changes are not saved yet")).to_be_visible()
        page.go_back()
    for name in names:
        page.get_by_role("main").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        expect(page.get_by_role("button", name="Duplicate list_2", exact=True)).to_be_visible()
        page.get_by_role("button", name="Save plan").click()
        expect(page.get_by_text("Your changes are not saved yet")).to_have_count(0)
        page.go_back()


def test_an_added_parameter_is_unsaved_and_not_said_to_be_kept(
    page: Page, enter: Enter, people: People, folder: Path, declare: Declare
) -> None:
    """What was typed beside it is."""
    place = declare("Shop")
    enter(people.adam)
    page.goto(f"{place}?action=list_items")
    page.get_by_role("button", name="Add parameter").click()
    expect(page.locator("#p0_name")).to_be_focused()
    page.get_by_role("link", name="All actions").click()
    question(page).get_by_role("button", name="Keep editing").click()
    page.locator("#p0_name").fill("since")
    page.locator("#action_name").fill("List all items")
    end_session(folder, people.adam)
    page.get_by_role("button", name="Save action").click()
    expect(page.get_by_role("main")).to_contain_text("added or removed parameters")
    sign_in(page, people.adam)
    expect(page.locator("#action_name")).to_have_value("List all items")
    expect(page.locator("#p0_name")).to_have_count(0)
    page.get_by_role("button", name="Add parameter").click()
    page.get_by_role("link", name="All actions").click()
    question(page).get_by_role("button", name="Discard").click()
    expect(page.locator("#action_name")).to_have_count(0)


def test_a_note_about_unsaved_fields_is_spoken(
    page: Page, enter: Enter, people: People, declare: Declare
) -> None:
    """Its text comes when it holds true, into a status that was there before."""
    enter(people.adam)
    page.goto(f"{declare('Spoken')}?tab=credentials")
    note = page.locator("hub-unsaved-note[role=status]")
    expect(note).to_have_count(1)
    expect(note).to_have_text("")
    page.get_by_label("API key").fill("typed")
    expect(note).to_have_text("What you entered above is not saved. The test does not use it.")
    page.get_by_label("API key").fill("")
    expect(note).to_have_text("")
