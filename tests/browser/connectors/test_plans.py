"""Plans in a browser: made step by step, watched while they run, resumed when a step failed, put on a schedule."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from hub_app.plans.schemas import PlanIn
from hub_app.plans.service import plans
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.browser.connectors.conftest import Declare
from tests.people import People, Person

Enter = Callable[[Person], None]
MakePlan = Callable[..., str]
_LIST = "/connectors/plans"
ACTIONS: list[dict[str, object]] = [
    {"id": "list_items", "name": "List items", "endpoint": "/items", "parameters": ["q"]},
    {"id": "broken", "name": "Broken", "endpoint": "/faults/broken"},
    {"id": "get_item", "name": "Get an item", "endpoint": "/items/{id}"},
    {
        "id": "create_item",
        "name": "Create an item",
        "method": "POST",
        "endpoint": "/items",
        "parameters": [
            {"name": "name", "required": True},
            {"name": "count", "type": "integer"},
            {"name": "tags", "type": "array"},
        ],
    },
    {
        "id": "change_item",
        "name": "Change an item",
        "method": "PATCH",
        "endpoint": "/items/{id}",
        "parameters": [{"name": "note", "default": "typed"}, {"name": "home", "api_default": "here"}],
    },
]


@pytest.fixture(scope="module")
def books(declare: Declare) -> str:
    """The id of a connector without credentials."""
    return declare("Books", scheme="open", actions=ACTIONS).rpartition("/")[2]


@pytest.fixture
def make_plan(folder: Path, people: People, books: str) -> MakePlan:
    """Save a plan of Acme's; the path of its page. A step is (id, action, parameters)."""

    def make(name: str, *steps: tuple[str, str, dict[str, object]], **more: object) -> str:
        listed = [
            {"id": step, "integration_id": books, "action": action, "params": params}
            for step, action, params in steps or [("list_items", "list_items", {})]
        ]
        given = PlanIn.model_validate({"name": name, "steps": listed, **more})
        made = other_process.in_database(
            folder, lambda: plans.create_plan(people.adam.actor, given), **SETTINGS
        )
        return f"{_LIST}/{made.id}"

    return make


def steps(page: Page) -> Locator:
    return page.locator("ol[aria-label='Steps'] > li")


def ended_well(page: Page) -> Locator:
    """The badge of a run that has succeeded."""
    return page.get_by_role("main").get_by_role("status").filter(has_text="Succeeded")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def start(page: Page, given: str) -> None:
    """Start the plan with this input."""
    page.get_by_role("button", name="Run now").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Input, as JSON").fill(given)
    dialog.get_by_role("button", name="Run now").click()
    page.wait_for_url(re.compile("run="))


def field(page: Page, parameter: str) -> Locator:
    return page.get_by_role("dialog").locator(f'[id="params.{parameter}"]')


def wrong(page: Page, parameter: str) -> Locator:
    """The message beside a parameter."""
    return page.locator(f'[id="params.{parameter}-error"]')


def add_plan(page: Page, name: str, connector: str, action: str) -> None:
    """Add a plan of one step, and leave that step's form open."""
    page.goto(_LIST)
    page.get_by_role("button", name="Add plan").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Connector").select_option(connector)
    dialog.get_by_label("Action").select_option(action)
    dialog.get_by_role("button", name="Add plan").click()
    expect(dialog.locator("#name-error")).to_be_visible()
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Add plan").click()
    page.wait_for_url(re.compile(f"edit={action}"))


def add_step(page: Page, action: str, *mistakes: tuple[str, str, str], **params: str) -> None:
    """Add a step at the end; before that, each mistake is made and told: parameter, value, what is told of it."""
    page.get_by_role("button", name="Add step").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Action").select_option(action)
    for name, value in params.items():
        field(page, name).fill(value)
    for name, value, told in mistakes:
        field(page, name).fill(value)
        dialog.get_by_role("button", name="Add step").click()
        expect(wrong(page, name)).to_contain_text(told)
        field(page, name).fill(params[name])
    dialog.get_by_role("button", name="Add step").click()
    expect(dialog).to_have_count(0)


def test_a_plan_is_made_run_mended_and_resumed(
    page: Page, enter: Enter, people: People, books: str, api: str
) -> None:
    """Entirely in the browser: three steps that use what the ones before gave."""
    enter(people.adam)
    add_plan(page, "Copy the newest", books, "list_items")
    field(page, "q").fill("Item 2")
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Your changes are not saved yet")).to_be_visible()
    later = ("id", "{{ steps.later.data.id }}", "does not name a step that comes before")
    add_step(page, "get_item", later, id="{{ input.id }}")
    words = ("count", "a few", "Must be a whole number")
    copied, total = "Copy of {{ steps.get_item.data.name }}", "{{ steps.list_items.data.total }}"
    add_step(page, "create_item", words, name=copied, count=total)
    expect(steps(page)).to_have_count(3)
    page.get_by_role("button", name="Save plan").click()
    expect(page.get_by_text("Your changes are not saved yet")).to_have_count(0)
    page.reload()
    expect(steps(page).nth(2)).to_contain_text(copied)

    newest = httpx.post(f"{api}/open/items", json={"name": "Probe"}, trust_env=False).json()["id"]
    start(page, f'{{"id": {newest + 1}}}')
    run = page.locator("ol[aria-label='Steps of the run'] > li")
    expect(run.nth(0)).to_contain_text("Succeeded")
    expect(run.nth(1)).to_contain_text("Failed")
    expect(run.nth(2)).to_contain_text("Not reached")
    expect(page.get_by_role("alert").filter(has_text="get_item")).to_be_visible()
    httpx.post(f"{api}/open/items", json={"name": "Lamp"}, trust_env=False)
    page.get_by_role("button", name="Resume at the failed step").click()
    expect(run.nth(2)).to_contain_text("Succeeded")
    run.nth(2).get_by_role("link").click()
    output = page.get_by_role("region", name="Output for later steps")
    expect(output).to_contain_text("Copy of Lamp")
    page.get_by_role("link", name="Open the execution").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("201 Created")
    drawer.get_by_role("link", name="Open the plan's run").click()
    expect(page.get_by_role("heading", name="Copy the newest", level=1)).to_be_visible()


def test_what_earlier_steps_gave_can_be_copied_as_references(
    page: Page, enter: Enter, people: People, make_plan: MakePlan
) -> None:
    """Of the last run, each single value with what it was."""
    place = make_plan("Referring", ("items", "list_items", {"q": "Item 1"}))
    enter(people.adam)
    page.goto(place)
    start(page, "{}")
    expect(ended_well(page)).to_be_visible()
    page.get_by_role("link", name="Steps", exact=True).click()
    page.get_by_role("button", name="Add step").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("References that this step can use").click()
    copy = dialog.get_by_role("button", name="Copy {{ steps.items.data.data[0].name }}")
    expect(copy).to_have_attribute("data-copy", "{{ steps.items.data.data[0].name }}")
    expect(dialog.get_by_text('In the last run: "Item 1"')).to_be_visible()


def test_a_run_fills_in_while_it_is_watched(
    page: Page, enter: Enter, people: People, make_plan: MakePlan
) -> None:
    """By someone who only looks, in another tab: the list, then the run, without loading it anew."""
    place = make_plan(
        "Watched",
        ("first", "list_items", {"q": "Item 1"}),
        ("second", "get_item", {"id": "{{ steps.first.data.data[0].id }}"}),
    )
    enter(people.erin)
    page.goto(place)
    watching = page.context.new_page()
    watching.goto(f"{place}?tab=runs")
    expect(watching.get_by_role("heading", name="Not run yet")).to_be_visible()
    watching.evaluate("window.stayed = true")
    start(page, "{}")
    done = watching.get_by_role("row").filter(has_text="Succeeded")
    expect(done).to_contain_text("2 of 2")
    assert watching.evaluate("window.stayed === true")
    done.get_by_role("link").click()
    expect(watching.get_by_role("region", name="Output for later steps")).to_contain_text('"Item 1"')
    watching.close()


def test_steps_are_moved_duplicated_and_removed(
    page: Page, enter: Enter, people: People, make_plan: MakePlan
) -> None:
    """What an order breaks is told at the step; nothing is saved until the plan is."""
    place = make_plan(
        "Ordered",
        ("one", "list_items", {}),
        ("two", "get_item", {"id": "{{ steps.one.data.data[0].id }}"}),
    )
    enter(people.adam)
    page.goto(place)
    page.get_by_role("button", name="Move two up").press("Enter")
    expect(page.get_by_role("button", name="Move two down")).to_be_focused()
    expect(steps(page).first).to_contain_text("does not name a step that comes before")
    page.get_by_role("button", name="Save plan").click()
    expect(page.get_by_role("alert").filter(has_text="Not saved")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    # Its action tells it: the other step's text has "one" in it too.
    expect(steps(page).first).to_contain_text("list_items")
    page.get_by_role("button", name="Edit one").click()
    page.get_by_label("Name of the step").fill("all_items")
    page.get_by_role("button", name="Apply").click()
    expect(steps(page).nth(1)).to_contain_text("{{ steps.all_items.data.data[0].id }}")
    page.get_by_role("button", name="Duplicate two").click()
    expect(steps(page)).to_have_count(3)
    page.get_by_role("button", name="Remove two", exact=True).click()
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("link", name="Steps", exact=True).click()
    expect(page.get_by_text("Your changes are not saved yet")).to_be_visible()
    page.get_by_role("button", name="Save plan").click()
    expect(page.get_by_text("Your changes are not saved yet")).to_have_count(0)
    page.reload()
    expect(steps(page)).to_have_count(2)
    expect(steps(page).nth(1)).to_contain_text("two_2")


def test_a_schedule_and_an_event(page: Page, enter: Enter, people: People, make_plan: MakePlan) -> None:
    place = make_plan("Timed")
    enter(people.adam)
    page.goto(f"{place}?tab=settings")
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Schedule").select_option("cron")
    dialog.get_by_label("Cron expression").fill("61 9 * * *")
    expect(dialog.locator("#cron-error")).to_contain_text("Is not a cron line")
    dialog.get_by_label("Cron expression").fill("0 9 * * 1-5")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    expect(dialog.get_by_text("Weekdays at 09:00, Europe/Berlin")).to_be_visible()
    expect(dialog.get_by_text(re.compile(r"^(Mon|Tue|Wed|Thu|Fri), .*, 09:00 CES?T$"))).to_have_count(3)
    dialog.get_by_label("Event type").fill("order.paid")
    dialog.get_by_role("button", name="Save").click()
    words = "Weekdays at 09:00, Europe/Berlin and on order.paid"
    expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Schedule").select_option("interval")
    dialog.get_by_label("Minutes between runs").fill("90")
    dialog.get_by_label("Event type").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("Every 90 minutes")
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("Off: it starts only by hand")).to_be_visible()
    page.goto(_LIST)
    expect(row(page, "Timed")).to_contain_text("Every 90 minutes")
    expect(row(page, "Timed")).to_contain_text("Off")


def test_a_run_with_unsaved_steps_says_that_the_saved_plan_runs(
    page: Page, enter: Enter, people: People, make_plan: MakePlan
) -> None:
    """Also on the other tabs, and not for another plan."""
    enter(people.adam)
    other = make_plan("Not changed")
    page.goto(make_plan("Changed and not saved"))
    unsaved = page.get_by_role("dialog").get_by_text("This run uses the steps as they were last saved.")
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("dialog").get_by_label("Input, as JSON")).to_be_visible()
    expect(unsaved).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Duplicate list_items").click()
    expect(page.get_by_text("Your changes are not saved yet")).to_be_visible()
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("button", name="Run now").first.click()
    expect(unsaved).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Plans", exact=True).first.click()
    page.get_by_role("link", name="Not changed").click()
    page.wait_for_url(f"**{other}")
    expect(page.get_by_role("heading", name="Not changed", level=1)).to_be_visible()
    page.get_by_role("link", name="Runs", exact=True).click()
    page.get_by_role("button", name="Run now").first.click()
    expect(page.get_by_role("dialog").get_by_label("Input, as JSON")).to_be_visible()
    expect(unsaved).to_have_count(0)


def test_a_steps_earlier_attempts_can_be_opened(
    page: Page, enter: Enter, people: People, books: str, folder: Path
) -> None:
    step = {"id": "broken", "integration_id": books, "action": "broken", "on_error": "retry", "retries": 1}
    given = PlanIn.model_validate({"name": "Retried", "steps": [step]})
    made = other_process.in_database(folder, lambda: plans.create_plan(people.adam.actor, given), **SETTINGS)
    enter(people.erin)
    page.goto(f"{_LIST}/{made.id}")
    start(page, "{}")
    expect(page.get_by_text("2 attempts")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("status").filter(has_text="Failed")).to_be_visible()
    page.get_by_role("link", name="All executions by plans").click()
    expect(row(page, "Books · broken")).to_have_count(2)
    row(page, "Books · broken").last.get_by_role("link").click()
    expect(page.get_by_role("dialog")).to_contain_text("broken")


def test_deleting_tells_how_many_runs_go(
    page: Page, enter: Enter, people: People, make_plan: MakePlan
) -> None:
    place = make_plan("Short lived")
    enter(people.adam)
    page.goto(place)
    start(page, "")
    expect(ended_well(page)).to_be_visible()
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("button", name="Delete plan").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("Its 1 run is deleted too")
    dialog.get_by_role("textbox").fill("Short lived")
    dialog.get_by_role("button", name="Delete Short lived").click()
    page.wait_for_url(f"**{_LIST}")
    expect(row(page, "Short lived")).to_have_count(0)


def test_a_viewer_looks_only(page: Page, enter: Enter, people: People, make_plan: MakePlan) -> None:
    make_plan("Looked at", ("only", "list_items", {"q": "Item"}))
    enter(people.vera)
    page.goto(_LIST)
    expect(page.get_by_text("Customer admins can add and change plans.").first).to_be_visible()
    page.get_by_role("link", name="Looked at").click()
    expect(steps(page).first).to_contain_text("Item")
    for words in ("Customer admins can change the steps.", "Engineers can run plans."):
        expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_text("Customer admins can change this.")).to_be_visible()
    for name in ("Add plan", "Add step", "Edit", "Turn off", "Run now", "Delete plan"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_an_engineer_runs_and_changes_nothing(
    page: Page, enter: Enter, people: People, make_plan: MakePlan
) -> None:
    place = make_plan("Run by engineers")
    enter(people.erin)
    page.goto(place)
    expect(page.get_by_text("Customer admins can change the steps.")).to_be_visible()
    expect(page.get_by_role("button", name="Edit list_items")).to_have_count(0)
    page.get_by_role("button", name="Run now").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Input, as JSON").fill("not json")
    dialog.get_by_role("button", name="Run now").click()
    expect(dialog.locator("#input-error")).to_contain_text("s not valid JSON")
    dialog.get_by_label("Input, as JSON").fill("{}")
    dialog.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Started by Erin Novak")).to_be_visible()
    expect(ended_well(page)).to_be_visible()


def test_another_tenants_plan_is_not_there(
    page: Page, enter: Enter, people: People, make_plan: MakePlan
) -> None:
    place = make_plan("Not yours")
    enter(people.mallory)
    page.goto(place)
    expect(page.get_by_role("heading", name="There is no such plan")).to_be_visible()
    page.goto(_LIST)
    expect(page.get_by_role("heading", name="No plans yet")).to_be_visible()


def test_a_plan_fits_on_a_phone(page: Page, enter: Enter, people: People, make_plan: MakePlan) -> None:
    place = make_plan(
        "On a phone",
        ("first", "list_items", {"q": "Item 1"}),
        ("second", "create_item", {"name": "x" * 90, "tags": ["{{ steps.first.data.total }}"]}),
    )
    enter(people.adam)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(place)
    expect(steps(page)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    start(page, "{}")
    expect(ended_well(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_step_leaves_a_default_out_and_sends_null(
    page: Page, enter: Enter, people: People, make_plan: MakePlan
) -> None:
    """The ticks are there again when the step is opened anew."""
    enter(people.adam)
    page.goto(f"{make_plan('Changing', ('change', 'change_item', {'id': '1'}))}?tab=steps")
    page.get_by_role("button", name="Edit change").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Leave empty to send the default: typed.")).to_be_visible()
    expect(dialog.get_by_text("The API's own default: here.")).to_be_visible()
    dialog.get_by_label("Omit note").check()
    dialog.get_by_label("Send home as null").check()
    dialog.get_by_role("button", name="Apply").click()
    expect(steps(page)).to_contain_text("note = left out")
    expect(steps(page)).to_contain_text("home = null")
    page.get_by_role("button", name="Edit change").click()
    expect(page.get_by_role("dialog").get_by_label("Omit note")).to_be_checked()
    expect(page.get_by_role("dialog").get_by_label("Send home as null")).to_be_checked()
    expect(page.get_by_role("dialog").get_by_label("Omit home")).to_have_count(0)
