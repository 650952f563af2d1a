"""Trying a connector: one call to a path, what it says of the credential, and what to do."""

import pytest
from pydantic import JsonValue
from sqlmodel import select

from hub_app.connectors.schemas.runs import TestIn, TestOut
from hub_app.connectors.service import runs
from hub_app.kernel import db
from hub_app.kernel.errors import Forbidden, Invalid, NotFound
from hub_app.kernel.tables import AuditEntry
from tests.connectors.conftest import Shop

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


async def tried(shop: Shop, endpoint: str, *, scheme: str = "bearer", **more: JsonValue) -> TestOut:
    connector_id = await shop.connector(scheme=scheme, **more)
    return await runs.test_connector(shop.actor, connector_id, TestIn(endpoint=endpoint))


async def test_a_test_shows_the_answer_and_that_the_credential_works(shop: Shop) -> None:
    connector_id = await shop.connector(scheme="bearer", is_active=False)
    given = TestIn(endpoint="/echo/x?a=1&b=c%20d", method="POST", body={"n": 1})
    out = await runs.test_connector(shop.actor, connector_id, given)
    assert (out.ok, out.status_code, out.is_valid, out.error, out.advice) == (True, 200, True, None, "")
    assert out.headers["content-type"].startswith("application/json")
    assert '"method": "POST"' in out.body
    (request,) = shop.api.requests
    assert (request.path, request.query) == ("/bearer/echo/x", [("a", "1"), ("b", "c d")])
    assert request.json == {"n": 1}
    assert (await shop.state(connector_id)).is_valid is True
    (execution,) = await shop.executions(connector_id)
    assert (execution.id, execution.trigger, execution.action) == (out.execution_id, "test", "")
    assert execution.request_body == '{"n":1}'


async def test_a_test_is_audited_without_its_path(shop: Shop) -> None:
    await tried(shop, "/items?word=private")
    async with db.read(shop.actor.tenant_id) as session:
        statement = select(AuditEntry).where(AuditEntry.action == "connector.tested")
        (entry,) = (await session.exec(statement)).all()
    assert "private" not in str(entry.model_dump())
    assert "200" in str(entry.model_dump())


async def test_a_test_always_tells_when_the_credential_was_last_tried(shop: Shop) -> None:
    connector_id = await shop.connector(scheme="bearer")
    await runs.test_connector(shop.actor, connector_id, TestIn(endpoint="/items"))
    first = (await shop.state(connector_id)).last_validated_at
    await runs.test_connector(shop.actor, connector_id, TestIn(endpoint="/items"))
    second = (await shop.state(connector_id)).last_validated_at
    assert first is not None
    assert second is not None
    assert first < second


@pytest.mark.parametrize(
    ("endpoint", "kind", "is_valid", "advice"),
    [
        ("/nowhere", "status", None, "The API responds, but this path does not exist."),
        ("/faults/forbidden", "auth", False, "The credential of Shop is not allowed to do this."),
        ("/faults/cut", "connect", None, "Check that the API is running"),
        ("/faults/invalid-json", "invalid_json", None, "The response is not JSON. Check the path"),
    ],
)
async def test_what_fails_says_what_to_do(
    shop: Shop,
    endpoint: str,
    kind: str,
    is_valid: bool | None,  # noqa: FBT001 - a column of the table above
    advice: str,
) -> None:
    out = await tried(shop, endpoint)
    assert out.error is not None
    assert (out.ok, out.error.kind, out.is_valid) == (False, kind, is_valid)
    assert out.advice.startswith(advice)


async def test_a_wrong_key_says_what_to_do_and_is_nowhere(shop: Shop) -> None:
    shop.api.key = "another-key-1234"
    connector_id = await shop.connector(scheme="bearer")
    shop.api.key = "the-right-key-99"
    out = await runs.test_connector(shop.actor, connector_id, TestIn(endpoint="/items"))
    assert (out.is_valid, out.status_code) == (False, 401)
    assert out.advice == "It does not accept the credential of Shop. Save a valid one under its Credentials."
    assert "another-key-1234" not in out.model_dump_json()
    assert "Bearer ••••••1234" in out.body


@pytest.mark.parametrize(
    ("base", "kind", "advice"),
    [
        ("http://127.0.0.1:1", "connect", "Check that the API is running"),
        ("https://127.0.0.1:{port}", "tls", "Check the API's certificate"),
        ("http://no-such-host.invalid", "dns", "Check the host name in the base URL."),
    ],
)
async def test_an_api_that_is_not_there_says_what_to_check(
    shop: Shop, base: str, kind: str, advice: str
) -> None:
    access: JsonValue = {"base_url": base.format(port=shop.api.port)}
    out = await tried(shop, "/items", scheme="open", oauth_config=access)
    assert out.error is not None
    assert (out.error.kind, out.is_valid, out.headers, out.body) == (kind, None, {}, "")
    assert out.advice.startswith(advice)


@pytest.mark.parametrize(
    "endpoint",
    [
        "items",
        "//evil.example/x",
        "/../x",
        "/%2e%2e/x",
        "/a/%252e%252e/x",
        "/x\\y",
        "/a b",
        "/items?api_key=1",
    ],
)
async def test_a_path_stays_below_the_base(shop: Shop, endpoint: str) -> None:
    with pytest.raises(Invalid) as refused:
        await tried(shop, endpoint, scheme="query")
    assert refused.value.errors[0].field == "endpoint"
    assert shop.api.count == 0
    (execution,) = await shop.executions()
    assert (execution.error_kind, execution.url) == ("params", shop.api.base("query"))


async def test_an_at_sign_in_a_path_names_no_host(shop: Shop) -> None:
    await tried(shop, "/@evil.example/x")
    assert shop.api.requests[0].path == "/bearer/@evil.example/x"


async def test_engineers_test_and_viewers_do_not(shop: Shop) -> None:
    connector_id = await shop.connector()
    with pytest.raises(Forbidden, match="Engineer role required"):
        await runs.test_connector(shop.people.vera.actor, connector_id, TestIn())
    with pytest.raises(NotFound):
        await runs.test_connector(shop.people.mallory.actor, connector_id, TestIn())
