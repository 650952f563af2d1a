"""A REST API on this machine, and connectors to it."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.service import connectors
from tests import other_process, running
from tests.browser.conftest import SETTINGS
from tests.people import People

Declare = Callable[..., str]


@pytest.fixture(scope="session")
def api() -> Generator[str]:
    """The URL of a REST API with the paths of `tests.peers.api`."""
    with running.rest_api() as url:
        yield url


@pytest.fixture(scope="module")
def declare(folder: Path, people: People, api: str) -> Declare:
    """Make a connector of Acme's to the API, with an action that lists items; the path of its page."""

    def make(name: str, *, scheme: str = "bearer", actions: list[dict[str, object]] | None = None) -> str:
        usual: list[dict[str, object]] = [{"id": "list_items", "name": "List items", "endpoint": "/items"}]
        document = {
            "name": name.lower().replace(" ", "_"),
            "display_name": name,
            "auth_type": "none" if scheme == "open" else "api_key",
            "oauth_config": {"base_url": f"{api}/{scheme}"},
            "actions": usual if actions is None else actions,
        }
        given = ConnectorIn.model_validate(document)
        made = other_process.in_database(
            folder, lambda: connectors.create_connector(people.adam.actor, given), **SETTINGS
        )
        return f"/connectors/{made.id}"

    return make
