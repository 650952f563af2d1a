"""A real Hub and a real browser. These tests are plain functions: Playwright's synchronous interface."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests import running
from tools import browser as browsers


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Generator[running.Hub]:
    """One Hub for all browser tests, with an empty SQLite database in the beginning."""
    with running.hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


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
