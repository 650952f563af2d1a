"""Secrets of endpoints and people stay where they belong, whatever is asked over REST."""

import asyncio
import base64
import logging
from collections.abc import Generator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from hub_app.kernel import db, log
from hub_app.kernel.tables import AuditEntry
from hub_app.webhooks import worker
from tests import people as seeded
from tests.peers.receiver import Answer, Receiver
from tests.people import People

WEBHOOKS = "/v1/integration/webhooks"
DELIVERIES = "/v1/integration/deliveries"
EVENTS = "/v1/integration/events"
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


class Spy:
    """Sends requests and keeps every answer but those that are meant to show a secret."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.answers: list[str] = []

    async def __call__(self, method: str, path: str, *, secret: bool = False, **more: Any) -> httpx.Response:
        answer = await self.client.request(method, path, **more)
        if not secret:
            self.answers.append(f"{method} {path}: {answer.headers} {answer.text}")
        return answer


@pytest.fixture
def unredacted(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Generator[list[str]]:
    """What Hub's own code logs, before the redacting filter. The log itself gets everyone's lines, at every level."""
    del capfd  # Before the log's handler is made, so that the handler writes to what is captured.
    lines: list[str] = []
    keep = logging.Handler()
    keep.emit = lambda record: lines.append(logging.Formatter().format(record))  # type: ignore[method-assign]
    hub = logging.getLogger("hub_app")
    before = hub.level, logging.root.handlers[:], logging.root.level
    log.setup("DEBUG")
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "tests.peers")
    hub.addHandler(keep)
    yield lines
    hub.removeHandler(keep)
    hub.level, logging.root.handlers[:], logging.root.level = before


async def everything_stored() -> str:
    async with db.system("a test looks at every table") as session:
        tables = SQLModel.metadata.sorted_tables
        rows = [(await session.execute(sa.select(table))).all() for table in tables]
    return str(rows)


PATH, QUERY, HEADER, DISGUISED = "pl4nted-path", "pl4nted-query", "pl4nted-header", "pl4nted-disguised"
WRONG_PASSWORD = "pl4nted wrong password"
FOREIGN_TOKEN = "hub_pat_pl4ntedforeigntoken"


async def use_secrets_in_every_way(
    spy: Spy, people: People, receiver: Receiver, adam: dict[str, str]
) -> list[str]:
    """Requests that hold planted secrets; those that are made on the way."""
    address = f"/{PATH}?key={QUERY}"
    made = {"name": "e", "url": receiver.url + address, "secret": SECRET, "headers": {"X-Key": HEADER}}
    endpoint = (await spy("POST", WEBHOOKS, json=made, headers=adam)).json()["id"]
    url = f"{WEBHOOKS}/{endpoint}"
    simple = {"name": "c", "webhook_url": f"https://example.com{address}"}
    integration = (await spy("POST", "/customer/integrations", json=simple, headers=adam)).json()
    assert integration["webhook_url"] == "https://example.com"
    for body in (
        {"url": f"https://10.0.0.1{address}"},
        {"url": f"https://{DISGUISED}@example.com{address}"},
        {"url": f"https://exa mple.com{address}"},
        {"url": f"ftp://example.com{address}"},
        {"url": {"path": PATH}},
        {"headers": {"X-Key": HEADER + "\n"}},
        {"headers": {"X-Key": [HEADER]}},
        {"headers": HEADER},
        {"secret": SECRET[:-1]},
    ):
        for method, path in (("POST", WEBHOOKS), ("PATCH", url)):
            refused = await spy(method, path, json={**made, **body}, headers=adam)
            assert refused.status_code == 422
    broken = f'{{"url": "{PATH}", "secret": "{SECRET}", '
    await spy("POST", WEBHOOKS, content=broken, headers={**adam, "Content-Type": "application/json"})
    again = {name: made[name] for name in ("url", "headers")}
    assert (await spy("PATCH", url, json=again, headers=adam)).status_code == 200
    shown = (await spy("GET", f"{url}/secret", secret=True, headers=adam)).json()["secret"]
    rotated = (await spy("POST", f"{url}/secret/rotate", secret=True, headers=adam)).json()["secret"]
    assert shown == SECRET
    asked = {"name": "t", "scopes": ["read:*"]}
    token = (await spy("POST", "/v1/integration/tokens", secret=True, json=asked, headers=adam)).json()
    await spy("GET", WEBHOOKS, headers={"Authorization": f"Bearer {token['token']}"})
    await spy("GET", WEBHOOKS, headers={"Authorization": f"Bearer {FOREIGN_TOKEN}"})
    login = {"email": people.adam.email, "password": seeded.PASSWORD}
    own = {"Origin": "http://hub.test", "Accept": "application/json"}
    signed_in = await spy("POST", "/auth/login", secret=True, json=login, headers=own)
    cookie = signed_in.cookies["hub_session"]
    spy.client.cookies.clear()
    assert (await spy("GET", url, headers={"Cookie": f"hub_session={cookie}"})).status_code == 200
    wrong = await spy("POST", "/auth/login", json={**login, "password": WRONG_PASSWORD}, headers=own)
    assert wrong.status_code == 401
    await spy("POST", "/auth/login", json={"email": login["email"], "pasword": WRONG_PASSWORD}, headers=own)
    receiver.answers[address] = [
        Answer(raw=b"no http\r\n\r\n"),
        Answer(500),
        Answer(cut_after=5),
        Answer(200),
    ]
    for where in (url, url, url, f"{WEBHOOKS}/{integration['integration_id']}"):
        assert (await spy("POST", f"{where}/test", headers=adam)).json()["status"] == "failed"
    assert (await spy("POST", EVENTS, json={"type": "a", "data": 1}, headers=adam)).status_code == 202
    delivery = await arrive(spy, url, adam)
    await spy("POST", f"{DELIVERIES}/{delivery}/resend", headers=adam)
    await spy("GET", f"{DELIVERIES}/{delivery}", headers=adam)
    for path in (WEBHOOKS, url, "/customer/integrations", EVENTS, "/v1/integration/tokens"):
        assert (await spy("GET", path, headers=adam)).status_code == 200
    return [rotated, token["token"], cookie]


async def arrive(spy: Spy, url: str, adam: dict[str, str]) -> str:
    """The id of the first delivery of an event, once it was attempted."""
    async with worker.running(), asyncio.timeout(60):
        while True:
            found = (await spy("GET", f"{url}/deliveries?type=a", headers=adam)).json()["items"]
            if found and found[0]["attempts"]:
                return found[0]["id"]
            await asyncio.sleep(0.05)


async def test_secrets_appear_in_no_log_no_audit_entry_and_no_other_answer(
    client: httpx.AsyncClient,
    people: People,
    receiver: Receiver,
    adam: dict[str, str],
    unredacted: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    spy = Spy(client)
    made = await use_secrets_in_every_way(spy, people, receiver, adam)
    adams = adam["Authorization"].removeprefix("Bearer ")
    planted = [PATH, QUERY, HEADER, DISGUISED, SECRET, seeded.PASSWORD, WRONG_PASSWORD, FOREIGN_TOKEN, adams]
    secrets = [one.removeprefix("whsec_").removeprefix("hub_pat_") for one in [*planted, *made]]
    logging.getLogger("hub_app.test").warning("the log is being read")
    logged = capfd.readouterr().err
    assert "the log is being read" in logged
    assert any("the log is being read" in line for line in unredacted)
    assert [one for one in secrets if one in logged] == []
    assert [one for one in secrets if one in "".join(unredacted)] == []
    assert [(one, text) for one in secrets for text in spy.answers if one in text] == []
    async with db.system("a test looks") as session:
        entries = (await session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
    assert {"webhook.endpoint.created", "webhook.endpoint.tested"} <= {e.action for e in entries}
    assert [one for one in secrets if one in str([e.model_dump() for e in entries])] == []
    stored = await everything_stored()
    assert str(people.adam.user_id.hex) in stored.replace("-", "")
    assert [one for one in secrets if one in stored] == []
