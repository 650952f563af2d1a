"""Runs that fail: each is an answer that says what happened, and an execution."""

import asyncio

import pytest
from sqlmodel import select

from hub_app.connectors.schemas.connectors import CredentialIn
from hub_app.connectors.service import connectors, credentials
from hub_app.connectors.tables import ConnectorCredential
from hub_app.kernel import db, outbound
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import get_settings
from tests import seals
from tests.connectors.conftest import Params, Shop

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


@pytest.mark.parametrize(
    ("fault", "kind", "status", "detail"),
    [
        ("busy", "status", 429, "The API answered 429 Too Many Requests and asks to wait 7 seconds: "),
        ("broken", "status", 500, "The API answered 500 Internal Server Error: The API has a bad day."),
        (
            "elsewhere",
            "status",
            302,
            "The API answered 302 Found, which points to https://login.example.com. Hub does not follow redirects.",
        ),
        ("cut", "connect", None, "The server closed the connection before its response was complete."),
        ("invalid-json", "invalid_json", 200, "The response says that it is JSON, but is not: "),
        ("nan", "invalid_json", 200, "The response says that it is JSON, but is not: "),
        ("deep", "invalid_json", 200, "The response says that it is JSON, but is not: "),
        ("nested", "selection", 200, "The action's response selects what is nested deeper than 100 levels."),
        ("brotli", "protocol", 200, "The server's response was encoded as br, which Hub does not read."),
        ("limited", "status", 403, "The API answered 403 Forbidden"),
    ],
)
async def test_a_bad_answer_is_told_and_recorded(
    shop: Shop, fault: str, kind: str, status: int | None, detail: str
) -> None:
    out = await shop.try_once({"endpoint": f"/faults/{fault}"}, scheme="bearer")
    assert out.error is not None
    assert (out.ok, out.error.kind, out.status_code, out.data) == (False, kind, status, None)
    assert out.error.detail.startswith(detail)
    (execution,) = await shop.executions()
    assert (execution.id, execution.ok) == (out.execution_id, False)
    assert (execution.error_kind, execution.error_detail) == (kind, out.error.detail)
    assert (execution.status_code, execution.method) == (status, "GET")
    assert execution.url == f"{shop.api.base('bearer')}/faults/{fault}"
    assert shop.api.count == 1


async def test_while_the_api_asks_to_wait_nothing_is_sent_with_this_credential(shop: Shop) -> None:
    actions: list[Params] = [
        {"id": "busy", "endpoint": "/faults/busy"},
        {"id": "items", "endpoint": "/items"},
    ]
    connector_id = await shop.connector(*actions, scheme="bearer")
    assert (await shop.run(connector_id, "busy")).status_code == 429
    out = await shop.run(connector_id, "items")
    assert out.error is not None
    assert (out.status_code, out.error.kind) == (None, "rate_limited")
    assert out.error.detail.startswith("The API asked Hub to wait. The next call can be made in ")
    assert out.model_dump(mode="json")["error"].keys() == {"kind", "detail"}
    assert [one.error_kind for one in await shop.executions()] == ["rate_limited", "status"]
    assert shop.api.count == 1
    assert (await shop.state(connector_id)).is_valid is None
    await shop.credential(connector_id, "bearer")
    assert (await shop.run(connector_id, "items")).ok


@pytest.mark.settings(connector_max_response_kb=64)
@pytest.mark.parametrize("fault", ["large", "bomb"])
async def test_an_answer_is_read_up_to_a_limit(shop: Shop, fault: str) -> None:
    out = await shop.try_once({"endpoint": f"/faults/{fault}"})
    assert out.error is not None
    assert out.error.kind == "too_large"
    assert out.error.detail.startswith("The response was larger than 64 KiB, the most that Hub reads.")
    (execution,) = await shop.executions()
    assert (execution.status_code, execution.truncated) == (200, True)
    assert len(execution.response_body) <= 65_536


@pytest.mark.settings(connector_timeout_seconds=1)
async def test_an_answer_that_takes_too_long_is_not_waited_for(shop: Shop) -> None:
    out = await shop.try_once({"endpoint": "/faults/held"})
    assert out.error is not None
    assert (out.error.kind, out.status_code) == ("timeout", None)
    assert 900 < out.duration_ms < 10_000


async def test_an_address_that_is_not_public_is_refused_and_recorded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the call, too: a name may lead elsewhere than when it was entered."""
    connector_id = await shop.connector({"id": "it", "endpoint": "/items"})
    await outbound.close_client()
    monkeypatch.setenv("OUTBOUND_ALLOWED_NETWORKS", "127.0.0.2/32")
    get_settings.cache_clear()
    out = await shop.run(connector_id)
    assert out.error is not None
    assert out.error.kind == "refused_address"
    assert out.error.detail == (
        "127.0.0.1 is a loopback address. Hub connects to public addresses only; "
        "the operator can open others with OUTBOUND_ALLOWED_NETWORKS."
    )
    assert (await shop.executions())[0].error_kind == "refused_address"
    assert shop.api.count == 0


async def test_a_selection_that_does_not_fit_is_told(shop: Shop) -> None:
    out = await shop.try_once({"endpoint": "/items", "response": "sum(data)"})
    assert out.error is not None
    assert out.error.kind == "selection"
    assert out.error.detail.startswith("The action's response does not fit the data: ")


async def test_a_wrong_key_makes_the_credential_invalid_until_it_works_again(shop: Shop) -> None:
    connector_id = await shop.connector({"id": "it", "endpoint": "/items"}, scheme="bearer")
    await shop.credential(connector_id, "bearer", key="wrong-key-0000")
    out = await shop.run(connector_id)
    assert out.error is not None
    assert (out.ok, out.status_code, out.error.kind) == (False, 401, "auth")
    assert out.error.detail.endswith(
        "It does not accept the credential of Shop. Save a valid one under its Credentials."
    )
    state = await shop.state(connector_id)
    assert state.is_valid is False
    assert state.last_error == (
        "The API answered 401 Unauthorized. It does not accept the credential of Shop. Save a valid one under its"
        " Credentials."
    )
    await shop.credential(connector_id, "bearer")
    assert (await shop.state(connector_id)).is_valid is None
    assert (await shop.run(connector_id)).ok
    state = await shop.state(connector_id)
    assert (state.is_valid, state.last_error) == (True, "")


async def test_a_call_that_is_not_allowed_says_that_the_permission_is_missing(shop: Shop) -> None:
    out = await shop.try_once({"endpoint": "/faults/forbidden"}, scheme="bearer")
    assert out.error is not None
    assert out.error.kind == "auth"
    assert (
        "The credential of Shop is not allowed to do this. Give it the permission at the API"
        in out.error.detail
    )


async def test_a_run_writes_to_the_credential_only_when_it_has_news(shop: Shop) -> None:
    connector_id = await shop.connector({"id": "it", "endpoint": "/items"}, scheme="bearer")
    await shop.run(connector_id)
    before = await shop.state(connector_id)
    await shop.run(connector_id)
    assert await shop.state(connector_id) == before


async def test_a_late_refusal_says_nothing_of_a_newer_credential(shop: Shop) -> None:
    """The credential is replaced while a call with the former one is under way."""
    connector_id = await shop.connector({"id": "it", "endpoint": "/faults/held-forbidden"}, scheme="bearer")
    running = asyncio.create_task(shop.run(connector_id))
    await shop.api.wait_for(1)
    await shop.credential(connector_id, "bearer")
    shop.api.released.set()
    assert (await running).status_code == 403
    assert (await shop.state(connector_id)).is_valid is None


async def test_without_a_credential_nothing_is_called(shop: Shop) -> None:
    connector_id = await shop.connector({"id": "it", "endpoint": "/items"}, scheme="bearer")
    await credentials.remove_credential(shop.admin, connector_id, "api_key")
    out = await shop.run(connector_id)
    assert out.error is not None
    assert (out.error.kind, out.error.detail) == (
        "credential",
        "Shop has no credential yet. Save an API key under its Credentials.",
    )
    expired = CredentialIn(type="api_key", value=shop.api.key, expires_at=utcnow())
    await credentials.set_credential(shop.admin, connector_id, expired)
    out = await shop.run(connector_id)
    assert out.error is not None
    assert out.error.detail == "The credential of Shop expired. Save a new one under its Credentials."
    assert [one.error_kind for one in await shop.executions()] == ["credential", "credential"]
    assert shop.api.count == 0


async def test_a_credential_that_does_not_open_says_so_and_is_saved_again(shop: Shop) -> None:
    connector_id = await shop.connector({"id": "it", "endpoint": "/items"}, scheme="bearer")
    async with db.system("a test looks") as session:
        row = (await session.exec(select(ConnectorCredential.id))).one()
    await seals.lose(ConnectorCredential, row, "value")
    out = await shop.run(connector_id, "it")
    assert out.error is not None
    assert out.error.kind == "credential"
    assert "sealed with another ENCRYPTION_KEY. Enter it again" in out.error.detail
    assert (await connectors.get_connector(shop.admin, connector_id)).credentials[0].type == "api_key"
    await shop.credential(connector_id, "bearer")
    assert (await shop.run(connector_id, "it")).ok
