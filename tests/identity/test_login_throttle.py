"""How often a password may be guessed, from where: nobody is shut out by strangers, and no guessing goes on for ever."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select
from starlette.responses import PlainTextResponse

from hub_app.identity.service.login_throttle import FAILURES, FAILURES_OF_ACCOUNT, FAILURES_OF_ADDRESS
from hub_app.identity.tables import LoginSession
from hub_app.kernel import db
from hub_app.web import Web
from tests import people as seeded
from tests.people import PASSWORD, People

ORIGIN = {"Origin": "http://hub.test", "Accept": "application/json"}
OFFICE, FAR_AWAY = "192.0.2.10", "203.0.113.66"

# The one peer of these tests is a proxy.
pytestmark = pytest.mark.settings(trusted_proxies="127.0.0.0/8")
# Hundreds of guesses, which are counted in memory: one database is enough.
long = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def sign_in(
    client: httpx.AsyncClient, email: str, password: str = PASSWORD, *, at: str = OFFICE
) -> httpx.Response:
    headers = {**ORIGIN, "X-Forwarded-For": at}
    return await client.post("/auth/login", json={"email": email, "password": password}, headers=headers)


async def guess(client: httpx.AsyncClient, email: str, times: int, *, at: str = OFFICE) -> list[int]:
    return [(await sign_in(client, email, "wrong password here", at=at)).status_code for _ in range(times)]


def told(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


@pytest.fixture
async def stranger(client: httpx.AsyncClient, rest: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Another browser at the same Hub, which never signed in."""
    del client
    transport = httpx.ASGITransport(Web(rest=rest, screens=PlainTextResponse("a screen")))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as other:
        yield other


async def test_a_stranger_behind_the_same_proxy_stops_nobody_else(
    client: httpx.AsyncClient, people: People
) -> None:
    del people
    assert await guess(client, "alice@acme.example", FAILURES) == [401] * FAILURES
    assert (await sign_in(client, "alice@acme.example")).status_code == 429
    assert (await sign_in(client, "adam@acme.example")).status_code == 200
    assert (await sign_in(client, "mallory@mallet.example")).status_code == 200


@long
async def test_one_stranger_far_away_shuts_nobody_out(client: httpx.AsyncClient, people: People) -> None:
    """Not even from an address and in a browser where they were never seen, and not for as long as the stranger goes on."""
    del people
    statuses = await guess(client, "alice@acme.example", FAILURES_OF_ACCOUNT + 1, at=FAR_AWAY)
    assert statuses == [401] * FAILURES + [429] * (len(statuses) - FAILURES)
    assert (await sign_in(client, "alice@acme.example", at=OFFICE)).status_code == 200


@long
async def test_guessing_at_one_account_from_many_addresses_ends(
    client: httpx.AsyncClient, people: People
) -> None:
    del people
    tried = 0
    for last in range(1, 1 + FAILURES_OF_ACCOUNT // 5):
        assert await guess(client, "alice@acme.example", 5, at=f"203.0.113.{last}") == [401] * 5
        tried += 5
    assert tried == FAILURES_OF_ACCOUNT
    assert (await sign_in(client, "alice@acme.example", at="203.0.113.200")).status_code == 429
    assert (await sign_in(client, "adam@acme.example", at="203.0.113.200")).status_code == 200


@long
async def test_trying_many_accounts_from_one_address_ends(client: httpx.AsyncClient, people: People) -> None:
    del people
    for number in range(FAILURES_OF_ADDRESS):
        assert await guess(client, f"person{number}@acme.example", 1, at=FAR_AWAY) == [401]
    assert (await sign_in(client, "alice@acme.example", at=FAR_AWAY)).status_code == 429
    assert (await sign_in(client, "alice@acme.example", at=OFFICE)).status_code == 200


async def test_ipv6_addresses_of_one_network_are_one(client: httpx.AsyncClient, people: People) -> None:
    del people
    for last in range(FAILURES):
        assert await guess(client, "alice@acme.example", 1, at=f"2001:db8::{last:x}") == [401]
    assert (await sign_in(client, "alice@acme.example", at="2001:db8::ffff")).status_code == 429


@long
async def test_nobody_is_shut_out_of_the_browser_they_normally_sign_in_with(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, people: People
) -> None:
    """Whatever strangers do at the same address, far away, or everywhere at once."""
    del people
    await sign_in(client, "alice@acme.example")
    await client.post("/auth/logout", headers=ORIGIN)
    for number in range(1, 1 + FAILURES_OF_ACCOUNT // FAILURES):
        await guess(stranger, "alice@acme.example", FAILURES, at=f"203.0.113.{number}")
    await guess(stranger, "alice@acme.example", FAILURES, at=OFFICE)
    for number in range(FAILURES_OF_ADDRESS):
        await guess(stranger, f"person{number}@acme.example", 1, at=OFFICE)
    assert (await sign_in(stranger, "alice@acme.example", at=OFFICE)).status_code == 429
    assert (await sign_in(stranger, "alice@acme.example", at="198.51.100.1")).status_code == 429
    assert (await sign_in(client, "alice@acme.example", at=OFFICE)).status_code == 200
    assert (await sign_in(client, "alice@acme.example", at="198.51.100.1")).status_code == 200


async def test_a_known_browser_has_ten_tries_too(client: httpx.AsyncClient, people: People) -> None:
    """And is of no use at another account, or after the password was changed."""
    del people
    await sign_in(client, "alice@acme.example")
    for number in range(FAILURES):
        assert await guess(client, "alice@acme.example", 1, at=f"203.0.113.{number}") == [401]
    assert (await sign_in(client, "alice@acme.example", at="203.0.113.99")).status_code == 429
    assert await guess(client, "adam@acme.example", FAILURES + 1) == [401] * FAILURES + [429]


async def test_a_browser_that_knew_a_former_password_is_a_stranger(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, people: People
) -> None:
    del people
    await sign_in(client, "alice@acme.example")
    await sign_in(stranger, "alice@acme.example")
    new = {"current_password": PASSWORD, "new_password": "a better one, longer"}
    assert (await client.post("/auth/password", json=new, headers=ORIGIN)).status_code == 200
    await guess(stranger, "alice@acme.example", FAILURES, at=FAR_AWAY)
    assert (await sign_in(stranger, "alice@acme.example", at=FAR_AWAY)).status_code == 429
    stranger.cookies.clear()
    assert (await sign_in(stranger, "alice@acme.example", at=FAR_AWAY)).status_code == 429


@pytest.mark.parametrize("mark", ["x", ".", "x.y", "ä.ä", "a" * 5000, f"{'a' * 43}.{'0' * 64}"])
async def test_a_made_up_mark_is_none(client: httpx.AsyncClient, people: People, mark: str) -> None:
    del people
    wrong = {"email": "alice@acme.example", "password": "wrong password here"}
    statuses: list[int] = []
    for number in range(FAILURES + 1):
        cookie = f"hub_browser={number}{mark}".encode("latin-1")
        headers = [(b"origin", b"http://hub.test"), (b"cookie", cookie)]
        statuses.append((await client.post("/auth/login", json=wrong, headers=headers)).status_code)
    assert statuses == [401] * FAILURES + [429]


@long
async def test_the_answers_do_not_tell_whether_an_account_exists(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient, people: People
) -> None:
    """Neither while tries are left nor when none are, however they ran out."""
    del people
    await sign_in(client, "alice@acme.example")
    for attack in range(FAILURES_OF_ACCOUNT // FAILURES + 1):
        here = OFFICE if attack == 0 else f"203.0.113.{attack}"
        for _ in range(FAILURES + 1):
            real = await sign_in(stranger, "alice@acme.example", "wrong password here", at=here)
            made_up = await sign_in(stranger, "nobody@acme.example", "wrong password here", at=here)
            assert real.status_code == made_up.status_code
            assert told(real) == told(made_up)
            assert real.headers.keys() == made_up.headers.keys()


@long
async def test_signing_in_wipes_out_ones_own_failures_alone(
    client: httpx.AsyncClient, people: People
) -> None:
    """What others failed at the account stays counted: they cannot begin anew whenever its owner signs in."""
    del people
    for number in range(1, FAILURES_OF_ACCOUNT // FAILURES):
        await guess(client, "alice@acme.example", FAILURES, at=f"203.0.113.{number}")
    await guess(client, "alice@acme.example", FAILURES - 1)
    assert (await sign_in(client, "alice@acme.example")).status_code == 200
    client.cookies.clear()
    assert await guess(client, "alice@acme.example", 2) == [401, 429]


async def test_strangers_do_not_keep_a_signed_in_person_from_changing_their_password(
    client: httpx.AsyncClient, people: People
) -> None:
    cookie = await seeded.cookie(people.alice)
    await guess(client, "alice@acme.example", FAILURES)
    new = {"current_password": PASSWORD, "new_password": "a better one, longer"}
    headers = {**ORIGIN, "Cookie": f"hub_session={cookie}", "X-Forwarded-For": OFFICE}
    assert (await client.post("/auth/password", json=new, headers=headers)).status_code == 200


async def test_sessions_and_audit_see_the_clients_address(client: httpx.AsyncClient, people: People) -> None:
    del people
    await sign_in(client, "alice@acme.example", at=f"198.51.100.1, {FAR_AWAY}")
    async with db.system("a test looks") as session:
        assert (await session.exec(select(LoginSession.ip))).all() == [FAR_AWAY]


async def test_an_odd_address_to_sign_in_with_is_refused_in_words(
    client: httpx.AsyncClient, people: People
) -> None:
    del people
    answer = await sign_in(client, "ali\x00ce@acme.example")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "email")
