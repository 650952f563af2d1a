"""The five main tasks without a mouse, on a quick line and on a slow one.

Each is begun with a key that is pressed twice, as impatient people do: Hub says at once that it was pressed, and does it once.
"""

import re
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import connectors
from hub_app.webhooks.schemas import EndpointIn, EventIn
from hub_app.webhooks.service import endpoints, events
from tests import other_process, running
from tests import people as seeded
from tests.browser import slow_line
from tests.browser.conftest import SETTINGS
from tests.browser.hands import Hands
from tests.people import People

# In the page, in this order: a key was pressed, its button says so, Hub has answered.
_WATCH = """
    window.seen = [];
    document.addEventListener("keydown", ({key}) => key === "Enter" && seen.push("pressed"), true);
    new MutationObserver((all) => all.some(({target}) => "pressed" in target.dataset) && seen.push("shown"))
        .observe(document, {subtree: true, attributeFilter: ["data-pressed"]});
    const send = WebSocket.prototype.send, known = new WeakSet();
    WebSocket.prototype.send = function (data) {
        if (!known.has(this)) this.addEventListener("message", ({data}) => `${data}`.startsWith("42") && seen.push("answered"));
        known.add(this);
        send.call(this, data);
    };
"""


class Desk:
    """Adam at his browser, and what he works with."""

    def __init__(self, page: Page, folder: Path, people: People) -> None:
        self.page = page
        self.hands = Hands(page)
        self.main = page.get_by_role("main")
        self.dialog = page.get_by_role("dialog")
        self._folder = folder
        self._actor = people.adam.actor

    def button(self, name: str, within: Page | Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=name, exact=True).first

    def open(self, place: str) -> None:
        self.page.goto(place)
        expect(self.page.locator(".hub-skeleton")).to_have_count(0)

    def connector(self, name: str, api: str) -> str:
        """The page of a new connector of two actions."""
        actions = [{"id": one, "name": one.title(), "endpoint": f"/{one}"} for one in ("items", "echo")]
        document = {"name": name, "auth_type": "none", "oauth_config": {"base_url": f"{api}/open"}}
        given = ConnectorIn.model_validate(document | {"actions": actions})
        made = other_process.in_database(
            self._folder, lambda: connectors.create_connector(self._actor, given), **SETTINGS
        )
        return f"/connectors/{made.id}"

    def failed_delivery(self, name: str, receiver: str) -> str:
        """The list of the deliveries of a new endpoint, in which one has failed or will at once."""
        given = EndpointIn.model_validate(
            {
                "name": name,
                "url": f"{receiver}/broken",
                "events": [f"{name.lower()}.*"],
                "retry_policy": "NONE",
            }
        )

        async def make() -> str:
            made = await endpoints.create_endpoint(self._actor, given)
            await events.publish(self._actor, [EventIn(type=f"{name.lower()}.event", data={})])
            return f"/webhooks/endpoints/{made.id}?tab=deliveries"

        return other_process.in_database(self._folder, make, **SETTINGS)


@pytest.fixture(scope="module")
def api() -> Generator[str]:
    with running.rest_api() as url:
        yield url


@pytest.fixture(scope="module", params=["quick", "slow"])
def address(request: pytest.FixtureRequest, hub: running.Hub) -> Generator[str]:
    """Where this browser has its Hub."""
    if request.param == "quick":
        yield hub.url
    else:
        with slow_line.to(hub.url) as url:
            yield url


@pytest.fixture(scope="module")
def tab(browser: Browser, address: str, folder: Path, people: People) -> Generator[Page]:
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    token = other_process.in_database(folder, lambda: seeded.cookie(people.adam))
    context.add_cookies(
        [{"name": running.session_cookie(address), "value": token, "url": address, "httpOnly": True}]
    )
    context.add_init_script(_WATCH)
    page = context.new_page()
    # All scripts come over the line once.
    page.goto("/webhooks/endpoints")
    yield page
    context.close()


@pytest.fixture
def desk(tab: Page, folder: Path, people: People) -> Desk:
    return Desk(tab, folder, people)


@pytest.fixture
def name(address: str, hub: running.Hub) -> Callable[[str], str]:
    """A name that differs between the two lines."""
    return lambda word: f"{word}{'quick' if address == hub.url else 'slow'}"


def test_adding_an_endpoint(desk: Desk, name: Callable[[str], str], receiver: str) -> None:
    desk.open("/webhooks/endpoints")
    desk.hands.press_twice(desk.button("Add endpoint"))
    desk.hands.enter(desk.dialog.get_by_label("Name"), name("Orders "))
    desk.hands.enter(desk.dialog.get_by_label("URL"), f"{receiver}/hook")
    desk.hands.press_twice(desk.button("Add endpoint", desk.dialog))
    expect(desk.page.get_by_role("heading", name=name("Orders "), level=1)).to_be_visible()
    desk.open("/webhooks/endpoints")
    expect(desk.page.get_by_role("row").filter(has_text=name("Orders "))).to_have_count(1)


def test_finding_and_resending_a_failed_delivery(
    desk: Desk, name: Callable[[str], str], receiver: str
) -> None:
    desk.open(desk.failed_delivery(name("Broken"), receiver))
    row = desk.page.get_by_role("row").filter(has_text=".event")
    expect(row).to_contain_text("Failed")
    desk.hands.press(row.get_by_role("link"))
    desk.hands.press_twice(desk.button("Resend now", desk.dialog))
    expect(desk.dialog.get_by_role("listitem").filter(has_text="(resent)")).to_have_count(1)
    desk.page.keyboard.press("Escape")
    expect(desk.dialog).to_have_count(0)
    expect(row).to_contain_text("2")


def test_making_a_token(desk: Desk, name: Callable[[str], str]) -> None:
    desk.open("/developers/tokens")
    desk.hands.press_twice(desk.button("Create token"))
    desk.hands.enter(desk.dialog.get_by_label("Name"), name("Bot "))
    desk.hands.reach(desk.dialog.get_by_label("Read everything that the token's owner may read."))
    desk.page.keyboard.press("Space")
    desk.hands.press_twice(desk.button("Create token", desk.dialog))
    expect(desk.dialog.locator("code")).to_contain_text("hub_pat_")
    desk.hands.press(desk.button("Done", desk.dialog))
    expect(desk.page.get_by_role("row").filter(has_text=name("Bot "))).to_have_count(1)


def test_running_an_action(desk: Desk, name: Callable[[str], str], api: str) -> None:
    place = desk.connector(name("run_"), api)
    desk.open(f"{place}?tab=run&action=items")
    desk.hands.press_twice(desk.button("Run"))
    expect(desk.main).to_contain_text("200 OK")
    desk.open(f"{place}?tab=executions")
    expect(desk.page.get_by_role("row").filter(has_text="GET")).to_have_count(1)


def test_building_a_plan(desk: Desk, name: Callable[[str], str], api: str) -> None:
    desk.connector(name("plan_"), api)
    desk.open("/connectors/plans")
    desk.hands.press_twice(desk.button("Add plan"))
    desk.hands.enter(desk.dialog.get_by_label("Name"), name("Nightly "))
    desk.hands.choose(desk.dialog.get_by_label("Connector"), name("plan_"))
    expect(desk.dialog.get_by_label("Action")).to_contain_text("Items")
    desk.hands.choose(desk.dialog.get_by_label("Action"), "Items")
    desk.hands.press_twice(desk.button("Add plan", desk.dialog))
    desk.page.wait_for_url(re.compile("edit="))
    expect(desk.dialog.get_by_label("Name of the step")).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.dialog).to_have_count(0)
    desk.hands.press_twice(desk.button("Add step"))
    desk.hands.choose(desk.dialog.get_by_label("Action"), "Echo")
    desk.hands.press_twice(desk.button("Add step", desk.dialog))
    expect(desk.dialog).to_have_count(0)
    expect(desk.page.locator("ol[aria-label='Steps'] > li")).to_have_count(2)
    desk.hands.press_twice(desk.button("Save plan"))
    desk.open("/connectors/plans")
    row = desk.page.get_by_role("row").filter(has_text=name("Nightly "))
    expect(row).to_have_count(1)
    expect(row).to_contain_text("2 steps")
