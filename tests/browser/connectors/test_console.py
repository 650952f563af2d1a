"""Running actions in a browser, and reading what became of each."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from hub_app.connectors.schemas.connectors import CredentialIn
from hub_app.connectors.service import credentials
from tests import other_process
from tests.browser.conftest import SETTINGS
from tests.browser.connectors.conftest import Declare
from tests.peers.api import KEY
from tests.people import People, Person

Enter = Callable[[Person], None]
GiveKey = Callable[[str, str], None]
ACTIONS: list[dict[str, object]] = [
    {
        "id": "list_items",
        "name": "List items",
        "endpoint": "/items",
        "response": "data",
        "parameters": [
            {"name": "limit", "type": "integer", "default": 3, "description": "At most this many."},
            {"name": "q", "description": "A part of the name."},
            {"name": "archived", "type": "boolean"},
        ],
    },
    {
        "id": "create_item",
        "name": "Create an item",
        "method": "POST",
        "endpoint": "/items",
        "parameters": [{"name": "name", "required": True}, {"name": "tags", "type": "array"}],
    },
    {
        "id": "change_item",
        "name": "Change an item",
        "method": "PATCH",
        "endpoint": "/echo",
        "parameters": [
            {"name": "note", "default": "typed"},
            {"name": "home"},
            {"name": "private", "type": "boolean", "api_default": False},
            {"name": "notify", "in": "query", "default": "yes"},
        ],
    },
    {"id": "kept", "name": "Kept for an hour", "endpoint": "/items", "cache_seconds": 3600},
    {"id": "broken", "name": "Broken", "endpoint": "/faults/broken"},
    {
        "id": "pages",
        "name": "In pages",
        "endpoint": "/pages-endless",
        "pagination": {"type": "page", "items": "items", "max_pages": 2},
    },
]


@pytest.fixture
def give_key(folder: Path, people: People) -> GiveKey:
    """Save a key for the connector of a page."""

    def save(place: str, key: str) -> None:
        given = CredentialIn(type="api_key", value=key)
        connector = UUID(place.rpartition("/")[2])
        other_process.in_database(
            folder,
            lambda: credentials.set_credential(people.adam.actor, connector, given),
            **SETTINGS,
        )

    return save


@pytest.fixture
def shop(declare: Declare, give_key: GiveKey, request: pytest.FixtureRequest) -> str:
    """The page of a connector with these actions and the right key, of one test alone."""
    place = declare(f"Shop {request.node.name[5:40]}".replace("_", " "), actions=ACTIONS)
    give_key(place, KEY)
    return place


def field(page: Page, parameter: str) -> Locator:
    return page.locator(f'[id="params.{parameter}"]')


def answer(page: Page) -> Locator:
    return page.locator("section").filter(has=page.get_by_role("heading", name="Response", exact=True))


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Executions").get_by_role("row").filter(has_text="/bearer/")


def test_a_default_is_emptied_and_a_field_made_null(
    page: Page, enter: Enter, people: People, shop: str
) -> None:
    """What is sent is what stands in the form; what the API takes by itself is told, and not sent."""
    enter(people.erin)
    page.goto(f"{shop}?tab=run&action=change_item")
    expect(field(page, "note")).to_have_value("typed")
    expect(page.get_by_text("The API's own default: false.")).to_be_visible()
    field(page, "notify").fill("")
    page.get_by_label("Send home as null").check()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(answer(page)).to_contain_text("200 OK")
    command = answer(page).get_by_role("button", name="Copy as curl").get_attribute("data-copy") or ""
    assert '{"note":"typed","home":null}' in command
    assert "notify" not in command
    page.get_by_label("Send note as null").check()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator('[id="params.note-error"]')).to_contain_text("a value although its box is ticked")


def test_running_an_action_and_reading_its_execution(
    page: Page, enter: Enter, people: People, shop: str
) -> None:
    """Each parameter has its control; the answer, its execution in the drawer, and the same once more."""
    enter(people.erin)
    page.goto(f"{shop}?tab=run")
    expect(field(page, "limit")).to_have_value("3")
    expect(page.get_by_text("At most this many.")).to_be_visible()
    field(page, "q").fill("Item 2")
    field(page, "archived").select_option("true")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(answer(page)).to_contain_text("200 OK")
    expect(answer(page)).to_contain_text('"name": "Item 2"')
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("main")).to_contain_text("Works")
    command = answer(page).get_by_role("button", name="Copy as curl").get_attribute("data-copy") or ""
    assert "archived=true" in command
    assert "$API_KEY" in command
    assert KEY not in page.content()
    answer(page).get_by_role("link", name="Open the execution").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Erin Novak")
    expect(drawer).to_contain_text('"total"')
    drawer.get_by_role("link", name="Request").click()
    expect(drawer).to_contain_text("authorization: Bearer •")
    page.reload()
    expect(page.get_by_role("dialog")).to_contain_text("authorization: Bearer •")
    page.get_by_role("dialog").get_by_role("link", name="Run again").click()
    page.wait_for_url(re.compile("again="))
    expect(field(page, "q")).to_have_value("Item 2")
    expect(field(page, "archived")).to_have_value("true")


def test_the_last_runs_are_those_of_the_action_that_is_shown(
    page: Page, enter: Enter, people: People, shop: str
) -> None:
    """Also when the address names none, or one that is gone; new ones appear."""
    enter(people.erin)
    run = page.get_by_role("button", name="Run", exact=True)
    page.goto(f"{shop}?tab=run&action=kept")
    run.click()
    expect(rows(page)).to_have_count(1)
    for query in ("tab=run", "tab=run&action=gone", "tab=run&action=list_items&outcome=failed"):
        page.goto(f"{shop}?{query}")
        expect(page.get_by_role("heading", name="List items")).to_be_visible()
        expect(rows(page).filter(has_text="kept")).to_have_count(0)
        before = rows(page).count()
        run.click()
        expect(answer(page)).to_contain_text("200 OK")
        expect(rows(page)).to_have_count(before + 1)
    page.get_by_role("navigation", name="Actions").get_by_role("link", name="Kept for an hour").click()
    expect(rows(page).filter(has_text="list_items")).to_have_count(0)
    expect(rows(page)).to_have_count(1)
    run.click()
    expect(rows(page)).to_have_count(2)


def test_what_is_wrong_with_a_parameter_stands_beside_it(
    page: Page, enter: Enter, people: People, shop: str
) -> None:
    enter(people.erin)
    page.goto(f"{shop}?tab=run&action=create_item")
    field(page, "tags").fill("no list")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator('[id="params.name-error"]')).to_contain_text("Must not be empty.")
    expect(page.locator('[id="params.tags-error"]')).to_contain_text("Must be an array")
    expect(field(page, "name")).to_be_focused()
    field(page, "name").fill("Lamp")
    field(page, "tags").fill('["new", "bright"]')
    field(page, "name").press("Enter")
    expect(answer(page)).to_contain_text("201 Created")
    expect(answer(page)).to_contain_text('"bright"')


def test_an_action_by_keyboard_alone(page: Page, enter: Enter, people: People, shop: str) -> None:
    enter(people.erin)
    page.goto(f"{shop}?tab=run")
    link = page.get_by_role("navigation", name="Actions").get_by_role("link", name="Create an item")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Create an item")).to_be_visible()
    field(page, "name").focus()
    page.keyboard.type("Chair")
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text('"name": "Chair"')
    row = rows(page).get_by_role("link")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("201 Created")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(answer(page)).to_contain_text('"name": "Chair"')


def test_a_refused_key_and_what_to_do(
    page: Page, enter: Enter, people: People, declare: Declare, give_key: GiveKey
) -> None:
    place = declare("Shop with a wrong key", actions=ACTIONS)
    enter(people.adam)
    page.goto(f"{place}?tab=run")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(answer(page).get_by_role("alert")).to_contain_text("Credentials")
    give_key(place, "wrong-key-0123456789")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(answer(page)).to_contain_text("401 Unauthorized")
    expect(answer(page).get_by_role("alert")).to_contain_text("save a valid credential")
    assert "wrong-key-0123456789" not in page.content()
    answer(page).get_by_role("link", name="Credentials").click()
    page.wait_for_url(re.compile("tab=credentials"))


def test_kept_answers(page: Page, enter: Enter, people: People, shop: str) -> None:
    """An answer from the cache is marked; the switch and clearing it ask the API again."""
    enter(people.erin)
    page.goto(f"{shop}?tab=run&action=kept")
    run = page.get_by_role("button", name="Run", exact=True)
    for switch, cached in ((False, False), (False, True), (True, False)):
        page.get_by_label("Skip the cache").set_checked(switch)
        run.click()
        count = expect(answer(page).get_by_text("From the cache"))
        count.to_have_count(1 if cached else 0)
        expect(answer(page)).to_contain_text("200 OK")
    page.get_by_role("button", name="Clear the cache").click()
    expect(page.get_by_text("The cache is cleared.")).to_be_visible()
    page.get_by_label("Skip the cache").set_checked(checked=False)
    run.click()
    expect(rows(page)).to_have_count(4)
    expect(rows(page).filter(has_text="From the cache")).to_have_count(1)


def test_more_pages_than_are_read(page: Page, enter: Enter, people: People, shop: str) -> None:
    enter(people.erin)
    page.goto(f"{shop}?tab=run&action=pages")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(answer(page)).to_contain_text("2 pages")
    expect(answer(page)).to_contain_text("There are more results")


def test_executions_appear_live_and_are_filtered_by_the_address(
    page: Page, enter: Enter, people: People, shop: str
) -> None:
    """In a second tab beside the console; the drawer tells what went wrong, and leads to its neighbours."""
    enter(people.erin)
    connector = shop.rpartition("/")[2]
    beside_it = page.context.new_page()
    beside_it.goto(f"/connectors/executions?connector={connector}")
    expect(beside_it.get_by_text("No execution matches these filters.")).to_be_visible()
    for action in ("list_items", "broken"):
        page.goto(f"{shop}?tab=run&action={action}")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(answer(page)).to_be_visible()
    expect(rows(beside_it)).to_have_count(2)
    expect(rows(beside_it).first).to_contain_text("Failed")
    beside_it.get_by_label("Result").select_option("failed")
    expect(rows(beside_it)).to_have_count(1)
    beside_it.wait_for_url(re.compile("outcome=failed"))
    beside_it.get_by_label("Result").select_option("")
    expect(rows(beside_it)).to_have_count(2)
    rows(beside_it).first.get_by_role("link").click()
    drawer = beside_it.get_by_role("dialog")
    expect(drawer).to_contain_text("The API has a bad day.")
    expect(drawer).to_contain_text("The response may say why the API refused the request.")
    drawer.get_by_role("link", name="Next").click()
    expect(drawer).to_contain_text('"Item 1"')
    beside_it.close()


def test_a_viewer_reads_only(page: Page, enter: Enter, people: People, shop: str) -> None:
    enter(people.erin)
    page.goto(f"{shop}?tab=run")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(answer(page)).to_be_visible()
    enter(people.vera)
    page.goto(f"{shop}?tab=run")
    expect(page.get_by_text("Engineers can run actions.")).to_be_visible()
    expect(page.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Clear the cache")).to_have_count(0)
    page.goto(f"{shop}?tab=executions")
    rows(page).first.get_by_role("link").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Engineers can run it again.")
    expect(drawer.get_by_role("link", name="Run again")).to_have_count(0)


def test_another_tenants_executions_are_not_there(
    page: Page, enter: Enter, people: People, shop: str
) -> None:
    enter(people.erin)
    page.goto(f"{shop}?tab=run")
    page.get_by_role("button", name="Run", exact=True).click()
    answer(page).get_by_role("link", name="Open the execution").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    drawer = page.url.partition("execution=")[2]
    enter(people.mallory)
    page.goto(f"/connectors/executions?execution={drawer}")
    expect(page.get_by_text("Execution not found")).to_be_visible()
    expect(page.get_by_role("heading", name="No executions yet")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_console_fits_on_a_phone(page: Page, enter: Enter, people: People, shop: str) -> None:
    enter(people.erin)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{shop}?tab=run&action=create_item")
    field(page, "name").fill("x" * 200)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(answer(page)).to_be_visible()
    assert json.loads(page.evaluate("JSON.stringify(document.documentElement.scrollWidth)")) <= 390
    page.goto(f"{shop}?tab=executions")
    rows(page).first.get_by_role("link").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
