"""A Hub of its own for identity's screens, with everyone in its database."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests import beside, running
from tests import people as seeded
from tests.people import People, Person


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this Hub has its data."""
    return tmp_path_factory.mktemp("identity")


@pytest.fixture(scope="module")
def people(folder: Path) -> People:
    return beside.in_database(folder, seeded.seed)


@pytest.fixture(scope="module")
def hub(folder: Path, people: People) -> Generator[running.Hub]:
    """A Hub in which everyone has an account."""
    del people
    with running.hub(folder) as hub:
        yield hub


@pytest.fixture
def enter(context: BrowserContext, folder: Path, hub: running.Hub) -> Callable[[Person], None]:
    """Give the browser a person's session cookie, as after signing in."""

    def give(person: Person) -> None:
        token = beside.in_database(folder, lambda: seeded.cookie(person))
        context.add_cookies([{"name": "hub_session", "value": token, "url": hub.url, "httpOnly": True}])

    return give
