"""A real Hub and a real browser. These tests are plain functions: Playwright's synchronous interface."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests import other_process, running
from tests import people as seeded
from tests.people import People, Person
from tools import browser as browsers

# What takes long begins first, so that no worker is left with it at the end.
_LONG = ("test_accessibility.py", "test_hostile_events.py", "test_raw_events.py")
SETTINGS = {"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32", "WEBHOOK_RETRY_BACKOFF_SECONDS": "2"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module's tests share a Hub, so they stay together on one worker unless they say otherwise."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.name))
    items.sort(key=lambda item: item.path.name not in _LONG)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this module's Hub has its data."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def people(folder: Path) -> People:
    return other_process.in_database(folder, seeded.seed)


@pytest.fixture(scope="module")
def hub(folder: Path, people: People) -> Generator[running.Hub]:
    """A Hub in which everyone has an account, and which may deliver to this machine."""
    del people
    with running.hub(folder, **SETTINGS) as hub:
        yield hub


@pytest.fixture(scope="module")
def receiver() -> Generator[str]:
    """The URL of a webhook receiver with the paths of `tests.peers.receiver`."""
    with running.receiver() as url:
        yield url


@pytest.fixture
def enter(context: BrowserContext, folder: Path, hub: running.Hub) -> Callable[[Person], None]:
    """Give the browser a person's session cookie, as after signing in."""

    def give(person: Person) -> None:
        token = other_process.in_database(folder, lambda: seeded.cookie(person))
        context.add_cookies([{"name": "hub_session", "value": token, "url": hub.url, "httpOnly": True}])

    return give


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = browsers.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, hub: running.Hub) -> Generator[BrowserContext]:
    """A browser profile of its own: no cookies, no storage, and Hub's address for relative ones."""
    context = browser.new_context(base_url=hub.url, viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What the page complained about. A test that provokes a complaint clears the list."""
    return []


@pytest.fixture
def page(context: BrowserContext, console_errors: list[str]) -> Generator[Page]:
    """A tab; the test fails when the page wrote an error to its console or raised one."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            console_errors.append(f"{message.text} ({message.location['url']})")

    page = context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: console_errors.append(str(error)))
    yield page
    assert console_errors == []
