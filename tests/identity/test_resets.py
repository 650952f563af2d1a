"""Password resets: who may issue one for whom, what its link does, and who hears of it."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, update
from sqlmodel import col, select

from hub_app.identity.capability import CAPABILITY
from hub_app.identity.commands import COMMANDS
from hub_app.identity.schemas import AcceptIn, InvitationIn, ResetIn, RoleIn
from hub_app.identity.service import accounts, invitations, members, resets
from hub_app.identity.tables import LoginSession, Membership, PasswordReset, User
from hub_app.kernel import db, retention
from hub_app.kernel.actor import Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import HubError, NotFound
from hub_app.kernel.tables import AuditEntry
from hub_app.kernel.tenancy import INSTALLATION
from tests import people as seeded
from tests.people import PASSWORD, People, Person

ORIGIN = {"Origin": "http://hub.test", "Accept": "application/json"}
NEW = "a better one, longer"


def of_member(person: Person) -> str:
    return f"/v1/integration/members/{person.user_id}/password-reset"


OF_ANYONE = "/v1/integration/operator/password-resets"


async def issue(client: httpx.AsyncClient, people: People, email: str) -> str:
    """The secret of a link that the operator, Alice, has issued."""
    headers = await seeded.headers(people.alice)
    answer = await client.post(OF_ANYONE, json={"email": email}, headers=headers)
    assert answer.status_code == 201, answer.text
    address, _, secret = answer.json()["link"].partition("#secret=")
    assert address == "http://localhost:3000/reset-password"
    return str(secret)


async def use(client: httpx.AsyncClient, secret: str, password: str = NEW) -> httpx.Response:
    given = {"token": secret, "password": password}
    return await client.post("/auth/password-reset", json=given, headers=ORIGIN)


async def signs_in(client: httpx.AsyncClient, person: Person, password: str) -> bool:
    given = {"email": person.email, "password": password}
    return (await client.post("/auth/login", json=given, headers=ORIGIN)).status_code == 200


async def heard(action: str) -> set[tuple[object, object, str]]:
    """In which chains an action stands, by whom, about what."""
    async with db.system("a test looks") as session:
        found = await session.exec(
            select(AuditEntry).where(AuditEntry.action == action).order_by(col(AuditEntry.sequence))
        )
        entries = found.all()
    assert all(not entry.summary for entry in entries)
    return {(entry.tenant_id, entry.actor_id, entry.target_id) for entry in entries}


async def test_the_operator_resets_anybodys_password(client: httpx.AsyncClient, people: People) -> None:
    """Every session of the account ends, the old password is of no use, and its API tokens go on."""
    mallory, adam = people.mallory, people.adam
    await seeded.join(mallory, people.alice.tenant_id, Role.ENGINEER)
    cookie, other = await seeded.cookie(mallory), await seeded.cookie(adam)
    token = await seeded.headers(mallory)
    secret = await issue(client, people, " Mallory@Mallet.example")
    assert await signs_in(client, mallory, PASSWORD)
    client.cookies.clear()
    short = await use(client, secret, "short")
    assert short.json()["errors"][0]["field"] == "password"
    done = await use(client, secret)
    assert (done.status_code, done.json()) == (200, {"location": "/login?changed=password"})
    assert "set-cookie" not in done.headers
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={cookie}"})).status_code == 401
    async with db.system("a test looks") as session:
        left = (await session.exec(select(LoginSession.user_id))).all()
    assert left == [adam.user_id]
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={other}"})).status_code == 200
    assert (await client.get("/auth/me", headers=token)).status_code == 200
    assert not await signs_in(client, mallory, PASSWORD)
    assert await signs_in(client, mallory, NEW)


async def test_each_tenant_of_the_account_hears_of_it(client: httpx.AsyncClient, people: People) -> None:
    """By ids alone; and so does the installation, whose operator it was."""
    mallory, alice = people.mallory, people.alice
    await seeded.join(mallory, alice.tenant_id, Role.ENGINEER)
    secret = await issue(client, people, mallory.email)
    await use(client, secret)
    chains = (alice.tenant_id, mallory.tenant_id, INSTALLATION)
    about = str(mallory.user_id)
    assert await heard("password_reset.issued") == {(tenant, alice.user_id, about) for tenant in chains}
    assert await heard("password_reset.used") == {(tenant, mallory.user_id, about) for tenant in chains}


@pytest.mark.both_databases
async def test_a_link_serves_once(client: httpx.AsyncClient, people: People) -> None:
    secret = await issue(client, people, people.erin.email)
    answers = await asyncio.gather(*(use(client, secret) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]
    assert "was used, was replaced or has expired" in (await use(client, secret)).json()["detail"]


async def test_a_link_serves_for_an_hour(client: httpx.AsyncClient, people: People) -> None:
    secret = await issue(client, people, people.erin.email)
    async with db.system("a test lets time pass", write=True) as session:
        reset = (await session.exec(select(PasswordReset))).one()
        assert reset.expires_at - reset.created_at <= timedelta(hours=1, seconds=1)
        reset.expires_at = utcnow() - timedelta(seconds=1)
    assert (await use(client, secret)).status_code == 404
    assert await signs_in(client, people.erin, PASSWORD)
    await retention.apply(CAPABILITY.retention)
    async with db.system("a test looks") as session:
        assert (await session.exec(select(PasswordReset))).all() == []


async def test_a_new_link_replaces_the_former_one(client: httpx.AsyncClient, people: People) -> None:
    first = await issue(client, people, people.erin.email)
    second = await issue(client, people, people.erin.email)
    assert (await use(client, first)).status_code == 404
    assert (await use(client, second)).status_code == 200


@pytest.mark.both_databases
async def test_two_links_made_at_once_leave_one(people: People) -> None:
    given = ResetIn(email=people.erin.email)
    made = await asyncio.gather(*(resets.issue(people.alice.actor, given) for _ in range(4)))
    works = 0
    for _, secret in made:
        try:
            await resets.look(secret)
        except NotFound:
            continue
        works += 1
    assert works == 1


async def test_changing_the_password_ends_a_link(client: httpx.AsyncClient, people: People) -> None:
    secret = await issue(client, people, people.erin.email)
    headers = {**ORIGIN, "Cookie": f"hub_session={await seeded.cookie(people.erin)}"}
    given = {"current_password": PASSWORD, "new_password": "yet another good one"}
    assert (await client.post("/auth/password", json=given, headers=headers)).status_code == 200
    assert (await use(client, secret)).status_code == 404


async def test_only_the_hash_of_a_link_is_kept(client: httpx.AsyncClient, people: People) -> None:
    secret = await issue(client, people, people.erin.email)
    async with db.system("a test looks") as session:
        (row,) = (await session.exec(select(PasswordReset))).all()
        entries = (await session.exec(select(AuditEntry))).all()
    assert secret not in str(row.model_dump())
    assert secret not in str([entry.model_dump() for entry in entries])


@pytest.mark.parametrize("secret", ["unknown", "a" * 100, "\u00e4", "\x00"])
async def test_a_made_up_link_is_none(client: httpx.AsyncClient, people: People, secret: str) -> None:
    del people
    assert (await use(client, secret)).status_code == 404


@pytest.mark.parametrize("secret", ["", "\x00", "\ud800", "a" * 1_000_000])
async def test_a_screens_made_up_secret_is_nobodys(people: People, secret: str) -> None:
    """Over the websocket anything can come, half characters too."""
    del people
    for look in (resets.look, invitations.look):
        with pytest.raises(NotFound, match="was used"):
            await look(secret)


async def test_a_foreign_page_cannot_send_a_new_password(client: httpx.AsyncClient, people: People) -> None:
    secret = await issue(client, people, people.erin.email)
    given = {"token": secret, "password": NEW}
    answer = await client.post("/auth/password-reset", json=given, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_an_owner_resets_a_member_of_theirs(client: httpx.AsyncClient, people: People) -> None:
    owner = await second_owner(people)
    answer = await client.post(of_member(people.vera), headers=await seeded.headers(owner))
    assert answer.status_code == 201
    assert answer.json()["user_id"] == str(people.vera.user_id)
    assert (await use(client, answer.json()["link"].partition("#secret=")[2])).status_code == 200
    assert await signs_in(client, people.vera, NEW)
    about = str(people.vera.user_id)
    assert await heard("password_reset.issued") == {(owner.tenant_id, owner.user_id, about)}
    assert await heard("password_reset.used") == {(owner.tenant_id, people.vera.user_id, about)}


async def second_owner(people: People) -> Person:
    """Adam, made an owner of Acme, who does not run this installation."""
    await members.change_role(people.alice.actor, people.adam.user_id, RoleIn(role=Role.OWNER))
    adam = people.adam
    return Person(adam.name, adam.email, Role.OWNER, adam.tenant_id, adam.tenant_name, adam.user_id)


async def test_an_owners_reset_is_no_way_into_other_tenants(
    client: httpx.AsyncClient, people: People
) -> None:
    """Refused with one sentence, whatever the reason: for a member of another tenant, and for the operator."""
    owner = await seeded.headers(await second_owner(people))
    await seeded.join(people.erin, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    details: set[str] = set()
    for person in (people.erin, people.alice):
        answer = await client.post(of_member(person), headers=owner)
        assert answer.status_code == 403
        details.add(answer.json()["detail"])
    assert details == {"Only this installation's operator can reset the password of this account."}
    async with db.system("a test looks") as session:
        assert (await session.exec(select(PasswordReset))).all() == []


async def test_an_owners_link_ends_when_the_member_joins_another_tenant(people: People) -> None:
    owner = await second_owner(people)
    _, secret = await resets.issue_for_member(owner.actor, people.erin.user_id)
    assert await resets.look(secret) == people.erin.email
    given = InvitationIn(email=people.erin.email, role=Role.OWNER)
    _, invitation = await invitations.invite(people.mallory.actor, given)
    proof = AcceptIn.model_validate({"token": invitation, "password": PASSWORD})
    await invitations.accept(proof, ip="192.0.2.1", user_agent="tests")
    with pytest.raises(NotFound):
        await resets.look(secret)


@pytest.mark.parametrize("what", ["demoted", "removed"])
async def test_a_link_ends_with_the_rights_of_whoever_issued_it(people: People, what: str) -> None:
    owner = await second_owner(people)
    _, secret = await resets.issue_for_member(owner.actor, people.erin.user_id)
    if what == "demoted":
        await members.change_role(people.alice.actor, owner.user_id, RoleIn(role=Role.CUSTOMER_ADMIN))
    else:
        await members.remove_member(people.alice.actor, owner.user_id)
    with pytest.raises(NotFound):
        await resets.look(secret)


async def test_an_operators_link_ends_with_the_operator(people: People) -> None:
    _, secret = await resets.issue(people.alice.actor, ResetIn(email=people.erin.email))
    async with db.system("a test takes the flag away", write=True) as session:
        await session.exec(update(User).values(is_operator=False))
    with pytest.raises(NotFound):
        await resets.look(secret)


async def test_a_reset_is_no_way_around_ones_own_password(client: httpx.AsyncClient, people: People) -> None:
    """Or a stolen session would be enough to keep an account."""
    alice = await seeded.headers(people.alice)
    for answer in (
        await client.post(of_member(people.alice), headers=alice),
        await client.post(OF_ANYONE, json={"email": people.alice.email}, headers=alice),
    ):
        assert answer.status_code == 409
        assert "on your account's page" in answer.json()["detail"]


@pytest.mark.parametrize("who", ["adam", "erin", "vera"])
async def test_only_owners_reset_members(client: httpx.AsyncClient, people: People, who: str) -> None:
    cookie = {"Cookie": f"hub_session={await seeded.cookie(getattr(people, who))}", **ORIGIN}
    answer = await client.post(of_member(people.vera), headers=cookie)
    assert (answer.status_code, answer.json()["detail"]) == (403, "Owner role required")


async def test_a_token_for_members_alone_makes_no_link(client: httpx.AsyncClient, people: People) -> None:
    headers = await seeded.headers(people.mallory, "write:members", "read:*", "write:*")
    answer = await client.post(of_member(people.mallory), headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (403, "Scope admin:* required")


async def test_only_the_operator_resets_anybody(client: httpx.AsyncClient, people: People) -> None:
    for person in (people.mallory, people.adam):
        headers = await seeded.headers(person)
        for email in (people.erin.email, "nobody@acme.example"):
            answer = await client.post(OF_ANYONE, json={"email": email}, headers=headers)
            assert (answer.status_code, answer.json()["detail"]) == (403, "Operator required")
    alice = await seeded.headers(people.alice)
    unknown = await client.post(OF_ANYONE, json={"email": "nobody@acme.example"}, headers=alice)
    assert unknown.status_code == 404


async def test_a_foreign_tenants_member_does_not_exist(client: httpx.AsyncClient, people: People) -> None:
    answer = await client.post(of_member(people.vera), headers=await seeded.headers(people.mallory))
    assert (answer.status_code, answer.json()["detail"]) == (404, "Member not found")


async def test_the_operator_looks_an_account_up_by_its_whole_address(people: People) -> None:
    await seeded.join(people.erin, people.mallory.tenant_id, Role.CUSTOMER_VIEWER)
    found = await resets.find_account(people.alice.actor, ResetIn(email="ERIN@acme.example"))
    assert (found.name, found.is_operator) == ("Erin Novak", False)
    assert [(place.tenant_name, place.role) for place in found.tenants] == [
        ("Acme", Role.ENGINEER),
        ("Mallet", Role.CUSTOMER_VIEWER),
    ]
    for actor, email in ((people.alice.actor, "erin@acme"), (people.mallory.actor, people.erin.email)):
        with pytest.raises(HubError):
            await resets.find_account(actor, ResetIn(email=email))


async def test_an_account_without_a_tenant_is_reset_too(client: httpx.AsyncClient, people: People) -> None:
    async with db.system("a test removes a member", write=True) as session:
        await session.exec(delete(Membership).where(col(Membership.user_id) == people.erin.user_id))
    await use(client, await issue(client, people, people.erin.email))
    assert {tenant for tenant, *_ in await heard("password_reset.used")} == {INSTALLATION}


async def test_a_sign_in_under_way_does_not_survive_a_reset(
    client: httpx.AsyncClient, people: People
) -> None:
    """The old password was right when it was weighed, and is not when the session would be opened."""
    weighed = await accounts.find_by_email(people.erin.email)
    assert weighed is not None
    async with db.system("a sign-in would open a session", write=True) as session:
        assert await accounts.hold(session, weighed) is not None
    await use(client, await issue(client, people, people.erin.email))
    async with db.system("a sign-in would open a session", write=True) as session:
        assert await accounts.hold(session, weighed) is None


async def test_the_squatter_of_an_address_loses_it(client: httpx.AsyncClient, people: People) -> None:
    """The attack of issue 7: a stranger invites an address to a tenant of their own and sets its password. The person
    it belongs to is invited elsewhere, asks the operator, and has an account nobody else can enter.
    """
    squat = InvitationIn(email="nora@acme.example", role=Role.CUSTOMER_VIEWER)
    _, link = await invitations.invite(people.mallory.actor, squat)
    given = {"token": link, "name": "Not Nora", "password": "the squatter's password"}
    await client.post("/auth/invitations/accept", json=given, headers=ORIGIN)
    squatters = client.cookies["hub_session"]
    client.cookies.clear()
    _, real = await invitations.invite(
        people.alice.actor, InvitationIn(email="nora@acme.example", role=Role.ENGINEER)
    )
    refused = await client.post(
        "/auth/invitations/accept", json={"token": real, "name": "Nora", "password": NEW}, headers=ORIGIN
    )
    assert refused.json()["errors"] == [
        {"field": "password", "message": "is not the password of this account"}
    ]
    await use(client, await issue(client, people, "nora@acme.example"))
    joined = await client.post(
        "/auth/invitations/accept", json={"token": real, "password": NEW}, headers=ORIGIN
    )
    assert joined.status_code == 200
    assert (await client.get("/auth/me", headers={"Cookie": f"hub_session={squatters}"})).status_code == 401


async def test_the_inviting_tenant_does_not_learn_whether_an_account_existed(
    client: httpx.AsyncClient, people: People
) -> None:
    """Neither by the answer, the lists and the log before somebody accepts, nor by the log afterwards."""
    headers = await seeded.headers(people.alice)
    seen: list[object] = []
    for email in ("mallory@mallet.example", "nobody@mallet.example"):
        made = await client.post(
            "/v1/integration/invitations", json={"email": email, "role": "engineer"}, headers=headers
        )
        listed = await client.get("/v1/integration/invitations", headers=headers)
        everyone = await client.get("/v1/integration/members", headers=headers)
        secret = made.json()["link"].rpartition("/")[2]
        empty = await client.post("/auth/invitations/accept", json={"token": secret}, headers=ORIGIN)
        accepted = await client.post(
            "/auth/invitations/accept",
            json={"token": secret, "name": "Somebody", "password": PASSWORD},
            headers=ORIGIN,
        )
        client.cookies.clear()
        seen.append(
            (
                made.status_code,
                made.json().keys(),
                [one.keys() for one in listed.json()["items"]],
                len(everyone.json()["items"]) - len(seen),
                empty.json()["errors"],
                accepted.status_code,
            )
        )
    assert seen[0] == seen[1]
    async with db.system("a test looks") as session:
        found = await session.exec(select(AuditEntry).where(AuditEntry.action == "invitation.accepted"))
        assert [entry.summary.keys() for entry in found.all()] == [{"invitation", "role"}] * 2


async def test_the_command_line_issues_a_link(client: httpx.AsyncClient, people: People) -> None:
    (command,) = [one for one in COMMANDS if one.name == "reset-password"]
    said = await command.work("Alice@acme.example")
    assert "http://localhost:3000/reset-password#secret=" in said
    assert await heard("password_reset.issued") == {
        (tenant, None, str(people.alice.user_id)) for tenant in (people.alice.tenant_id, INSTALLATION)
    }
    assert (await use(client, said.rpartition("=")[2])).status_code == 200
    assert await signs_in(client, people.alice, NEW)
    with pytest.raises(NotFound, match="no account"):
        await command.work("nobody@acme.example")
