"""OAuth against an authorization server of another make, on a database of each kind."""

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.kernel.actor import Actor
from hub_app.kernel.clock import utcnow
from hub_app.kernel.vault import open_field
from hub_app.oauth.schemas import AppDetail
from hub_app.oauth.service import apps, flows
from hub_app.oauth.tables import OauthConnection
from tests.oauth.quirks import (
    ORIGIN,
    quirky,  # noqa: F401  # pyright: ignore[reportUnusedImport]
)
from tests.peers.authorization import AuthorizationServer
from tests.peers.authorization.fixtures import _authorization_server, peer  # noqa: F401  # pyright: ignore[reportUnusedImport]
from tests.people import People


def answer(address: str) -> flows.Answer:
    """What a callback's address carries."""
    values = dict(parse_qsl(urlsplit(address).query))
    return flows.Answer(**{name: values.get(name, "") for name in ("state", "code", "error", "iss")})


async def row(connection_id: UUID) -> OauthConnection:
    async with db.system("a test looks") as session:
        return (await session.exec(select(OauthConnection).where(OauthConnection.id == connection_id))).one()


async def row_is_young(connection_id: UUID) -> bool:
    expires_at = (await row(connection_id)).expires_at
    return expires_at is None or expires_at > utcnow()


async def stored_token(connection_id: UUID, field: str = "access_token") -> str:
    return open_field(await row(connection_id), field)


@dataclass(frozen=True)
class Acme:
    """A tenant whose operator, Alice, has put the peer into the catalogue."""

    people: People
    peer: AuthorizationServer
    app: AppDetail

    async def begin(self, actor: Actor | None = None, **more: object) -> str:
        """Erin's way to the provider, or somebody else's."""
        given = {"app": "peer", "origin": ORIGIN, **more}
        return await flows.start(actor or self.people.erin.actor, **given)  # type: ignore[arg-type]

    async def connect(self, actor: Actor | None = None, account: str = "ada", **more: object) -> UUID:
        """A connection through the whole flow."""
        actor = actor or self.people.erin.actor
        callback = await self.peer.allow(await self.begin(actor, **more), account)
        outcome = await flows.finish(actor, answer(callback))
        assert outcome.connection_id is not None, outcome
        return outcome.connection_id

    async def until_old(self, connection_id: UUID) -> None:
        """Wait until the access token has run out at the provider."""
        while await row_is_young(connection_id):  # noqa: ASYNC110 - the clock changes it
            await asyncio.sleep(0.1)


@pytest.fixture
async def acme(people: People, peer: AuthorizationServer) -> Acme:  # noqa: F811
    return Acme(people, peer, await apps.create_app(people.alice.actor, peer.app()))
