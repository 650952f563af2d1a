"""A real Hub and a real browser. These tests are plain functions: Playwright's synchronous interface."""

import itertools
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import other_process, running, screens
from tests import people as seeded
from tests.browser.profiles import NewContext, Profiles
from tests.peers import authorization
from tests.peers.authorization import AuthorizationServer
from tests.people import People, Person
from tests.screens import Scene
from tools import browser as browsers

# What takes long begins first, so that no worker is left with it at the end.
_LONG = (
    "test_hostile_events.py",
    "test_raw_events.py",
    "test_accessibility.py",
    "test_focus_rings.py",
    "test_low_windows.py",
    "test_two_processes.py",
)
# Files whose cases share what takes long to make stay on one worker.
_TOGETHER = ("test_hostile_events.py", "test_raw_events.py", "test_two_processes.py")
SETTINGS = {
    "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
    "WEBHOOK_RETRY_BACKOFF_SECONDS": "2",
    "CRM_RATE_LIMITS": "tave=100000/1000000",
    "PSA_ALLOWED_HOSTS": "127.0.0.1",
}
_marks = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in _LONG)


class _Scheduling(LoadScopeScheduling):
    """Each case goes to the worker that is free, but for `_TOGETHER`. (xdist 3.8 does not see its own marker
    `xdist_group` with pytest 9.2.)
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.endswith(_TOGETHER) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _Scheduling(config, log)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Hub has its data."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="session")
def hub(folder: Path) -> Generator[running.Hub]:
    """The Hub of all tests of this worker. It is set up, and may deliver to this machine."""
    other_process.in_database(folder, seeded.seed)
    with running.hub(folder, **SETTINGS) as hub:
        yield hub


@pytest.fixture(scope="module")
def mark() -> str:
    """What makes this module's names differ from those of others in the same Hub."""
    return str(next(_marks))


@pytest.fixture(scope="module")
def people(folder: Path, hub: running.Hub, mark: str) -> People:
    """Everyone, in two tenants that are this module's alone."""
    del hub
    return other_process.in_database(folder, lambda: seeded.seed(mark))


@pytest.fixture(scope="session")
def receiver() -> Generator[str]:
    """The URL of a webhook receiver with the paths of `tests.peers.receiver`."""
    with running.receiver() as url:
        yield url


@pytest.fixture(scope="session")
def peer() -> Generator[AuthorizationServer]:
    """An authorization server whose clients Hub can be."""
    with authorization.running(seconds=3600) as server:
        yield server


@pytest.fixture(scope="module")
def scene() -> Generator[Scene]:
    """A Hub of this module's own with the examples of all capabilities, who looks at it, and where."""
    with screens.scene() as scene:
        yield scene


@pytest.fixture
def enter(context: BrowserContext, folder: Path, hub: running.Hub) -> Callable[[Person], None]:
    """Give the browser a person's session cookie, as after signing in."""

    def give(person: Person) -> None:
        token = other_process.in_database(folder, lambda: seeded.cookie(person))
        context.add_cookies(
            [{"name": running.session_cookie(hub.url), "value": token, "url": hub.url, "httpOnly": True}]
        )

    return give


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = browsers.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _profiles(browser: Browser, hub: running.Hub) -> Profiles:
    return Profiles(browser, hub.url)


@pytest.fixture
def new_context(_profiles: Profiles) -> Generator[NewContext]:
    """Browser profiles of their own: no cookies, no storage, and Hub's address for relative ones."""
    with _profiles.lent() as lend:
        yield lend


@pytest.fixture
def context(new_context: NewContext) -> BrowserContext:
    """A browser profile of its own."""
    return new_context()


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
