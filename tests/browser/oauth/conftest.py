"""An app in the catalogue whose provider is an independent authorization server on this machine."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import col, select

from hub_app.kernel import db
from hub_app.kernel.vault import open_field
from hub_app.oauth import exchange
from hub_app.oauth.service import apps, flows
from hub_app.oauth.service.providers import provider_of, registration_of
from hub_app.oauth.tables import OauthConnection
from tests import other_process, running
from tests.browser.conftest import SETTINGS
from tests.peers.authorization import AuthorizationServer
from tests.people import People, Person


@pytest.fixture(scope="module")
def app(folder: Path, hub: running.Hub, people: People, peer: AuthorizationServer, mark: str) -> str:
    """The name of the peer's app, which the operator has set up. The catalogue is one for all tenants."""
    del hub
    given = peer.app(name=f"Peer {mark} Books", slug=f"peer-{mark}")
    made = other_process.in_database(folder, lambda: apps.create_app(people.alice.actor, given), **SETTINGS)
    return made.name


@pytest.fixture
def begun_by(
    folder: Path, hub: running.Hub, app: str, peer: AuthorizationServer, mark: str
) -> Callable[[Person], str]:
    """The callback's address of an authorization that a person began and allowed, not yet opened."""
    del app

    async def begin(person: Person) -> str:
        address = await flows.start(person.actor, app=f"peer-{mark}", origin=hub.url)
        return await peer.allow(address, "late")

    return lambda person: other_process.in_database(folder, lambda: begin(person), **SETTINGS)


@pytest.fixture
def end_at_provider(folder: Path) -> Callable[[], None]:
    """End the newest connection's grant at the provider, as a person can there, without telling Hub."""

    async def end() -> None:
        async with db.system("a test ends a grant elsewhere") as session:
            newest = select(OauthConnection).order_by(col(OauthConnection.id).desc()).limit(1)
            connection = (await session.exec(newest)).one()
            provider = provider_of(await registration_of(session, connection))
            token = open_field(connection, "refresh_token")
        assert await exchange.revoke(provider, access_token="", refresh_token=token)

    return lambda: other_process.in_database(folder, end, **SETTINGS)
