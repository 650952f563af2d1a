"""Acme's connectors, on a database of each kind, and a REST API to connect them to."""

import itertools
from collections.abc import AsyncGenerator
from uuid import UUID

import pytest
from pydantic import JsonValue

from hub_app.connectors.schemas.connectors import ConnectorIn, CredentialIn, CredentialOut
from hub_app.connectors.schemas.runs import ExecutionDetail, ExecutionFilter, RunIn, RunOut
from hub_app.connectors.service import connectors, credentials, executions, runs
from hub_app.kernel.paging import PageRequest
from tests.peers.api import Api
from tests.people import People

Params = dict[str, JsonValue]
# How a connector is told about each scheme of the API.
_ACCESS: dict[str, Params] = {
    "open": {"auth_type": "none"},
    "bearer": {"auth_type": "api_key"},
    "prefixed": {"auth_type": "api_key", "auth_header": "X-Api-Key", "auth_prefix": "Key"},
    "raw": {"auth_type": "api_key", "auth_header": "X-Api-Key", "auth_prefix": ""},
    "query": {"auth_type": "api_key", "auth_query": "api_key"},
    "basic": {"auth_type": "basic"},
}


class Shop:
    """Adam's connectors to the API, which Erin runs."""

    def __init__(self, people: People, api: Api) -> None:
        self.people = people
        self.api = api
        self.admin = people.adam.actor
        self.actor = people.erin.actor
        self._numbers = itertools.count(1)

    async def connector(self, *actions: Params, scheme: str = "open", **more: JsonValue) -> UUID:
        """A new connector with these actions, and the credential that the API lets in."""
        given = self.document(*actions, scheme=scheme, **more)
        made = await connectors.create_connector(self.admin, ConnectorIn.model_validate(given))
        if scheme != "open":
            await self.credential(made.id, scheme)
        return made.id

    def document(self, *actions: Params, scheme: str = "open", **more: JsonValue) -> Params:
        access = dict(_ACCESS[scheme])
        auth_type = access.pop("auth_type")
        document: Params = {
            "name": f"shop_{next(self._numbers)}",
            "display_name": "Shop",
            "auth_type": auth_type,
            "oauth_config": {"base_url": self.api.base(scheme), **access},
            "actions": list(actions),
        }
        return {**document, **more}

    async def credential(self, connector_id: UUID, scheme: str, **wrong: str) -> CredentialOut:
        """Save the credential that the API lets in; `key` or `password` makes it another one."""
        if scheme == "basic":
            login: Params = {
                "username": self.api.login[0],
                "password": wrong.get("password", self.api.login[1]),
            }
            given = CredentialIn(type="basic", value=login)
        else:
            given = CredentialIn(type="api_key", value=wrong.get("key", self.api.key))
        return await credentials.set_credential(self.admin, connector_id, given)

    async def state(self, connector_id: UUID) -> CredentialOut:
        """The connector's only credential, as people see it."""
        (found,) = (await connectors.get_connector(self.admin, connector_id)).credentials
        return found

    async def run(
        self,
        connector_id: UUID,
        action: str = "it",
        params: Params | None = None,
        *,
        key: str | None = None,
        fresh: bool = False,
    ) -> RunOut:
        given = RunIn(params=params or {}, fresh=fresh)
        return await runs.run_action(self.actor, connector_id, action, given, key=key)

    async def try_once(
        self, action: Params, params: Params | None = None, *, scheme: str = "open", **more: JsonValue
    ) -> RunOut:
        """Run an action of a new connector."""
        connector_id = await self.connector({"id": "it", **action}, scheme=scheme, **more)
        return await self.run(connector_id, "it", params)

    async def executions(self, connector_id: UUID | None = None) -> list[ExecutionDetail]:
        """The executions whole, newest first."""
        found = await executions.list_executions(
            self.actor, ExecutionFilter(), PageRequest(limit=200), connector_id=connector_id
        )
        return [await executions.get_execution(self.actor, one.id) for one in found.items]


@pytest.fixture
async def api() -> AsyncGenerator[Api]:
    async with Api() as running:
        yield running


@pytest.fixture
async def shop(people: People, api: Api) -> Shop:
    return Shop(people, api)
