"""What was changed without being typed: nobody is told that it is kept when it cannot be, and leaving asks."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from hub_app.plans.schemas import PlanIn
from hub_app.plans.service import plans
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.browser.connectors.conftest import Declare
from tests.browser.interrupted import CUTTABLE, end_session, question, sign_in
from tests.people import People, Person

Enter = Callable[[Person], None]
_LOST = "The changes that you had not saved are lost."


def test_unsaved_steps_are_not_said_to_be_kept(
    page: Page, enter: Enter, people: People, folder: Path, declare: Declare, console_errors: list[str]
) -> None:
    """Neither by the bar of a lost connection nor by the sign-in page; the browser asks before the tab goes."""
    used = declare("Books", scheme="open").rpartition("/")[2]
    step = {"id": "list", "integration_id": used, "action": "list_items"}
    given = PlanIn.model_validate({"name": "Nightly", "steps": [step]})
    made = other_process.in_database(folder, lambda: plans.create_plan(people.adam.actor, given), **SETTINGS)
    page.add_init_script(CUTTABLE)
    enter(people.adam)
    page.goto(f"/connectors/plans/{made.id}")
    page.get_by_role("button", name="Duplicate list").click()
    expect(page.get_by_text("Your changes are not saved yet")).to_be_visible()
    assert page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")
    page.evaluate("cut(true)")
    bar = page.locator(".hub-offline")
    expect(bar).to_contain_text("Connection lost.")
    expect(bar.get_by_text("What you typed is kept.")).to_be_hidden()
    end_session(folder, people.adam)
    page.evaluate("cut(false)")
    expect(page.get_by_text("You were signed out")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("main")).to_contain_text(_LOST)
    expect(page.get_by_role("main")).not_to_contain_text("kept")
    console_errors.clear()


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
