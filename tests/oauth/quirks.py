"""Providers of the catalogue, played by the quirky peer."""

from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl, urlsplit

import pytest

from hub_app.oauth.catalogue import templates
from hub_app.oauth.schemas import AppDetail, AppIn
from hub_app.oauth.service import apps, flows, outcomes
from tests.peers.quirky import Quirky
from tests.people import People

ORIGIN = "http://hub.test"


@pytest.fixture
async def quirky() -> AsyncGenerator[Quirky]:
    async with Quirky() as running:
        yield running


async def add(people: People, quirky: Quirky, name: str, **more: object) -> AppDetail:
    """A template as it ships, with this peer's addresses in place of its own."""
    template = next(one for one in templates() if one.slug == name)
    values = template.model_dump() | {"client_id": "our.id", "client_secret": "our secret"}
    for field in ("authorize_url", "token_url", "userinfo_url", "revoke_url"):
        if values[field]:
            # Braces are the place of the client id, and stay.
            values[field] = quirky.url + urlsplit(values[field]).path
    return await apps.create_app(people.alice.actor, AppIn.model_validate(values | more))


async def begin(people: People, **given: object) -> dict[str, str]:
    """What the authorization's address asks for."""
    address = await flows.start(people.erin.actor, origin=ORIGIN, **given)  # type: ignore[arg-type]
    return dict(parse_qsl(urlsplit(address).query))


async def come_back(people: People, asked: dict[str, str]) -> outcomes.Outcome:
    """How the authorization ends."""
    return await flows.finish(people.erin.actor, flows.Answer(state=asked["state"], code="a code"))


async def connect(people: People, app: str, **more: object) -> tuple[dict[str, str], outcomes.Outcome]:
    asked = await begin(people, app=app, **more)
    return asked, await come_back(people, asked)
