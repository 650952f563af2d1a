"""Signing in and out over HTTP."""

import asyncio

import httpx
import pytest
from sqlmodel import col, select

from hub_app.identity.service import setup
from hub_app.identity.service.login_throttle import FAILURES
from hub_app.identity.tables import LoginSession, Tenant, User
from hub_app.kernel import audit_check, db
from hub_app.kernel.actor import Role
from hub_app.kernel.settings import Settings
from hub_app.kernel.tables import AuditEntry
from hub_app.kernel.tenancy import INSTALLATION
from tests import people as seeded
from tests.people import PASSWORD, People

ORIGIN = {"Origin": "http://hub.test", "Accept": "application/json"}


async def sign_in(
    client: httpx.AsyncClient, email: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    return await client.post(
        "/auth/login", json={"email": email, "password": password, **more}, headers=ORIGIN
    )


async def entries(action: str) -> list[AuditEntry]:
    async with db.system("a test looks") as session:
        return list(
            (
                await session.exec(
                    select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.sequence))
                )
            ).all()
        )


async def test_the_right_password_opens_a_session(client: httpx.AsyncClient, people: People) -> None:
    answer = await sign_in(client, "Alice@Acme.example", next="/developers/tokens?tab=2")
    assert answer.status_code == 200
    assert answer.json() == {"location": "/developers/tokens?tab=2"}
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    me = (await client.get("/auth/me")).json()
    assert (me["name"], me["role"], me["tenant_name"]) == ("Alice Moreau", "owner", "Acme")
    (entry,) = await entries("session.signed_in")
    assert entry.tenant_id == people.alice.tenant_id


@pytest.mark.settings(public_url="https://hub.example.com")
async def test_the_cookie_is_secure_under_https(client: httpx.AsyncClient, people: People) -> None:
    del people
    answer = await client.post(
        "/auth/login",
        json={"email": "alice@acme.example", "password": PASSWORD},
        headers={"Origin": "https://hub.example.com"},
    )
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.settings(public_url="http://localhost:3105")
async def test_the_port_is_in_the_names_of_cookies(client: httpx.AsyncClient, people: People) -> None:
    """That of PUBLIC_URL, whatever a proxy writes into Host; a cookie of another port's Hub is none."""
    del people
    headers = {"Origin": "http://localhost:3105"}
    right = {"email": "alice@acme.example", "password": PASSWORD}
    assert (await client.post("/auth/login", json=right, headers=headers)).status_code == 303
    assert set(client.cookies) == {"hub_session_3105", "hub_browser_3105"}
    token = client.cookies["hub_session_3105"]
    client.cookies.clear()
    own, other = ({"Cookie": f"{name}={token}"} for name in ("hub_session_3105", "hub_session"))
    assert (await client.get("/auth/me", headers=own)).status_code == 200
    assert (await client.get("/auth/me", headers=other)).status_code == 401
    assert (await client.post("/auth/sessions/revoke", headers=own)).status_code == 403
    gone = await client.post("/auth/sessions/revoke", headers={**own, **headers})
    assert 'hub_session_3105=""' in gone.headers["set-cookie"]


async def test_only_the_hash_of_the_cookie_is_kept(client: httpx.AsyncClient, people: People) -> None:
    del people
    await sign_in(client, "alice@acme.example")
    token = client.cookies["hub_session"]
    async with db.system("a test looks") as session:
        (row,) = (await session.exec(select(LoginSession))).all()
    assert token not in str(row.model_dump())


async def test_a_plain_form_is_redirected(client: httpx.AsyncClient, people: People) -> None:
    del people
    answer = await client.post(
        "/auth/login",
        data={"email": "alice@acme.example", "password": PASSWORD, "next": ""},
        headers={"Origin": "http://hub.test"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nb: c"]
)
async def test_next_stays_on_this_server(client: httpx.AsyncClient, people: People, elsewhere: str) -> None:
    del people
    answer = await sign_in(client, "alice@acme.example", next=elsewhere)
    assert answer.json() == {"location": "/"}


async def test_the_answer_does_not_tell_whether_the_account_exists(
    client: httpx.AsyncClient, people: People
) -> None:
    wrong = await sign_in(client, "alice@acme.example", "wrong password here")
    unknown = await sign_in(client, "nobody@acme.example", "wrong password here")
    for answer in (wrong, unknown):
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
    assert {k: v for k, v in wrong.json().items() if k != "request_id"} == {
        k: v for k, v in unknown.json().items() if k != "request_id"
    }
    failed = {e.tenant_id for e in await entries("session.sign_in_failed")}
    assert failed == {people.alice.tenant_id, INSTALLATION}


async def test_ten_failures_slow_an_account_down(client: httpx.AsyncClient, people: People) -> None:
    """What a stranger claims about their address does not make them another one: no proxy is trusted."""
    del people
    for number in range(10):
        client.headers["X-Forwarded-For"] = f"203.0.113.{number}"
        assert (await sign_in(client, "alice@acme.example", "wrong password here")).status_code == 401
    slowed = await sign_in(client, "alice@acme.example")
    assert slowed.status_code == 429
    assert 0 < int(slowed.headers["retry-after"]) <= 900
    assert "try again in 15 min" in slowed.json()["detail"]


async def test_signing_in_to_ones_own_account_wins_no_guesses_at_others(
    client: httpx.AsyncClient, people: People
) -> None:
    """Nine guesses, then a sign-in to one's own account: one guess is left, not ten."""
    del people
    for _ in range(9):
        await sign_in(client, "alice@acme.example", "wrong password here")
    assert (await sign_in(client, "mallory@mallet.example")).status_code == 200
    assert (await sign_in(client, "alice@acme.example", "wrong password here")).status_code == 401
    assert (await sign_in(client, "alice@acme.example")).status_code == 429


async def test_an_old_hash_is_replaced_at_sign_in(client: httpx.AsyncClient, people: People) -> None:
    async def stored() -> str:
        async with db.system("a test looks") as session:
            return (await session.get_one(User, people.alice.user_id)).password_hash

    before = await stored()
    await sign_in(client, "alice@acme.example")
    after = await stored()
    assert before != after
    assert "m=19456,t=2,p=1" in after
    await sign_in(client, "alice@acme.example")
    assert await stored() == after


@pytest.mark.both_databases
async def test_an_old_hash_refuses_nobody_who_signs_in_twice_at_once(
    client: httpx.AsyncClient, people: People
) -> None:
    del people
    answers = await asyncio.gather(*(sign_in(client, "alice@acme.example") for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3


async def test_signing_in_again_ends_the_session_before(client: httpx.AsyncClient, people: People) -> None:
    del people
    await sign_in(client, "alice@acme.example")
    first = client.cookies["hub_session"]
    await sign_in(client, "alice@acme.example")
    second = client.cookies["hub_session"]
    assert first != second
    client.cookies.set("hub_session", first)
    client.cookies.clear()
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={first}"})).status_code == 401
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={second}"})).status_code == 200


async def test_signing_out_ends_the_session_and_clears_the_tab(
    client: httpx.AsyncClient, people: People
) -> None:
    del people
    await sign_in(client, "alice@acme.example")
    cookie = client.cookies["hub_session"]
    answer = await client.post("/auth/logout", headers={"Origin": "http://hub.test"})
    assert "sessionStorage.clear()" in answer.text
    assert "hub_session" not in client.cookies
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={cookie}"})).status_code == 401


async def test_signing_in_from_a_foreign_page_is_refused(client: httpx.AsyncClient, people: People) -> None:
    del people
    answer = await client.post(
        "/auth/login",
        json={"email": "alice@acme.example", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403


async def test_switching_the_tenant(client: httpx.AsyncClient, people: People) -> None:
    await seeded.join(people.alice, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    await sign_in(client, "alice@acme.example")
    own = await client.post("/auth/switch", json={"tenant_id": str(people.mallory.tenant_id)}, headers=ORIGIN)
    assert own.json() == {"location": "/"}
    me = (await client.get("/auth/me")).json()
    assert (me["tenant_name"], me["role"]) == ("Mallet", "customer_viewer")


async def test_switching_into_a_foreign_tenant_is_refused(client: httpx.AsyncClient, people: People) -> None:
    await sign_in(client, "alice@acme.example")
    answer = await client.post(
        "/auth/switch", json={"tenant_id": str(people.mallory.tenant_id)}, headers=ORIGIN
    )
    assert answer.status_code == 404
    assert (await client.get("/auth/me")).json()["tenant_name"] == "Acme"


async def test_own_sessions_can_be_listed_and_ended(client: httpx.AsyncClient, people: People) -> None:
    other = await seeded.cookie(people.alice)
    foreign = await seeded.cookie(people.mallory)
    await sign_in(client, "alice@acme.example")
    listed = (await client.get("/auth/sessions")).json()
    assert [s["is_current"] for s in listed] == [True, False]
    ended = await client.delete(f"/auth/sessions/{listed[1]['id']}", headers=ORIGIN)
    assert ended.status_code == 204
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={other}"})).status_code == 401
    async with db.system("a test looks") as session:
        of_mallory = (
            await session.exec(select(LoginSession.id).where(LoginSession.user_id == people.mallory.user_id))
        ).one()
    assert (await client.delete(f"/auth/sessions/{of_mallory}", headers=ORIGIN)).status_code == 404
    client.cookies.clear()
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={foreign}"})).status_code == 200


async def test_signing_out_everywhere(client: httpx.AsyncClient, people: People) -> None:
    other = await seeded.cookie(people.alice)
    await sign_in(client, "alice@acme.example")
    await client.post("/auth/sessions/revoke", headers=ORIGIN)
    client.cookies.clear()
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={other}"})).status_code == 401


async def test_a_wrong_password_is_told_together_with_what_else_is_wrong(
    client: httpx.AsyncClient, people: People
) -> None:
    await sign_in(client, people.alice.email)
    wrong = {"current_password": "not the password", "new_password": "short"}
    answer = await client.post("/auth/password", json=wrong, headers=ORIGIN)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["new_password", "current_password"]
    right = {"current_password": PASSWORD, "new_password": "short"}
    answer = await client.post("/auth/password", json=right, headers=ORIGIN)
    assert [one["field"] for one in answer.json()["errors"]] == ["new_password"]
    # It was a guess like any other.
    for _ in range(FAILURES):
        await client.post("/auth/password", json=wrong, headers=ORIGIN)
    assert (await client.post("/auth/password", json=right, headers=ORIGIN)).status_code == 429


async def test_a_new_password_ends_the_other_sessions(client: httpx.AsyncClient, people: People) -> None:
    other = await seeded.cookie(people.alice)
    await sign_in(client, "alice@acme.example")
    wrong = await client.post(
        "/auth/password",
        json={"current_password": "not the password", "new_password": "a better one, longer"},
        headers=ORIGIN,
    )
    assert wrong.json()["errors"] == [{"field": "current_password", "message": "is not your password"}]
    done = await client.post(
        "/auth/password",
        json={"current_password": PASSWORD, "new_password": "a better one, longer"},
        headers=ORIGIN,
    )
    assert done.status_code == 200
    assert (await client.get("/auth/me")).status_code == 200
    client.cookies.clear()
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={other}"})).status_code == 401
    assert (await sign_in(client, "alice@acme.example")).status_code == 401
    assert (await sign_in(client, "alice@acme.example", "a better one, longer")).status_code == 200


@pytest.mark.settings(session_idle_hours=1)
async def test_sessions_end_by_themselves(client: httpx.AsyncClient, people: People) -> None:
    from datetime import timedelta

    from sqlalchemy import update

    from hub_app.kernel.clock import utcnow

    cookie = await seeded.cookie(people.alice)

    async def age(**values: object) -> None:
        async with db.system("a test ages a session", write=True) as session:
            await session.exec(update(LoginSession).values(**values))

    async def status() -> int:
        return (await client.get("/auth/me", headers={"Cookie": f"hub_session={cookie}"})).status_code

    await age(last_seen_at=utcnow() - timedelta(minutes=59))
    assert await status() == 200
    await age(last_seen_at=utcnow() - timedelta(minutes=61))
    assert await status() == 401
    await age(last_seen_at=utcnow(), expires_at=utcnow() - timedelta(seconds=1))
    assert await status() == 401


async def test_set_up_happens_once(client: httpx.AsyncClient, database: Settings) -> None:
    del database
    given = {
        "tenant_name": "Acme",
        "name": "Alice Moreau",
        "email": "Alice@Acme.example",
        "password": PASSWORD,
    }
    code = await setup.code()
    assert await setup.code() == code
    both = {**given, "code": "AAAA-BBBB-CCCC-DDDD", "password": "short"}
    for answer in (
        await client.post("/auth/setup", headers=ORIGIN, json=both),
        await client.post("/auth/setup", headers=ORIGIN, data=both),
    ):
        assert {one["field"] for one in answer.json()["errors"]} == {"code", "password"}
    wrong = await client.post("/auth/setup", json={**given, "code": "AAAA-BBBB-CCCC-DDDD"}, headers=ORIGIN)
    assert wrong.json()["errors"][0]["field"] == "code"
    short = await client.post(
        "/auth/setup", json={**given, "code": code, "password": "short"}, headers=ORIGIN
    )
    assert short.json()["errors"][0]["field"] == "password"
    assert await setup.needed()
    typed = code.replace("-", " ").lower()
    done = await client.post("/auth/setup", json={**given, "code": typed}, headers=ORIGIN)
    assert done.json() == {"location": "/"}
    assert (await client.get("/auth/me")).json()["role"] == "owner"
    again = await client.post("/auth/setup", json={**given, "code": code}, headers=ORIGIN)
    assert again.status_code == 404
    (entry,) = await entries("installation.set_up")
    assert (entry.sequence, entry.summary) == (1, {})
    async with db.system("a test looks") as session:
        (tenant_id,) = (await session.exec(select(Tenant.id))).all()
    assert (await audit_check.verify([tenant_id])).whole


async def test_the_set_up_code_cannot_be_guessed_for_long(
    client: httpx.AsyncClient, database: Settings
) -> None:
    del database
    code = await setup.code()
    given = {"tenant_name": "A", "name": "A", "email": "a@b.example", "password": PASSWORD}
    for _ in range(10):
        await client.post("/auth/setup", json={**given, "code": "AAAA"}, headers=ORIGIN)
    answer = await client.post("/auth/setup", json={**given, "code": code}, headers=ORIGIN)
    assert answer.status_code == 429
