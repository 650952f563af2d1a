"""Two admins with the same form open: what each changed stays, and what both changed is for the second one to choose."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, WebSocketRoute, expect

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import connectors
from hub_app.oauth.service import apps
from hub_app.plans.schemas import PlanIn
from hub_app.plans.service import plans
from hub_app.webhooks.schemas import EndpointIn
from hub_app.webhooks.service import endpoints
from tests import other_process, running
from tests import people as seeded
from tests.browser.conftest import SETTINGS
from tests.browser.profiles import NewContext
from tests.people import People, Person

Open = Callable[[Person, str], Page]
BASE = "http://127.0.0.1:1"


@pytest.fixture
def opened(new_context: NewContext, hub: running.Hub, folder: Path) -> Open:
    """A tab in a person's own browser, on a page of Hub."""
    contexts: dict[Person, BrowserContext] = {}

    def enter(person: Person, path: str) -> Page:
        if person not in contexts:
            contexts[person] = new_context()
            token = other_process.in_database(folder, lambda: seeded.cookie(person))
            contexts[person].add_cookies(
                [{"name": running.session_cookie(hub.url), "value": token, "url": hub.url, "httpOnly": True}]
            )
        page = contexts[person].new_page()
        page.goto(path)
        return page

    return enter


class Late:
    """A line on which Hub's answers are held up."""

    def __init__(self) -> None:
        self.holds = False
        self._held: list[str | bytes] = []

    def pass_on(self, line: WebSocketRoute) -> None:
        hub = line.connect_to_server()
        self._page = line

        def answer(message: str | bytes) -> None:
            self._held.append(message) if self.holds else line.send(message)

        hub.on_message(answer)

    def deliver(self) -> None:
        self.holds = False
        for message in self._held:
            self._page.send(message)


def connector(folder: Path, people: People, name: str) -> str:
    given = {
        "name": name,
        "oauth_config": {"base_url": BASE},
        "actions": [{"id": one, "endpoint": f"/{one}"} for one in ("first", "second", "third")],
    }
    make = ConnectorIn.model_validate(given)
    made = other_process.in_database(
        folder, lambda: connectors.create_connector(people.adam.actor, make), **SETTINGS
    )
    return str(made.id)


def choice(form: Locator | Page, label: str) -> Locator:
    """The choice beside a field."""
    return form.get_by_role("group", name=re.compile(f"^{label}.*Someone else changed it to:"))


def edit(page: Page) -> Locator:
    page.get_by_role("button", name="Edit", exact=True).click()
    return page.get_by_role("dialog")


@pytest.fixture
def endpoint(folder: Path, hub: running.Hub, people: People) -> str:
    del hub
    given = EndpointIn(name="Warehouse", url=f"{BASE}/s3cret", description="As it was", rate_limit=5)
    made = other_process.in_database(
        folder, lambda: endpoints.create_endpoint(people.adam.actor, given), **SETTINGS
    )
    return f"/webhooks/endpoints/{made.id}?tab=settings"


def test_each_changes_another_field_of_an_endpoint_and_both_stay(
    opened: Open, people: People, endpoint: str
) -> None:
    adam, alice = (edit(opened(person, endpoint)) for person in (people.adam, people.alice))
    expect(adam.get_by_label("Name")).to_have_value("Warehouse")
    expect(alice.get_by_label("Name")).to_have_value("Warehouse")
    adam.get_by_label("Name").fill("Depot")
    adam.get_by_role("button", name="Save").click()
    expect(adam).to_have_count(0)
    alice.get_by_label("Description").fill("By Alice")
    alice.get_by_role("button", name="Save").click()
    expect(alice).to_have_count(0)
    page = opened(people.vera, endpoint)
    expect(page.get_by_role("heading", name="Depot", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("By Alice")


def test_both_change_the_same_fields_and_the_second_chooses_by_keyboard(
    opened: Open, people: People, endpoint: str
) -> None:
    """Nothing is saved before each choice is made; what was typed stays until then."""
    page = opened(people.alice, endpoint)
    alice, adam = edit(page), edit(opened(people.adam, endpoint))
    for dialog, name, text in ((adam, "Depot", "By Adam"), (alice, "Store", "By Alice")):
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("URL").fill(f"{BASE}/{name}")
        dialog.get_by_label("Description").fill(text)
        dialog.get_by_label("Retries").select_option("LINEAR" if name == "Depot" else "NONE")
        dialog.get_by_role("button", name="Save").click()
    expect(choice(alice, "Name")).to_contain_text("Depot")
    expect(choice(alice, "URL")).to_contain_text(f"{BASE}/Depot")
    expect(choice(alice, "Retries")).to_contain_text("Linear")
    expect(alice.get_by_role("textbox", name="Name", exact=True)).to_have_value("Store")
    keep = choice(alice, "Name").get_by_role("button", name="Keep mine")
    expect(keep).to_be_focused()
    expect(keep).to_have_accessible_description(re.compile(r"Name Depot"))
    alice.get_by_role("button", name="Save").click()
    expect(alice.locator("#name-error")).to_contain_text("Choose which value to keep")
    keep.focus()
    page.keyboard.press("Enter")
    expect(choice(alice, "Name")).to_have_count(0)
    expect(alice.get_by_role("textbox", name="Name", exact=True)).to_be_focused()
    for label in ("URL", "Retries"):
        choice(alice, label).get_by_role("button", name="Use theirs").press("Enter")
    expect(alice.get_by_role("textbox", name="URL")).to_have_value(f"{BASE}/Depot")
    expect(alice.get_by_role("combobox", name="Retries")).to_have_value("LINEAR")
    choice(alice, "Description").get_by_role("button", name="Keep mine").press("Enter")
    alice.get_by_role("button", name="Save").click()
    expect(alice).to_have_count(0)
    expect(page.get_by_role("heading", name="Store", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("By Alice")
    expect(page.get_by_role("main")).to_contain_text("Linear")
    expect(edit(page).get_by_label("URL")).to_have_value(f"{BASE}/Depot")


def on_a_slow_line(opened: Open, people: People, endpoint: str) -> tuple[Page, Late]:
    """Alice's page of the endpoint, and the line that can hold up what she is told."""
    page, late = opened(people.alice, "/settings/members"), Late()
    page.route_web_socket(re.compile("_event"), late.pass_on)
    page.goto(endpoint)
    return page, late


def test_a_late_answer_leaves_the_focus_where_the_person_went_on_to(
    opened: Open, people: People, endpoint: str
) -> None:
    """On a slow line someone tabs on before Hub has answered: the next Enter must press what they see focused."""
    page, late = on_a_slow_line(opened, people, endpoint)
    alice, adam = edit(page), edit(opened(people.adam, endpoint))
    for dialog, name in ((adam, "Depot"), (alice, "Store")):
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("Retries").select_option("LINEAR" if name == "Depot" else "NONE")
        dialog.get_by_role("button", name="Save").click()
    expect(choice(alice, "Name")).to_be_visible()
    expect(alice.locator("[data-pressed]")).to_have_count(0)
    late.holds = True
    choice(alice, "Name").get_by_role("button", name="Use theirs").press("Enter")
    following = choice(alice, "Retries").get_by_role("button", name="Use theirs")
    following.focus()
    late.deliver()
    expect(alice.get_by_role("textbox", name="Name", exact=True)).to_have_value("Depot")
    expect(choice(alice, "Name")).to_have_count(0)
    # As many frames as the page waits before it moves the focus, and one more.
    page.evaluate(
        "() => new Promise(done => { let n = 3; const f = () => n-- ? requestAnimationFrame(f) : done(); f() })"
    )
    expect(following).to_be_focused()
    page.keyboard.press("Enter")
    expect(alice.get_by_role("combobox", name="Retries")).to_have_value("LINEAR")
    expect(alice.get_by_role("combobox", name="Retries")).to_be_focused()


def test_saving_before_the_chosen_value_has_arrived_saves_nothing(
    opened: Open, people: People, endpoint: str
) -> None:
    """On a slow line the form still says one's own value when Save is pressed: it must not undo the other one's."""
    page, late = on_a_slow_line(opened, people, endpoint)
    alice, adam = edit(page), edit(opened(people.adam, endpoint))
    for dialog, name in ((adam, "Depot"), (alice, "Store")):
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_role("button", name="Save").click()
    expect(choice(alice, "Name")).to_be_visible()
    expect(alice.locator("[data-pressed]")).to_have_count(0)
    late.holds = True
    choice(alice, "Name").get_by_role("button", name="Use theirs").press("Enter")
    alice.get_by_role("button", name="Save").click()
    late.deliver()
    expect(alice.locator("#name-error")).to_contain_text("the value that you chose")
    expect(alice.get_by_role("textbox", name="Name", exact=True)).to_have_value("Depot")
    alice.get_by_role("button", name="Save").click()
    expect(alice).to_have_count(0)
    expect(page.get_by_role("heading", name="Depot", level=1)).to_be_visible()


def test_the_choice_fits_a_phone(opened: Open, people: People, endpoint: str) -> None:
    page = opened(people.alice, endpoint)
    page.set_viewport_size({"width": 390, "height": 844})
    alice, adam = edit(page), edit(opened(people.adam, endpoint))
    for dialog, name in ((adam, "D" * 90), (alice, "Store")):
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_role("button", name="Save").click()
    shown = choice(alice, "Name")
    expect(shown).to_be_visible()
    box = shown.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    shown.get_by_role("button", name="Use theirs").click()
    expect(alice.get_by_role("textbox", name="Name", exact=True)).to_have_value("D" * 90)


def test_two_admins_edit_a_connection(opened: Open, folder: Path, hub: running.Hub, people: People) -> None:
    del hub
    place = f"/connectors/{connector(folder, people, 'shared')}?tab=connection"
    adam, alice = opened(people.adam, place), opened(people.alice, place)
    for page, name, path in ((adam, "Depot", "/v1"), (alice, "Store", "/v2")):
        expect(page.get_by_label("Base URL")).to_have_value(BASE)
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Base URL").fill(BASE + path)
    adam.get_by_label("Authentication").select_option("api_key")
    adam.get_by_role("button", name="Save connection").click()
    expect(adam.get_by_text("The connection is saved.")).to_be_visible()
    alice.get_by_role("button", name="Save connection").click()
    expect(choice(alice, "Base URL")).to_contain_text(f"{BASE}/v1")
    choice(alice, "Base URL").get_by_role("button", name="Keep mine").click()
    choice(alice, "Name").get_by_role("button", name="Use theirs").click()
    expect(alice.get_by_role("textbox", name="Name", exact=True)).to_have_value("Depot")
    alice.get_by_role("button", name="Save connection").click()
    expect(alice.get_by_text("The connection is saved.")).to_be_visible()
    expect(alice.get_by_label("Authentication")).to_have_value("api_key")
    expect(alice.get_by_role("textbox", name="Base URL")).to_have_value(f"{BASE}/v2")
    expect(alice.get_by_role("heading", name="Depot", level=1)).to_be_visible()


def test_two_admins_edit_actions(opened: Open, folder: Path, hub: running.Hub, people: People) -> None:
    """Another action: both stay. The same one: the second chooses, its parameters too."""
    del hub
    place = f"/connectors/{connector(folder, people, 'acted')}"
    adam, alice = opened(people.adam, f"{place}?action=first"), opened(people.alice, f"{place}?action=first")
    other = opened(people.alice, f"{place}?action=second")
    for page, name in ((adam, "Theirs"), (alice, "Mine"), (other, "Second")):
        page.get_by_label("Name", exact=True).first.fill(name)
    for page, name in ((adam, "since"), (alice, "until")):
        page.get_by_role("button", name="Add parameter").click()
        page.locator("#p0_name").fill(name)
    for page in (adam, other):
        page.get_by_role("button", name="Save action").click()
        expect(page.get_by_text("is saved.")).to_be_visible()
    alice.get_by_role("button", name="Save action").click()
    expect(choice(alice, "Parameters")).to_contain_text("since")
    choice(alice, "Parameters").get_by_role("button", name="Use theirs").click()
    expect(alice.get_by_role("group", name="Parameter since").get_by_role("textbox").first).to_have_value(
        "since"
    )
    choice(alice, "Name").get_by_role("button", name="Keep mine").click()
    alice.get_by_role("button", name="Save action").click()
    expect(alice.get_by_role("row").filter(has_text="Mine")).to_contain_text("1 parameter")
    expect(alice.get_by_role("row").filter(has_text="Second")).to_be_visible()


def test_two_admins_edit_a_plan(opened: Open, folder: Path, hub: running.Hub, people: People) -> None:
    del hub
    used = connector(folder, people, "planned")
    step = {"id": "fetch", "integration_id": used, "action": "first"}
    given = PlanIn.model_validate({"name": "Nightly", "steps": [step, {**step, "id": "then"}]})
    made = other_process.in_database(folder, lambda: plans.create_plan(people.adam.actor, given), **SETTINGS)
    place = f"/connectors/plans/{made.id}"
    page = opened(people.alice, f"{place}?tab=settings")
    alice, adam = edit(page), edit(opened(people.adam, f"{place}?tab=settings"))
    for dialog, minutes in ((adam, "20"), (alice, "30")):
        dialog.get_by_label("Schedule").select_option("interval")
        dialog.get_by_label("Minutes between runs").fill(minutes)
        dialog.get_by_role("button", name="Save").click()
    expect(choice(alice, "Schedule")).to_contain_text("Every 20 minutes")
    choice(alice, "Schedule").get_by_role("button", name="Use theirs").click()
    expect(alice.get_by_label("Minutes between runs")).to_have_value("20")
    alice.get_by_role("button", name="Save").click()
    expect(alice).to_have_count(0)
    mine, theirs = opened(people.alice, place), opened(people.adam, place)
    for steps in (mine, theirs):
        expect(steps.get_by_text("fetch", exact=True)).to_be_visible()
    theirs.get_by_role("button", name="Remove then").click()
    theirs.get_by_role("button", name="Save plan").click()
    expect(theirs.get_by_text("is saved.")).to_be_visible()
    mine.get_by_role("button", name="Duplicate fetch").click()
    mine.get_by_role("button", name="Save plan").click()
    expect(mine.get_by_text("Removed: then.")).to_be_visible()
    expect(mine.get_by_role("button", name="Keep mine")).to_be_focused()
    mine.get_by_role("button", name="Use theirs").click()
    expect(mine.get_by_role("button", name="Remove then")).to_have_count(0)
    expect(mine.get_by_text("Your changes are not saved yet")).to_have_count(0)


def test_two_operators_edit_an_app(opened: Open, folder: Path, hub: running.Hub, people: People) -> None:
    """A secret that was replaced meanwhile is told without its value."""
    del hub
    other_process.in_database(folder, apps.add_templates)
    place = "/operator/oauth-apps/google"
    one, two = (opened(people.alice, place) for _ in range(2))
    for page, name in ((one, "one"), (two, "two")):
        page.get_by_label("Client ID").fill(name)
        page.get_by_label("Client secret").fill(f"s3cret-of-{name}")
        page.get_by_role("button", name="Save").first.click()
    expect(choice(two, "Client ID")).to_contain_text("one")
    expect(choice(two, "Client secret")).to_contain_text("A different value, which cannot be shown.")
    assert "s3cret-of-one" not in two.content()
    choice(two, "Client secret").get_by_role("button", name="Use theirs").click()
    expect(two.locator("#client_secret")).to_have_value("")
    choice(two, "Client ID").get_by_role("button", name="Keep mine").click()
    two.get_by_role("button", name="Save").first.click()
    expect(two.get_by_text("is saved.").first).to_be_visible()
    found = other_process.in_database(folder, lambda: apps.get_entry(people.alice.actor, "google"))
    assert (found.client_id, found.secret_hint[-3:]) == ("two", "one")


def test_what_is_refused_is_never_without_a_word(opened: Open, people: People, endpoint: str) -> None:
    """Beside its field where the page shows one, else in a message."""
    page = opened(people.adam, endpoint)
    dialog = edit(page)
    expect(dialog).to_be_visible()
    for fields, told in ((["name"], False), (["oauth_config.base_url"], True), (["name", "gone"], True)):
        script = "fields => new Promise(done => { window.hub.refused(fields, () => done(true));"
        script += (
            " requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(false)))) })"
        )
        dialog.locator("#name-error").evaluate("place => (place.textContent = 'Must not be empty.')")
        assert page.evaluate(script, fields) is told, fields
