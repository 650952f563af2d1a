"""Answers that hold no tokens where they were expected: nothing that a refresh token was spent for is thrown away."""

import json
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from sqlalchemy import update

from hub_app.kernel import db, rotation, vault
from hub_app.kernel.clock import utcnow
from hub_app.kernel.settings import get_settings
from hub_app.oauth import protocol, worker
from hub_app.oauth.provider import Answer
from hub_app.oauth.schemas import AppPatch
from hub_app.oauth.service import apps, connections, outcomes, tokens
from hub_app.oauth.tables import OauthConnection
from tests import seals
from tests.oauth.conftest import row, stored_token
from tests.oauth.quirks import add, begin, come_back, connect
from tests.peers.quirky import Quirky, Raw
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")

TOKEN_PATH = "/api/oauth.v2.access"
TEAM = {"ok": True, "team": {"id": "T1", "name": "Acme's Slack"}}
_TOKENS = {"access_token": "xoxe.xoxp-1", "refresh_token": "xoxe-1", "expires_in": 43200}
USER = {"id": "U1", **_TOKENS, "token_type": "user", "scope": "users:read"}
NEW = {"access_token": "xoxe.xoxp-2", "refresh_token": "xoxe-2", "expires_in": 43200, "token_type": "user"}
NESTED = {"ok": True, "granted": NEW}


async def connected(people: People, quirky: Quirky) -> UUID:
    """Erin's Slack, connected as Slack answers a code."""
    await add(people, quirky, "slack")
    quirky.answers[TOKEN_PATH] = (200, TEAM | {"authed_user": USER})
    _, outcome = await connect(people, "slack")
    assert outcome.connection_id is not None
    return outcome.connection_id


def spent(quirky: Quirky) -> list[str]:
    """The refresh tokens that the provider has seen, in order."""
    return [given[0] for one in quirky.came if (given := parse_qs(one.body).get("refresh_token"))]


async def soon(connection: UUID) -> None:
    """Time passes: its token has run out, and it may be tried again."""
    async with db.system("time passes", write=True) as session:
        its = OauthConnection.id == connection
        await session.exec(update(OauthConnection).where(its).values(expires_at=utcnow(), retry_at=None))  # type: ignore[arg-type]


async def correct(people: People, token_path: str) -> None:
    await apps.update_app(people.alice.actor, "slack", AppPatch(token_path=token_path))


async def test_slacks_answer_to_a_refresh_carries_the_tokens_at_the_top(
    people: People, quirky: Quirky
) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, TEAM | NEW | {"authed_user": {"id": "U1"}})
    await tokens.refresh(people.erin.tenant_id, connection)
    assert await stored_token(connection) == "xoxe.xoxp-2"
    assert await stored_token(connection, "refresh_token") == "xoxe-2"
    after = await row(connection)
    assert (after.status, after.account_id) == ("connected", "T1/U1")


@pytest.mark.parametrize("at_the_top", [{"token_type": "bot"}, {"token_type": "Bot"}])
async def test_a_bots_token_at_the_top_of_a_refresh_is_not_the_users(
    people: People, quirky: Quirky, at_the_top: dict[str, str]
) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, TEAM | NEW | at_the_top | {"access_token": "xoxb-bot"})
    with pytest.raises(tokens.RefreshFailed, match="no access token at authed_user"):
        await tokens.refresh(people.erin.tenant_id, connection)
    assert await stored_token(connection) == "xoxe.xoxp-1"


@pytest.mark.parametrize("kind", ["bot", "user", "bearer"])
async def test_what_lies_at_the_top_of_the_answer_to_a_code_is_never_the_users(
    people: People, quirky: Quirky, kind: str
) -> None:
    await add(people, quirky, "slack")
    bot = {"access_token": "xoxb-bot", "token_type": kind, "authed_user": {"id": "U1"}}
    quirky.answers[TOKEN_PATH] = (200, TEAM | bot)
    _, outcome = await connect(people, "slack")
    assert outcome.kind == "unread"
    assert outcome.connection_id is not None
    assert (await row(outcome.connection_id)).access_token == b""


async def test_a_corrected_entry_revives_a_connection_from_the_answer_that_was_kept(
    people: People, quirky: Quirky
) -> None:
    connection = await connected(people, quirky)
    tenant = people.erin.tenant_id
    quirky.answers[TOKEN_PATH] = (200, NESTED)
    await soon(connection)
    with pytest.raises(tokens.RefreshFailed, match="no access token at authed_user"):
        await tokens.access_token(tenant, connection)
    shown = await connections.get_connection(people.erin.actor, connection)
    assert (shown.status, shown.refreshes) == ("error", True)
    assert "kept sealed" in shown.last_error
    assert "operator can correct the app's entry" in shown.last_error
    # The refresh token is spent: using it again would end the grant.
    for _ in range(2):
        await soon(connection)
        with pytest.raises(tokens.RefreshFailed):
            await tokens.access_token(tenant, connection)
    assert spent(quirky) == ["xoxe-1"]
    await correct(people, "granted")
    await soon(connection)
    assert await tokens.access_token(tenant, connection) == "xoxe.xoxp-2"
    after = await row(connection)
    assert (after.status, after.last_error, after.unread, after.unread_at) == ("connected", "", None, None)
    assert spent(quirky) == ["xoxe-1"]
    await tokens.refresh(tenant, connection)
    assert spent(quirky) == ["xoxe-1", "xoxe-2"]


async def test_the_refresher_revives_it_without_anybody(people: People, quirky: Quirky) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, NESTED)
    await soon(connection)
    await worker.refresh_soon()
    assert (await row(connection)).unread
    await correct(people, "granted")
    await soon(connection)
    await worker.refresh_soon()
    assert (await row(connection)).status == "connected"


async def test_an_answer_to_a_code_that_is_not_understood_becomes_a_connection_later(
    people: People, quirky: Quirky
) -> None:
    """The code is spent: without what came for it the person would have to allow everything again."""
    await add(people, quirky, "slack")
    quirky.answers[TOKEN_PATH] = (200, TEAM | {"user": USER})
    _, outcome = await connect(people, "slack", scopes=["users:read"])
    assert outcome.connection_id is not None
    assert (outcome.kind, await explained(people, outcome)) == (
        "unread",
        (await row(outcome.connection_id)).last_error,
    )
    kept = await connections.get_connection(people.erin.actor, outcome.connection_id)
    assert (kept.status, kept.refreshes, kept.scopes_missing) == ("error", True, ["users:read"])
    with pytest.raises(tokens.RefreshFailed):
        await connections.refresh(people.erin.actor, kept.id)
    await correct(people, "user")
    await soon(kept.id)
    made = await connections.refresh(people.erin.actor, kept.id)
    assert (made.status, made.account_name, made.scopes_missing) == ("connected", "Acme's Slack", [])
    assert await tokens.access_token(people.erin.tenant_id, kept.id) == "xoxe.xoxp-1"
    assert len(quirky.came) == 1


async def explained(people: People, outcome: outcomes.Outcome) -> str:
    return await outcomes.explain(people.erin.actor, outcome.kind, outcome.flow_id)


async def test_a_kept_answer_of_another_account_is_not_put_into_the_connection(
    people: People, quirky: Quirky
) -> None:
    connection = await connected(people, quirky)
    other = TEAM | {"team": {"id": "T2", "name": "Elsewhere"}, "authed_user": {"id": "U1"}}
    quirky.answers[TOKEN_PATH] = (200, other | {"user": USER | {"access_token": "xoxp-other"}})
    asked = await begin(people, connection=connection)
    assert (await come_back(people, asked)).kind == "unread"
    # What it had still works.
    assert await tokens.access_token(people.erin.tenant_id, connection) == "xoxe.xoxp-1"
    await correct(people, "user")
    quirky.answers[TOKEN_PATH] = (200, TEAM | {"user": NEW})
    await soon(connection)
    assert await tokens.access_token(people.erin.tenant_id, connection) == "xoxe.xoxp-2"
    assert (await row(connection)).account_id == "T1/U1"


CUT = json.dumps(NEW).encode()[:40]


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}),
        (200, {"ok": True, "authed_user": {"id": "U1"}}),
        (200, ["no", "object"]),
        (200, Raw(b"<html>We will be back. <input name=csrf_token value=abcdefghijkl>", "text/html")),
        (200, Raw(b"\xff\xfe not json", "application/json")),
        (200, Raw(b"", "application/json")),
        (200, Raw(json.dumps({"fill": "x" * 300_000, **NEW}).encode())),
        (200, Raw(CUT, breaks_off=True)),
        (
            200,
            Raw(b"access_token=xoxe.xoxp-3&refresh_to", "application/x-www-form-urlencoded", breaks_off=True),
        ),
    ],
    ids=["empty", "no token", "list", "page", "no text", "nothing", "too large", "broken off", "half a form"],
)
async def test_what_is_not_understood_is_kept_until_a_refresh_replaces_it(
    people: People, quirky: Quirky, answer: tuple[int, object]
) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = answer
    with pytest.raises(tokens.RefreshFailed, match="does not understand"):
        await tokens.refresh(people.erin.tenant_id, connection)
    kept = await row(connection)
    assert kept.unread
    assert kept.unread_at
    assert len(kept.unread) < 400_000
    assert b"xoxe" not in kept.unread
    assert (kept.status, kept.lease) == ("error", None)
    quirky.answers[TOKEN_PATH] = (200, NEW)
    await soon(connection)
    # No tokens were in it, or none that are whole: the former refresh token is the only way on.
    assert await tokens.access_token(people.erin.tenant_id, connection) == "xoxe.xoxp-2"
    assert (await row(connection)).unread is None


@pytest.mark.parametrize(
    "odd",
    [
        {"access_token": "xoxe.xoxp-2\r\nX-Other: 1"},
        {"access_token": "xoxe.xoxp-2\x7f"},
        {"refresh_token": "xoxe\x00-2"},
    ],
)
async def test_a_token_that_no_header_can_carry_is_kept_and_not_used(
    people: People, quirky: Quirky, odd: dict[str, str]
) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, NEW | odd)
    with pytest.raises(tokens.RefreshFailed, match="not printable ASCII"):
        await tokens.refresh(people.erin.tenant_id, connection)
    assert (await row(connection)).unread
    assert await stored_token(connection) == "xoxe.xoxp-1"


async def test_such_a_token_for_a_code_ends_the_authorization_in_words(
    people: People, quirky: Quirky
) -> None:
    await add(people, quirky, "slack", userinfo_url=f"{quirky.url}/me")
    quirky.answers[TOKEN_PATH] = (200, TEAM | {"authed_user": USER | {"access_token": "xoxp\n1"}})
    _, outcome = await connect(people, "slack")
    assert outcome.kind == "unread"


async def test_scopes_that_no_database_keeps_cost_no_tokens(people: People, quirky: Quirky) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, NEW | {"scope": "users:\x00read \x00 chat:write"})
    await tokens.refresh(people.erin.tenant_id, connection)
    assert await stored_token(connection, "refresh_token") == "xoxe-2"
    assert (await row(connection)).scopes_granted == ["users:read", "chat:write"]


async def test_tokens_that_came_before_an_answer_broke_off_are_used(people: People, quirky: Quirky) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, Raw(json.dumps(NEW).encode(), breaks_off=True))
    await tokens.refresh(people.erin.tenant_id, connection)
    assert await stored_token(connection, "refresh_token") == "xoxe-2"


async def test_what_is_kept_outlives_the_end_of_the_grant(people: People, quirky: Quirky) -> None:
    """Hub took the answer for one without tokens and asked again: what it is may turn out later."""
    connection = await connected(people, quirky)
    hidden = {"ok": True, "sealed": [["access", "xoxe.xoxp-2"]], "authed_user": {"id": "U1"}}
    quirky.answers[TOKEN_PATH] = (200, hidden)
    with pytest.raises(tokens.RefreshFailed):
        await tokens.refresh(people.erin.tenant_id, connection)
    quirky.answers[TOKEN_PATH] = (200, {"ok": False, "error": "invalid_refresh_token"})
    await soon(connection)
    with pytest.raises(tokens.NotConnected):
        await tokens.access_token(people.erin.tenant_id, connection)
    assert (await row(connection)).status == "expired"
    await correct(people, "{access_token: sealed[0][1]}")
    await soon(connection)
    assert await tokens.access_token(people.erin.tenant_id, connection) == "xoxe.xoxp-2"
    assert (await row(connection)).status == "connected"


async def test_connecting_again_replaces_what_was_kept(people: People, quirky: Quirky) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, NESTED)
    with pytest.raises(tokens.RefreshFailed):
        await tokens.refresh(people.erin.tenant_id, connection)
    quirky.answers[TOKEN_PATH] = (200, TEAM | {"authed_user": USER})
    assert (await come_back(people, await begin(people, connection=connection))).kind == "reconnected"
    after = await row(connection)
    assert (after.status, after.unread, after.unread_at) == ("connected", None, None)


async def test_disconnecting_forgets_what_was_kept_and_says_what_is_left_to_do(
    people: People, quirky: Quirky
) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, NESTED)
    with pytest.raises(tokens.RefreshFailed):
        await tokens.refresh(people.erin.tenant_id, connection)
    await connections.disconnect(people.erin.actor, connection)
    # What is known is given back.
    assert quirky.came[-1].headers["authorization"] == "Bearer xoxe.xoxp-1"
    after = await row(connection)
    assert (after.status, after.unread) == ("revoked", None)
    assert "Remove Hub's access there too" in after.last_error


async def test_keys_are_rotated_for_kept_answers_too(
    people: People, quirky: Quirky, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, NESTED)
    with pytest.raises(tokens.RefreshFailed):
        await tokens.refresh(people.erin.tenant_id, connection)
    before = (await row(connection)).unread
    old, new = get_settings().encryption_key.get_secret_value(), "A" * 43 + "="
    for current, former in ((new, old), (new, "")):
        monkeypatch.setenv("ENCRYPTION_KEY", current)
        monkeypatch.setenv("ENCRYPTION_KEYS_OLD", former)
        get_settings.cache_clear()
        request.addfinalizer(vault.get_vault.cache_clear)
        vault.get_vault.cache_clear()
        await rotation.reseal()
    assert (await row(connection)).unread != before
    await correct(people, "granted")
    await soon(connection)
    assert await tokens.access_token(people.erin.tenant_id, connection) == "xoxe.xoxp-2"


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('{"accessToken": "abcdefgh1"}', True),
        ('{"data":{"refresh_token":"abcdefgh1"}}', True),
        ("access_token=abcdefgh1&x=y", True),
        ('{"token_type": "bearer", "error_description": "the token expired"}', False),
        ('{"access_token": ""}', False),
        ("  <!doctype html><script>var csrf_token = 'abcdefgh1'</script>", False),
    ],
)
def test_whether_an_answer_may_hold_tokens(text: str, *, holds: bool) -> None:
    assert protocol.may_hold_tokens(Answer("refresh", 200, "", text.encode())) is holds
    assert not protocol.may_hold_tokens(Answer("refresh", 200, "", text.encode(), whole=False))


async def test_a_kept_answer_that_does_not_open_is_done_without(people: People, quirky: Quirky) -> None:
    """As after a lost key: the connection is refreshed as any other."""
    connection = await connected(people, quirky)
    quirky.answers[TOKEN_PATH] = (200, NESTED)
    await soon(connection)
    with pytest.raises(tokens.RefreshFailed):
        await tokens.access_token(people.erin.tenant_id, connection)
    await seals.lose(OauthConnection, connection, "unread")
    quirky.answers[TOKEN_PATH] = (200, TEAM | {"authed_user": NEW})
    await soon(connection)
    assert await tokens.access_token(people.erin.tenant_id, connection) == "xoxe.xoxp-2"
    assert spent(quirky) == ["xoxe-1", "xoxe-1"]
