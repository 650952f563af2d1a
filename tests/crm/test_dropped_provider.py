"""A provider is one file that is put into the folder: the gallery, the REST list and the wizard have it, and it can be connected.

`tests/crm/conformance/test_one_more.py` holds the same file to the conformance suite.
"""

import sys
from collections.abc import AsyncGenerator, Generator
from importlib import invalidate_caches
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from hub_app.crm import providers
from hub_app.crm.service import gallery
from hub_app.crm.state.accounts import account_fields
from hub_app.crm.state.new import card_of
from tests import people as seeded
from tests.crm.acme import Acme
from tests.peers.orchard import Counterpart

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
FILE = Path(__file__).parents[1] / "samples" / "crm" / "orchard.py"
RECORDS = 12


@pytest.fixture
def dropped(tmp_path: Path) -> Generator[None]:
    """A second folder of providers: a package may have several."""
    text = FILE.read_text()
    assert len(text.splitlines()) < 60
    folder = tmp_path / "dropped"
    folder.mkdir()
    (folder / "orchard.py").write_text(text)
    providers.__path__.append(str(folder))
    providers.every.cache_clear()
    invalidate_caches()
    yield
    providers.__path__.remove(str(folder))
    providers.every.cache_clear()
    sys.modules.pop(f"{providers.__name__}.orchard", None)


@pytest.fixture
async def peer() -> AsyncGenerator[Counterpart]:
    async with Counterpart(RECORDS) as running:
        yield running


async def test_it_is_in_the_gallery_and_in_the_list_of_rest(
    dropped: None, acme: Acme, client: httpx.AsyncClient
) -> None:
    del dropped
    answer = await client.get("/api/crm/providers", headers=await seeded.headers(acme.people.vera))
    listed = {one["id"]: one for one in answer.json()["providers"]}
    assert listed["orchard"]["supported_features"] == ["clients"]
    assert listed["orchard"]["rate_limits"] == {"requests_per_minute": 120, "requests_per_hour": 0}
    assert listed["orchard"]["capabilities"]["write"] is True
    assert [(one["key"], one["secret"]) for one in listed["orchard"]["fields"]] == [
        ("base_url", False),
        ("token", True),
    ]
    assert [one.id for one in (await gallery.list_providers(acme.actor)).providers][-1] == "orchard"


async def test_the_wizard_shows_it_and_asks_for_what_it_needs(dropped: None, acme: Acme) -> None:
    del dropped
    (one,) = [one for one in (await gallery.list_providers(acme.admin)).providers if one.id == "orchard"]
    card = card_of(one)
    assert (card.name, card.about) == ("Orchard", "A CRM of a few contacts.")
    assert card.href.endswith("?provider=orchard")
    assert card.can == "Imports clients. Writes changes back. Reads only what has changed."
    asked = [(field.name, field.label, field.is_secret) for field in account_fields(one, one.auth_type)]
    assert asked == [("auth_config.base_url", "Address", False), ("auth_config.token", "Token", True)]


async def test_it_is_connected_with_what_it_asks_for_and_imported(
    dropped: None, acme: Acme, peer: Counterpart, client: httpx.AsyncClient
) -> None:
    del dropped
    given = {"crm_provider": "orchard", "connection_name": "Orchard", "auth_config": {"base_url": ""}}
    headers = await seeded.headers(acme.people.adam)
    refused = await client.post("/api/crm/integrations", json=given, headers=headers)
    assert {one["field"] for one in refused.json()["errors"]} == {"auth_config.base_url", "auth_config.token"}
    given["auth_config"] = peer.entered()
    answer = await client.post("/api/crm/integrations", json=given, headers=headers)
    made = answer.json()["integration"]
    assert (made["connection_status"], made["account_name"]) == ("connected", "Orchard & Co")
    assert peer.entered()["token"] not in answer.text
    job = await acme.sync(UUID(made["id"]))
    assert (job.outcome, job.records_created) == ("success", RECORDS)


async def test_once_its_file_is_gone_it_is_unknown(acme: Acme, client: httpx.AsyncClient) -> None:
    given = {"crm_provider": "orchard", "connection_name": "Orchard", "auth_config": {}}
    answer = await client.post(
        "/api/crm/integrations", json=given, headers=await seeded.headers(acme.people.adam)
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "crm_provider"
