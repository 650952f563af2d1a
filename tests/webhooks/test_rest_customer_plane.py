"""The customer plane: a customer's own view of its webhook endpoints."""

import unicodedata
from dataclasses import dataclass

import httpx
import pytest
from sqlmodel import select

from hub_app.identity.tables import Tenant
from hub_app.kernel import db
from hub_app.kernel.actor import Role
from hub_app.kernel.settings import Settings
from hub_app.webhooks.tables import WebhookEndpoint
from tests import people as seeded

INTEGRATIONS = "/customer/integrations"
MINE = {"name": "My Webhook", "webhook_url": "https://example.com/hook"}


@dataclass(frozen=True)
class Callers:
    """Request headers of each caller: customer1 and the viewer belong to tenant A, customer2 to tenant B."""

    customer1: dict[str, str]
    viewer: dict[str, str]
    customer2: dict[str, str]


@pytest.fixture
async def callers(database: Settings) -> Callers:
    del database
    a, b = Tenant(name="A", tier="professional"), Tenant(name="B", tier="professional")
    async with db.system("two customers", write=True) as session:
        session.add_all([a, b])
    return Callers(
        customer1=await seeded.headers(await seeded.add("customer1", Role.CUSTOMER_ADMIN, a)),
        viewer=await seeded.headers(await seeded.add("viewer", Role.CUSTOMER_VIEWER, a)),
        customer2=await seeded.headers(await seeded.add("customer2", Role.CUSTOMER_ADMIN, b)),
    )


async def make(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, object]:
    answer = await client.post(INTEGRATIONS, json=MINE, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def stored() -> list[dict[str, object]]:
    async with db.system("a test looks") as session:
        return [one.model_dump() for one in (await session.exec(select(WebhookEndpoint))).all()]


@pytest.mark.parametrize(
    "name",
    ["Straße 7_ü-ñ", "Zoe\u0308 de\u0301ja\u0300", "पिन‌कोड", "می‌خواهم", "ร้านค้า", "倉庫 二号", "متجر"],
)
async def test_a_name_of_any_script(client: httpx.AsyncClient, callers: Callers, name: str) -> None:
    """Letters with the marks that their script writes, digits, spaces, hyphens, underscores; in one spelling (NFC)."""
    kept = unicodedata.normalize("NFC", name)
    answer = await client.post(INTEGRATIONS, json={**MINE, "name": name}, headers=callers.customer1)
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == kept
    url = f"{INTEGRATIONS}/{answer.json()['integration_id']}"
    assert (await client.patch(url, json={"name": name}, headers=callers.customer1)).json()["name"] == kept


async def test_a_customer_registers_a_webhook_and_turns_it_off(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    made = await make(client, callers.customer1)
    assert made.keys() == {
        "integration_id",
        "name",
        "webhook_url",
        "enabled",
        "created_at",
        "updated_at",
    }
    assert (made["name"], made["webhook_url"], made["enabled"]) == (
        "My Webhook",
        "https://example.com",
        True,
    )
    listed = await client.get(INTEGRATIONS, headers=callers.customer1)
    assert listed.json() == {"items": [made], "next_cursor": None}
    url = f"{INTEGRATIONS}/{made['integration_id']}"
    changed = await client.patch(url, json={"enabled": False}, headers=callers.customer1)
    assert changed.status_code == 200
    assert changed.json() == {**made, "enabled": False, "updated_at": changed.json()["updated_at"]}
    assert (await client.get(url, headers=callers.customer1)).json() == changed.json()
    assert (await client.delete(url, headers=callers.customer1)).status_code == 204
    assert (await client.get(url, headers=callers.customer1)).status_code == 404
    assert (await client.delete(url, headers=callers.customer1)).status_code == 404
    assert await stored() == []


async def test_an_empty_change_and_a_null_are_refused(client: httpx.AsyncClient, callers: Callers) -> None:
    made = await make(client, callers.customer1)
    url = f"{INTEGRATIONS}/{made['integration_id']}"
    refused = await client.patch(url, json={}, headers=callers.customer1)
    assert (refused.status_code, refused.json()["detail"]) == (400, "No fields to update")
    assert refused.headers["content-type"] == "application/problem+json"
    nulls = {"name": None, "webhook_url": None, "enabled": None}
    refused = await client.patch(url, json=nulls, headers=callers.customer1)
    assert refused.status_code == 422
    assert {one["field"] for one in refused.json()["errors"]} == set(nulls)
    assert (await client.get(url, headers=callers.customer1)).json() == made


async def test_another_tenants_webhook_does_not_exist(client: httpx.AsyncClient, callers: Callers) -> None:
    url = f"{INTEGRATIONS}/{(await make(client, callers.customer1))['integration_id']}"
    before = await stored()
    answers = [
        await client.get(url, headers=callers.customer2),
        await client.patch(url, json={"enabled": False}, headers=callers.customer2),
        await client.patch(url, json={"webhook_url": "https://10.0.0.1/"}, headers=callers.customer2),
        await client.delete(url, headers=callers.customer2),
    ]
    assert [(a.status_code, a.json()["detail"]) for a in answers] == [(404, "Integration not found")] * 4
    assert (await client.get(INTEGRATIONS, headers=callers.customer2)).json()["items"] == []
    assert await stored() == before


async def test_a_viewer_reads_and_changes_nothing(client: httpx.AsyncClient, callers: Callers) -> None:
    made = await make(client, callers.customer1)
    url = f"{INTEGRATIONS}/{made['integration_id']}"
    before = await stored()
    refused = [
        await client.post(INTEGRATIONS, json=MINE, headers=callers.viewer),
        await client.patch(url, json={"enabled": False}, headers=callers.viewer),
        await client.delete(url, headers=callers.viewer),
    ]
    assert [(a.status_code, a.json()["detail"]) for a in refused] == [
        (403, "Customer admin role required")
    ] * 3
    assert await stored() == before
    assert (await client.get(url, headers=callers.viewer)).json() == made
    assert (await client.get(INTEGRATIONS, headers=callers.viewer)).json()["items"] == [made]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"webhook_url": "example.com/hook"}, "webhook_url"),
        ({"webhook_url": "https://127.0.0.1/hook"}, "webhook_url"),
        ({"webhook_url": None}, "webhook_url"),
        ({"name": " "}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "Lager: Köln"}, "name"),
        ({"name": "倉庫✓"}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"enabled": "perhaps"}, "enabled"),
        ({"url": "https://example.com/hook"}, "url"),
    ],
)
async def test_bad_input_names_the_field_as_it_was_sent(
    client: httpx.AsyncClient, callers: Callers, given: dict[str, object], field: str
) -> None:
    made = await make(client, callers.customer1)
    before = await stored()
    refused = await client.post(INTEGRATIONS, json={**MINE, **given}, headers=callers.customer1)
    assert (refused.status_code, [e["field"] for e in refused.json()["errors"]]) == (422, [field])
    url = f"{INTEGRATIONS}/{made['integration_id']}"
    if given[field] is not None:
        refused = await client.patch(url, json=given, headers=callers.customer1)
        assert (refused.status_code, [e["field"] for e in refused.json()["errors"]]) == (422, [field])
    assert await stored() == before


async def test_a_new_address_takes_the_place_of_the_old_and_is_redacted_too(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    made = await make(client, callers.customer1)
    changes = {"name": " Moved ", "webhook_url": "https://hooks.example.net:8443/deep/path?key=1"}
    changed = await client.patch(
        f"{INTEGRATIONS}/{made['integration_id']}", json=changes, headers=callers.customer1
    )
    assert (changed.json()["name"], changed.json()["webhook_url"]) == (
        "Moved",
        "https://hooks.example.net:8443",
    )
