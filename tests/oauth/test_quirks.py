"""Providers that do it their own way, by their entries in the catalogue alone."""

import base64
import json
from urllib.parse import parse_qs

import pytest

from hub_app.apiclient.errors import ApiError
from hub_app.kernel import outbound
from hub_app.kernel.settings import get_settings
from hub_app.oauth import protocol
from hub_app.oauth.provider import (
    Answer,
    Provider,
    Unreadable,
)
from hub_app.oauth.service import connections, outcomes, tokens
from tests.oauth.conftest import row, stored_token
from tests.oauth.quirks import add, connect
from tests.peers.quirky import Quirky
from tests.people import People

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32")


async def test_slack_gives_a_users_token(people: People, quirky: Quirky) -> None:
    await add(people, quirky, "slack")
    quirky.answers["/api/oauth.v2.access"] = (
        200,
        {
            "ok": True,
            "team": {"id": "T1", "name": "Acme's Slack"},
            "authed_user": {
                "id": "U1",
                "access_token": "xoxp-user",
                "token_type": "user",
                "scope": "users:read,chat:write",
            },
        },
    )
    quirky.answers["/api/auth.revoke"] = (200, {"ok": True, "revoked": True})
    asked, outcome = await connect(people, "slack", scopes=["users:read", "chat:write"])
    assert asked["user_scope"] == "users:read,chat:write"
    assert not {"scope", "code_challenge"} & asked.keys()
    exchanged = quirky.came[0]
    assert "code_verifier" not in parse_qs(exchanged.body)
    assert exchanged.headers["authorization"] == "Basic " + base64.b64encode(b"our.id:our+secret").decode()
    assert outcome.connection_id is not None
    made = await connections.get_connection(people.erin.actor, outcome.connection_id)
    assert (made.account_id, made.account_name) == ("T1/U1", "Acme's Slack")
    assert made.kept == {"team.id": "T1", "authed_user.id": "U1"}
    assert made.scopes_granted == ["users:read", "chat:write"]
    assert await tokens.access_token(people.erin.tenant_id, made.id) == "xoxp-user"
    await connections.disconnect(people.erin.actor, made.id)
    assert quirky.came[-1].headers["authorization"] == "Bearer xoxp-user"
    assert (await row(made.id)).last_error == ""


async def test_slack_reports_errors_with_status_200(people: People, quirky: Quirky) -> None:
    await add(people, quirky, "slack")
    quirky.answers["/api/oauth.v2.access"] = (200, {"ok": False, "error": "invalid_code"})
    _, outcome = await connect(people, "slack")
    assert outcome.kind == "failed"
    assert "invalid_code" in await outcomes.explain(people.erin.actor, "failed", outcome.flow_id)


async def test_github_is_asked_for_json_and_gives_a_token_that_holds(people: People, quirky: Quirky) -> None:
    await add(people, quirky, "github")
    quirky.answers["/login/oauth/access_token"] = (
        200,
        {"access_token": "gho_1", "token_type": "bearer", "scope": "read:user,gist"},
    )
    quirky.answers["/user"] = (200, {"id": 7, "login": "octocat"})
    quirky.answers["/applications/our.id/token"] = (204, {})
    asked, outcome = await connect(people, "github", scopes=["read:user", "gist"])
    assert asked["scope"] == "read:user gist"
    assert asked["code_challenge_method"] == "S256"
    assert quirky.came[0].headers["accept"] == "application/json"
    sent = parse_qs(quirky.came[0].body)
    assert (sent["client_id"], sent["client_secret"]) == (["our.id"], ["our secret"])
    assert outcome.connection_id is not None
    made = await connections.get_connection(people.erin.actor, outcome.connection_id)
    assert (made.account_id, made.account_name, made.expires_at) == ("7", "octocat", None)
    assert made.scopes_granted == ["read:user", "gist"]
    await connections.disconnect(people.erin.actor, made.id)
    assert (quirky.came[-1].method, quirky.came[-1].path) == ("DELETE", "/applications/our.id/token")
    assert json.loads(quirky.came[-1].body) == {"access_token": "gho_1"}


async def test_google_is_asked_for_a_refresh_token(people: People, quirky: Quirky) -> None:
    await add(people, quirky, "google", issuer="")
    given = {"access_token": "ya29", "refresh_token": "1//r", "expires_in": 3599, "token_type": "Bearer"}
    quirky.answers["/token"] = (200, given)
    quirky.answers["/v1/userinfo"] = (200, {"sub": "10", "email": "erin@acme.example"})
    asked, outcome = await connect(people, "google")
    assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
    assert outcome.connection_id is not None
    # Google keeps its refresh token when it refreshes.
    quirky.answers["/token"] = (200, {"access_token": "ya30", "expires_in": 3599, "token_type": "Bearer"})
    await tokens.refresh(people.erin.tenant_id, outcome.connection_id)
    assert await stored_token(outcome.connection_id) == "ya30"
    assert await stored_token(outcome.connection_id, "refresh_token") == "1//r"


async def test_a_token_body_of_json_and_values_that_are_kept(people: People, quirky: Quirky) -> None:
    quirks = {
        "token_body": "json",
        "client_auth": "post",
        "kept_values": ["instance_url", "limits.calls", "no.such"],
    }
    urls = {"authorize_url": f"{quirky.url}/authorize", "token_url": f"{quirky.url}/token"}
    await add(people, quirky, "honeybook", slug="json", **urls, **quirks)
    quirky.answers["/token"] = (
        200,
        {"access_token": "t", "instance_url": "https://eu.example", "limits": {"calls": 5}},
    )
    _, outcome = await connect(people, "json")
    assert quirky.came[0].headers["content-type"] == "application/json"
    sent = json.loads(quirky.came[0].body)
    assert (sent["grant_type"], sent["client_secret"]) == ("authorization_code", "our secret")
    assert outcome.connection_id is not None
    kept = (await connections.get_connection(people.erin.actor, outcome.connection_id)).kept
    assert kept == {"instance_url": "https://eu.example", "limits.calls": "5"}


# Kind, whether it may work later, whether somebody has to connect again.
ENDED, REFUSED = ("auth", False, True), ("auth", False, False)
PASSING, UNREAD = ("status", True, False), ("protocol", False, False)


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (200, "access_token=t&scope=a%2Cb", None),
        (400, {"error": "invalid_grant"}, ENDED),
        (200, {"error": "bad_refresh_token"}, ENDED),
        (401, {"error": "invalid_client"}, REFUSED),
        (400, {"error": "temporarily_unavailable"}, PASSING),
        (429, {"error": "invalid_request"}, PASSING),
        (500, {"error": {"nested": "x"}}, PASSING),
        (200, {"access_token": ""}, UNREAD),
        (200, {"access_token": 5}, UNREAD),
        (200, {"access_token": "t", "refresh_token": 5}, UNREAD),
        (200, {"access_token": "t", "refresh_token": "r" * 16_385}, UNREAD),
        (200, {"error": {"nested": "x"}}, UNREAD),
        (200, ["no", "object"], UNREAD),
        (200, {"access_token": "t", "token_type": "mac"}, UNREAD),
        (302, {}, PASSING),
    ],
)
def test_what_a_token_answer_means(
    status: int, document: object, kind: tuple[str, bool, bool] | None
) -> None:
    provider = Provider(
        name="P", authorize_url="", token_url="", client_id="x", expired_errors=("bad_refresh_token",)
    )
    if isinstance(document, str):
        content_type, body = protocol.FORM, document.encode()
    else:
        content_type, body = protocol.JSON, json.dumps(document).encode()
    given = Answer("refresh", status, content_type, body)
    if kind is None:
        got = protocol.read_tokens(provider, given)
        assert (got.access_token, got.scopes) == ("t", ("a", "b"))
    else:
        with pytest.raises(ApiError) as raised:
            protocol.read_tokens(provider, given)
        error = raised.value
        assert (error.kind, error.retryable, error.reauthorize, error.status) == (*kind, status)
        assert isinstance(error, Unreadable) == (kind == UNREAD)


async def test_a_token_address_inside_is_never_called(
    people: People, quirky: Quirky, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that was allowed when it was entered."""
    await add(people, quirky, "google", issuer="")
    await outbound.close_client()
    monkeypatch.setenv("OUTBOUND_ALLOWED_NETWORKS", "")
    get_settings.cache_clear()
    _, outcome = await connect(people, "google")
    assert outcome.kind == "failed"
    assert "loopback" in await outcomes.explain(people.erin.actor, "failed", outcome.flow_id)
    assert quirky.came == []
