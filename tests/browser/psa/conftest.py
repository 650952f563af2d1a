"""A ConnectWise on this machine, and Acme's connection to it."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub_app.psa.schemas.members import MappingIn
from hub_app.psa.schemas.sessions import SessionIn, SessionOut
from hub_app.psa.service import connections, mappings, sessions
from tests import other_process, running
from tests.browser.conftest import SETTINGS
from tests.peers.connectwise import ConnectWise
from tests.people import People, Person
from tests.psa import samples

Begin = Callable[..., str]
# Tickets that somebody works on there; each test takes its own.
OPEN = [
    str(one) for one, row in ConnectWise(tickets=60).tickets.items() if row["status"]["name"] == "In progress"
]


class Desk:
    """A ConnectWise in a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def do(self, what: str, **given: object) -> None:
        """What somebody does there."""
        answer = httpx.post(f"{self.url}/_people", json={"do": what, **given}, trust_env=False)
        answer.raise_for_status()

    def faults(self, **switches: object) -> None:
        self.do("faults", faults=switches)

    def seen(self) -> dict[str, Any]:
        """What Hub posted."""
        return httpx.get(f"{self.url}/_received", trust_env=False).raise_for_status().json()

    def posted(self, text: str) -> list[dict[str, Any]]:
        """The notes with this text."""
        return [one for one in self.seen()["posted"] if text in one["text"]]


@pytest.fixture(scope="session")
def _connectwise() -> Generator[str]:
    with running.connectwise() as url:
        yield url


@pytest.fixture
def desk(_connectwise: str) -> Generator[Desk]:
    one = Desk(_connectwise)
    yield one
    one.faults(busy=0, fails=0, gateway=0, forbidden="", breaks="", down=False, ignores_patch=False, slow=0)


@pytest.fixture
def connected(desk: Desk, folder: Path, people: People) -> None:
    """Acme has connected it, and Erin is known there."""

    async def connect() -> None:
        alice = people.alice.actor
        if await connections.get_connection(alice) is None:
            await samples.connect(alice, desk.url)
            await mappings.create_mapping(alice, MappingIn(user_id=people.erin.user_id, member_id="141"))

    other_process.in_database(folder, connect, **SETTINGS)


@pytest.fixture
def begin(folder: Path) -> Begin:
    """Begins a session as this person; the path of its page."""

    def make(person: Person, **fields: object) -> str:
        given = SessionIn.model_validate(fields)

        async def create() -> SessionOut:
            return await sessions.create_session(person.actor, given)

        return f"/sessions/{other_process.in_database(folder, create, **SETTINGS).id}"

    return make
