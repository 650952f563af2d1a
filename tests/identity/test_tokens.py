"""API tokens: what they may do, and when they stop."""

import asyncio
import zlib
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import select

from hub_app.identity.service import usage
from hub_app.identity.service.access import is_well_formed, new_token
from hub_app.identity.tables import ApiToken, Membership
from hub_app.kernel import db
from hub_app.kernel.access import digest
from hub_app.kernel.clock import utcnow
from hub_app.kernel.scopes import all_scopes
from hub_app.kernel.tables import AuditEntry
from tests import people as seeded
from tests.hearing import until_reliable
from tests.people import People

TOKENS = "/v1/integration/tokens"
SCOPES = "/v1/integration/tokens/scopes"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def make(client: httpx.AsyncClient, headers: Mapping[str, str], **given: object) -> dict[str, str]:
    answer = await client.post(
        TOKENS, json={"name": "CI bot", "scopes": ["read:*"], **given}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_token_carries_its_checksum() -> None:
    token = new_token()
    assert len(token) == len("hub_pat_") + 43 + 6
    assert is_well_formed(token)
    swapped = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    assert not is_well_formed(swapped)
    assert not is_well_formed(token[:-1])
    # CRC32 as GitHub writes it: base 62, digits first, six places.
    assert is_well_formed("hub_pat_" + "A" * 43 + expected_checksum("A" * 43))


def expected_checksum(secret: str) -> str:
    """The same by another way: from the highest digit down."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = zlib.crc32(secret.encode())
    return "".join(alphabet[number // 62**place % 62] for place in range(5, -1, -1))


async def test_the_secret_is_in_one_answer_only(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.alice)
    made = await make(client, headers)
    assert is_well_formed(made["token"])
    assert made["token"].startswith(made["hint"])
    assert len(made["hint"]) == 12
    listed = await client.get(TOKENS, headers=headers)
    one = await client.get(f"{TOKENS}/{made['id']}", headers=headers)
    async with db.system("a test looks") as session:
        rows = (await session.exec(select(ApiToken))).all()
        entries = (await session.exec(select(AuditEntry))).all()
    everything = (
        f"{listed.text} {one.text} {[r.model_dump() for r in rows]} {[e.model_dump() for e in entries]}"
    )
    assert made["token"] not in everything
    assert made["token"][12:-6] not in everything
    assert digest(made["token"]) in everything


async def test_a_token_signs_in_as_its_owner(client: httpx.AsyncClient, people: People) -> None:
    me = await client.get("/auth/me", headers=await seeded.headers(people.erin))
    assert (me.json()["name"], me.json()["role"]) == ("Erin Novak", "engineer")


@pytest.mark.parametrize(
    "authorization",
    ["Bearer nonsense", "Bearer ", "Basic YTpi", f"Bearer {new_token()}", "hub_pat_x"],
    ids=["malformed", "empty", "another scheme", "unknown", "no scheme"],
)
async def test_a_bad_token_is_401_even_beside_a_good_cookie(
    client: httpx.AsyncClient, people: People, authorization: str
) -> None:
    cookie = await seeded.cookie(people.alice)
    answer = await client.get(
        TOKENS, headers={"Authorization": authorization, "Cookie": f"hub_session={cookie}"}
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ratelimit-limit" in answer.headers


async def test_scopes_and_the_role_both_limit(client: httpx.AsyncClient, people: People) -> None:
    reading = await seeded.headers(people.alice, "read:members")
    assert (await client.get("/v1/integration/members", headers=reading)).status_code == 200
    refused = await client.post(
        "/v1/integration/invitations",
        json={"email": "new@acme.example", "role": "engineer"},
        headers=reading,
    )
    assert (refused.status_code, refused.json()["detail"]) == (403, "Scope write:members required")
    engineer = await seeded.headers(people.erin, "write:*")
    refused = await client.post(
        "/v1/integration/invitations",
        json={"email": "new@acme.example", "role": "engineer"},
        headers=engineer,
    )
    assert (refused.status_code, refused.json()["detail"]) == (403, "Owner role required")
    async with db.system("a test looks") as session:
        audited = await session.exec(select(AuditEntry).where(AuditEntry.action == "access.refused"))
        assert [e.summary["reason"] for e in audited.all()] == [
            "Scope write:members required",
            "Owner role required",
        ]


async def test_a_narrow_token_cannot_make_a_wider_one(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.alice, "read:*", "write:*")
    answer = await client.post(TOKENS, json={"name": "wider", "scopes": ["admin:*"]}, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (403, "Scope admin:* required")


async def test_a_role_change_acts_at_the_next_call(client: httpx.AsyncClient, people: People) -> None:
    invitation = {"email": "new@acme.example", "role": "engineer"}
    alice, adam = await seeded.headers(people.alice), await seeded.headers(people.adam)
    url = f"/v1/integration/members/{people.adam.user_id}"
    assert (
        await client.post("/v1/integration/invitations", json=invitation, headers=adam)
    ).status_code == 403
    await client.patch(url, json={"role": "owner"}, headers=alice)
    assert (
        await client.post("/v1/integration/invitations", json=invitation, headers=adam)
    ).status_code == 201
    await client.patch(url, json={"role": "engineer"}, headers=alice)
    assert (
        await client.post("/v1/integration/invitations", json=invitation, headers=adam)
    ).status_code == 403
    await client.delete(url, headers=alice)
    assert (await client.get("/auth/me", headers=adam)).status_code == 401


async def test_a_viewer_makes_reading_tokens_only(client: httpx.AsyncClient, people: People) -> None:
    cookie = {"Cookie": f"hub_session={await seeded.cookie(people.vera)}", "Origin": "http://hub.test"}
    await make(client, cookie, scopes=["read:webhooks"])
    for scope in ("write:webhooks", "admin:*"):
        answer = await client.post(TOKENS, json={"name": "more", "scopes": [scope]}, headers=cookie)
        assert answer.status_code == 403
        assert "Engineer role required" in answer.json()["detail"]


async def test_turning_off_revoking_and_expiring_stop_a_token(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.alice)
    made = await make(client, headers)

    async def status() -> int:
        return (await client.get(SCOPES, headers=bearer(made["token"]))).status_code

    assert await status() == 200
    await client.patch(f"{TOKENS}/{made['id']}", json={"active": False}, headers=headers)
    assert await status() == 401
    await client.patch(f"{TOKENS}/{made['id']}", json={"active": True}, headers=headers)
    assert await status() == 200
    async with db.begin(people.alice.tenant_id) as session:
        await session.exec(
            update(ApiToken)
            .where(ApiToken.name == "CI bot")  # pyright: ignore[reportArgumentType] - a column
            .values(expires_at=utcnow() - timedelta(seconds=1))
        )
        db.notify(session, "identity")
    assert await status() == 401
    assert (await client.delete(f"{TOKENS}/{made['id']}", headers=headers)).status_code == 204
    assert await status() == 401
    assert (await client.delete(f"{TOKENS}/{made['id']}", headers=headers)).status_code == 404


async def test_a_known_token_is_answered_from_memory_until_something_changes(
    client: httpx.AsyncClient, people: People
) -> None:
    """The cache is seen at work by a change made behind its back, and to be exact by one that is signalled."""
    headers = await seeded.headers(people.adam)
    await until_reliable()

    async def role() -> str:
        return (await client.get("/auth/me", headers=headers)).json()["role"]

    async def demote(*, signalled: bool) -> None:
        async with db.begin(people.adam.tenant_id) as session:
            statement = select(Membership).where(Membership.user_id == people.adam.user_id)
            (await session.exec(statement)).one().role = "engineer"
            if signalled:
                db.notify(session, "identity")

    assert await role() == "customer_admin"
    await demote(signalled=False)
    assert await role() == "customer_admin"
    await demote(signalled=True)
    assert await role() == "engineer"


async def test_rotation_keeps_the_old_secret_for_the_grace(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.alice)
    old = await make(client, headers)
    url = f"{TOKENS}/{old['id']}/rotate"
    new = (await client.post(url, json={"grace_hours": 1}, headers=headers)).json()
    assert new["id"] == old["id"]
    for secret in (old["token"], new["token"]):
        assert (await client.get(SCOPES, headers=bearer(secret))).status_code == 200
    newest = (await client.post(url, json={"grace_hours": 0}, headers=headers)).json()
    assert newest["old_expires_at"] is None
    for secret, status in ((old["token"], 401), (new["token"], 401), (newest["token"], 200)):
        assert (await client.get(SCOPES, headers=bearer(secret))).status_code == status
    assert (await client.post(url, json={"grace_hours": 25}, headers=headers)).status_code == 422


async def test_the_old_secret_ends_with_the_grace(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.alice)
    old = await make(client, headers)
    await client.post(f"{TOKENS}/{old['id']}/rotate", headers=headers)
    assert (await client.get(SCOPES, headers=bearer(old["token"]))).status_code == 200
    async with db.begin(people.alice.tenant_id) as session:
        statement = select(ApiToken).where(ApiToken.name == "CI bot")
        (await session.exec(statement)).one().old_expires_at = utcnow() - timedelta(seconds=1)
        db.notify(session, "identity")
    assert (await client.get(SCOPES, headers=bearer(old["token"]))).status_code == 401


async def test_tokens_of_others(client: httpx.AsyncClient, people: People) -> None:
    """One's own list, everyone's for admins, and nobody reaches into another tenant."""
    alice, erin = await seeded.headers(people.alice), await seeded.headers(people.erin)
    mallory = await seeded.headers(people.mallory)
    of_erin = (await client.get(TOKENS, headers=erin)).json()["items"]
    assert [t["user_name"] for t in of_erin] == ["Erin Novak"]
    everyone = (await client.get(f"{TOKENS}?everyone=true", headers=alice)).json()["items"]
    assert {t["user_name"] for t in everyone} == {"Alice Moreau", "Erin Novak"}
    refused = await client.get(f"{TOKENS}?everyone=true", headers=erin)
    assert (refused.status_code, refused.json()["detail"]) == (403, "Customer admin role required")
    url = f"{TOKENS}/{of_erin[0]['id']}"
    for foreign in (mallory,):
        assert (await client.get(url, headers=foreign)).status_code == 404
        assert (await client.patch(url, json={"active": False}, headers=foreign)).status_code == 404
        assert (await client.post(f"{url}/rotate", headers=foreign)).status_code == 404
        assert (await client.delete(url, headers=foreign)).status_code == 404
    assert (await client.patch(url, json={"active": False}, headers=alice)).status_code == 404
    assert (await client.delete(url, headers=alice)).status_code == 204
    assert (await client.get("/auth/me", headers=erin)).status_code == 401


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"scopes": ["read:everything"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2031-01-01T00:00:00"}, "expires_at"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_input_names_the_field(
    client: httpx.AsyncClient, people: People, given: dict[str, object], field: str
) -> None:
    body = {"name": "CI bot", "scopes": ["read:*"], **given}
    answer = await client.post(TOKENS, json=body, headers=await seeded.headers(people.alice))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    async with db.system("a test looks") as session:
        assert (await session.exec(select(ApiToken).where(ApiToken.name == "CI bot"))).first() is None


async def test_ignored_fields_and_empty_changes(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.alice)
    made = await make(client, headers, user_id=str(people.mallory.user_id), workspace_id="x")
    assert made["user_id"] == str(people.alice.user_id)
    for body in ({}, {"user_id": "x"}):
        answer = await client.patch(f"{TOKENS}/{made['id']}", json=body, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (400, "No fields to update")
    null = await client.patch(f"{TOKENS}/{made['id']}", json={"name": None}, headers=headers)
    assert (null.status_code, null.json()["errors"][0]["field"]) == (422, "name")
    broken = await client.patch(
        f"{TOKENS}/{made['id']}", content=b"{", headers={**headers, "Content-Type": "application/json"}
    )
    assert broken.status_code == 400


async def test_a_token_is_flagged_two_weeks_before_it_expires(
    client: httpx.AsyncClient, people: People
) -> None:
    headers = await seeded.headers(people.alice)
    for days, soon in ((13, True), (15, False)):
        made = await make(client, headers, expires_at=(utcnow() + timedelta(days=days)).isoformat())
        assert made["expires_soon"] is soon


async def test_all_scopes_are_described(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.alice, "read:webhooks", "admin:*")
    listed = (await client.get(SCOPES, headers=headers)).json()
    assert {s["scope"] for s in listed} == set(all_scopes())
    (token,) = (await client.get(TOKENS, headers=headers)).json()["items"]
    own = (await client.get(f"{TOKENS}/{token['id']}/scopes", headers=headers)).json()
    assert [s["scope"] for s in own] == ["admin:*", "read:webhooks"]


@pytest.mark.settings(rate_limit_tier_pro_req_per_min=3)
async def test_the_rate_limit_is_told_and_kept(client: httpx.AsyncClient, people: People) -> None:
    alice, adam = await seeded.headers(people.alice), await seeded.headers(people.adam)
    answers = [await client.get(SCOPES, headers=alice) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a.headers["ratelimit-remaining"] for a in answers] == ["2", "1", "0", "0"]
    assert all(a.headers["ratelimit-limit"] == "3" for a in answers)
    assert 0 < int(answers[-1].headers["ratelimit-reset"]) <= 60
    assert answers[-1].headers["retry-after"] == answers[-1].headers["ratelimit-reset"]
    assert (await client.get(SCOPES, headers=adam)).status_code == 200
    cookie = {"Cookie": f"hub_session={await seeded.cookie(people.alice)}"}
    assert (await client.get(SCOPES, headers=cookie)).status_code == 200
    refused = await client.patch(f"{TOKENS}/x", json={}, headers=adam)
    assert (refused.status_code, refused.headers["ratelimit-remaining"]) == (422, "1")


async def test_usage_is_counted_and_shown(client: httpx.AsyncClient, people: People) -> None:
    alice, erin = await seeded.headers(people.alice), await seeded.headers(people.erin)
    await client.get(SCOPES, headers=erin)
    await client.get(SCOPES, headers=erin)
    await client.get(f"{TOKENS}/{people.erin.user_id}", headers=erin)
    cookie = {"Cookie": f"hub_session={await seeded.cookie(people.alice)}"}
    await client.get(SCOPES, headers=cookie)
    await usage.flush()
    await client.get(SCOPES, headers=erin)
    await usage.flush()
    of_erin = (await client.get(f"{TOKENS}/usage-logs", headers=erin)).json()["items"]
    counted: dict[tuple[str, int], int] = {}
    for row in of_erin:
        key = (row["route"], row["status_class"])
        counted[key] = counted.get(key, 0) + row["requests"]
    assert counted == {(SCOPES, 2): 3, (f"{TOKENS}/{{token_id}}", 4): 1}
    everything = (await client.get(f"{TOKENS}/usage-logs", headers=alice)).json()["items"]
    assert {row["token_id"] for row in everything} == {None, of_erin[0]["token_id"]}
    filtered = await client.get(
        f"{TOKENS}/usage-logs?token_id={of_erin[0]['token_id']}&route={SCOPES}&limit=1", headers=alice
    )
    assert [r["route"] for r in filtered.json()["items"]] == [SCOPES]
    (token,) = (await client.get(TOKENS, headers=erin)).json()["items"]
    assert token["last_used_ip"] == "127.0.0.1"
    assert token["last_used_at"] is not None
    mallory = await seeded.headers(people.mallory)
    assert (await client.get(f"{TOKENS}/usage-logs", headers=mallory)).json()["items"] == []


async def test_counts_of_a_deleted_tenant_do_not_hold_up_the_others(
    client: httpx.AsyncClient, people: People
) -> None:
    from hub_app.identity.tables import Tenant

    alice, mallory = await seeded.headers(people.alice), await seeded.headers(people.mallory)
    await client.get(SCOPES, headers=alice)
    await client.get(SCOPES, headers=mallory)
    async with db.system("a test deletes a tenant", write=True) as session:
        await session.delete(await session.get_one(Tenant, people.mallory.tenant_id))
    await usage.flush()
    listed = (await client.get(f"{TOKENS}/usage-logs", headers=alice)).json()["items"]
    assert [row["requests"] for row in listed] == [1]


@pytest.mark.parametrize(
    "when", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2030-01-01T00:00:00", "tomorrow"]
)
async def test_an_impossible_time_is_named(client: httpx.AsyncClient, people: People, when: str) -> None:
    headers = await seeded.headers(people.adam)
    given = {"name": "CI bot", "scopes": ["read:*"], "expires_at": when}
    answer = await client.post(TOKENS, json=given, headers=headers)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["expires_at"]
    answer = await client.get(f"{TOKENS}/usage-logs", params={"since": when}, headers=headers)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["since"]


async def test_of_two_rotations_at_once_the_second_starts_from_the_first(
    client: httpx.AsyncClient, people: People
) -> None:
    """So that the secret which the first one answered holds for its grace hours."""
    headers = await seeded.headers(people.alice)
    old = await make(client, headers)
    url = f"{TOKENS}/{old['id']}/rotate"
    rotations = (client.post(url, json={"grace_hours": 1}, headers=headers) for _ in range(2))
    answers = await asyncio.gather(*rotations)
    for one in answers:
        assert (await client.get(SCOPES, headers=bearer(one.json()["token"]))).status_code == 200
