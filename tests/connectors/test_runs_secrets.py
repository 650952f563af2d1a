"""Secrets never come back, whatever an API does with them."""

import base64
import json
import logging
from urllib.parse import quote, quote_plus

import pytest
from sqlmodel import select

from hub_app.connectors.schemas.runs import TestIn
from hub_app.connectors.service import runs
from hub_app.connectors.tables import CachedAnswer, ConnectorCredential, Execution, RunKey
from hub_app.kernel import db, ratelimit
from hub_app.kernel.tables import AuditEntry
from tests.connectors.conftest import Params, Shop
from tests.peers.api import KEY, LOGIN
from tests.peers.quirky import Quirky, Raw

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")
WRONG = "wr0ng/key + \\x&<b>=the'end"
_PLACES = ["/echo/x", "/faults/echo-headers", "/faults/busy", "/faults/large", "/faults/invalid-echo"]


def forms(secret: str) -> set[str]:
    """Ways in which a secret may be written down."""
    coded = base64.b64encode(":".join(LOGIN).encode()).decode()
    return {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], coded}


async def stored() -> str:
    """All rows of what runs write, as the database has them."""
    rows: list[str] = []
    async with db.system("a test reads everything") as session:
        for model in (Execution, RunKey, CachedAnswer, AuditEntry, ConnectorCredential):
            found = (await session.exec(select(model))).all()
            rows += [str(row.model_dump(exclude={"value"})) for row in found]
    return "\n".join(rows)


@pytest.mark.parametrize("scheme", ["bearer", "prefixed", "query", "basic"])
@pytest.mark.parametrize("key", ["right", "wrong"])
async def test_a_secret_that_the_api_echoes_is_nowhere(
    shop: Shop, scheme: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = LOGIN[1] if scheme == "basic" else KEY
    actions: list[Params] = [{"id": f"a{n}", "endpoint": place} for n, place in enumerate(_PLACES)]
    connector_id = await shop.connector(*actions, scheme=scheme)
    if key == "wrong":
        await shop.credential(connector_id, scheme, key=WRONG, password=WRONG)
        secret = WRONG
    shown: list[str] = []
    for action in actions:
        out = await shop.run(connector_id, str(action["id"]), key=f"once-{action['id']}")
        shown.append(out.model_dump_json())
        assert out.status_code is not None
        ratelimit.limiter.cache_clear()  # The time for which a busy API asks to wait is over.
    tested = await runs.test_connector(shop.actor, connector_id, TestIn(endpoint="/echo/y"))
    shown.append(tested.model_dump_json())
    shown += [one.model_dump_json() for one in await shop.executions()]
    shown.append(await stored())
    shown.append(caplog.text)
    assert shop.api.count == len(actions) + 1
    for text in shown:
        for form in forms(secret):
            assert form not in text
            assert json.dumps(form)[1:-1] not in text
    (first, *_) = await shop.executions()
    assert "••••••" in first.request_headers.get("authorization", first.url + str(first.request_headers))


@pytest.mark.parametrize("scheme", ["bearer", "basic"])
async def test_no_part_of_a_secret_is_told_with_an_error(shop: Shop, scheme: str) -> None:
    """An error's text is cut, and shows no values."""
    wordy: Params = {"id": "wordy", "endpoint": "/faults/wordy"}
    selecting: Params = {"id": "selecting", "endpoint": "/echo", "response": "sum(headers.authorization)"}
    connector_id = await shop.connector(wordy, selecting, scheme=scheme)
    sent = base64.b64encode(":".join(LOGIN).encode()).decode() if scheme == "basic" else KEY
    for action in ("wordy", "selecting"):
        out = await shop.run(connector_id, action)
        assert out.error is not None
        assert sent[:6] not in out.error.detail
    assert (
        out.error.detail
        == "The action's response does not fit the data: sum() takes array-number, not string."
    )


async def test_no_half_of_a_secret_is_told_of_a_refusal_that_is_longer_than_what_is_read(shop: Shop) -> None:
    secret = "planted" * 1_142 + "key"
    async with Quirky() as api:
        api.answers["/it"] = (400, Raw(b"no " + secret.encode() * 10, "text/plain"))
        connector_id = await shop.connector(
            {"id": "it", "endpoint": "/it"}, auth_type="api_key", oauth_config={"base_url": api.url}
        )
        await shop.credential(connector_id, "bearer", key=secret)
        out = await shop.run(connector_id, "it")
    assert out.error is not None
    assert "planted" not in out.error.detail
    assert "planted" not in (await shop.executions())[0].model_dump_json()


async def test_an_action_cannot_turn_a_secret_into_something_else(shop: Shop) -> None:
    """JMESPath reverses a text; what it selects, and where it finds the next page, is without the secret before."""
    turned: Params = {"id": "turned", "endpoint": "/echo", "response": "reverse(headers.authorization)"}
    pages: Params = {"type": "cursor", "items": "[@]", "next": "reverse(headers.authorization)"}
    paged: Params = {"id": "paged", "endpoint": "/echo", "pagination": {**pages, "max_pages": 2}}
    connector_id = await shop.connector(turned, paged, scheme="bearer")
    for action in ("turned", "paged"):
        out = await shop.run(connector_id, action)
        assert out.status_code == 200
        assert KEY[:-4][::-1] not in out.model_dump_json()
    assert all(KEY[:-4][::-1] not in str(one.query) for one in shop.api.requests)
