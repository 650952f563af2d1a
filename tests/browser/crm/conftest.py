"""A Táve on this machine, connections to it, and clients to look at."""

import asyncio
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Page

from hub_app.crm.schemas.integrations import IntegrationIn
from hub_app.crm.schemas.records import RecordIn, RecordOut
from hub_app.crm.service import integrations, records
from hub_app.identity.tables import Tenant
from hub_app.kernel import db
from tests import other_process, running
from tests import people as seeded
from tests.browser.conftest import SETTINGS
from tests.browser.profiles import NewContext
from tests.peers.tave import KEY
from tests.people import People, Person

Add = Callable[..., str]
Connect = Callable[..., str]
Peer = TypeVar("Peer", bound=AbstractAsyncContextManager[Any])


class Studio:
    """A Táve in a process of its own: `base` is where its API is."""

    def __init__(self, url: str) -> None:
        self.base = f"{url}/api/v2"
        self._url = url

    def faults(self, **switches: object) -> None:
        """Have this go wrong from now on, and nothing else."""
        httpx.post(f"{self._url}/_faults", json={}, trust_env=False).raise_for_status()
        httpx.post(f"{self._url}/_faults", json=switches, trust_env=False).raise_for_status()

    def change(self, do: str, **given: object) -> dict[str, Any]:
        """Change its people, as the studio would."""
        answer = httpx.post(f"{self._url}/_people", json={"do": do, **given}, trust_env=False)
        return answer.raise_for_status().json()

    def ids(self) -> list[str]:
        return self.change("ids")["ids"]


@contextmanager
def in_a_thread(peer: Peer) -> Generator[Peer]:
    """The peer at work, for the time of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(peer.__aenter__(), loop).result()
        yield peer
        asyncio.run_coroutine_threadsafe(peer.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="session")
def _tave() -> Generator[str]:
    with running.tave() as url:
        yield url


@pytest.fixture
def studio(_tave: str) -> Generator[Studio]:
    one = Studio(_tave)
    yield one
    one.faults()


@pytest.fixture(scope="module")
def people(people: People, folder: Path) -> People:
    """Everyone. Acme may connect as many CRMs as these tests do, and the others none."""

    async def change() -> None:
        async with db.system("tiers of a test", write=True) as session:
            for person, tier in ((people.adam, "enterprise"), (people.mallory, "free")):
                (await session.get_one(Tenant, person.tenant_id)).tier = tier

    other_process.in_database(folder, change)
    return people


@pytest.fixture
def connect(folder: Path, people: People, studio: Studio) -> Connect:
    """Connect Acme's CRM; the path of its page."""
    actor = replace(people.adam.actor, tier="enterprise")

    def make(name: str, **config: Any) -> str:
        given = IntegrationIn.model_validate(
            {
                "crm_provider": "tave",
                "connection_name": name,
                "auth_config": {"api_key": KEY, "base_url": studio.base},
                "sync_config": config,
            }
        )
        made = other_process.in_database(
            folder, lambda: integrations.create_integration(actor, given), **SETTINGS
        )
        return f"/crm/connections/{made.integration.id}"

    return make


@pytest.fixture
def add(folder: Path) -> Add:
    """Makes a client as this person; the address of its page."""

    def make(person: Person, **fields: object) -> str:
        given = RecordIn.model_validate({"fields": fields})

        async def create() -> RecordOut:
            return await records.create_record(person.actor, given)

        return f"/crm/clients/{other_process.in_database(folder, create).id}"

    return make


@pytest.fixture
def change(folder: Path) -> Callable[[Person, str, Mapping[str, object]], None]:
    """Changes the client of a page as this person, beside whoever looks at it."""

    def make(person: Person, page: str, fields: Mapping[str, object]) -> None:
        async def update() -> RecordOut:
            return await records.update_record(person.actor, UUID(page.rpartition("/")[2]), fields)

        other_process.in_database(folder, update)

    return make


@pytest.fixture
def beside(new_context: NewContext, hub: running.Hub, folder: Path) -> Callable[[Person], Page]:
    """A tab in the browser of somebody else."""

    def enter(person: Person) -> Page:
        context = new_context()
        token = other_process.in_database(folder, lambda: seeded.cookie(person))
        name = running.session_cookie(hub.url)
        context.add_cookies([{"name": name, "value": token, "url": hub.url, "httpOnly": True}])
        return context.new_page()

    return enter
