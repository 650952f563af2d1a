"""People's data stands beside the audit log, where erasure can reach it, and never inside its entries."""

import httpx
from sqlmodel import select

from hub_app.identity.tables import User
from hub_app.kernel import db
from hub_app.kernel.tables import AuditEntry, AuditPerson
from tests import people as seeded
from tests.people import PASSWORD, People

ORIGIN = {"Origin": "http://hub.test", "Accept": "application/json"}
INVITED, TYPED, RENAMED, STUDIO = (
    "ivy.stone@example.com",
    "otto@example.com",
    "Alice Moreau-Lind",
    "Moreau & Lind Studio",
)


async def test_no_entry_tells_a_name_or_an_address(client: httpx.AsyncClient, people: People) -> None:
    alice, vera = await seeded.headers(people.alice), await seeded.headers(people.vera, "read:events")
    invitation = {"email": INVITED, "role": "engineer"}
    withdrawn = await client.post("/v1/integration/invitations", json=invitation, headers=alice)
    await client.delete(f"/v1/integration/invitations/{withdrawn.json()['id']}", headers=alice)
    made = await client.post("/v1/integration/invitations", json=invitation, headers=alice)
    accepted = {"token": made.json()["link"].rpartition("/")[2], "name": "Ivy Stone", "password": PASSWORD}
    assert (await client.post("/auth/invitations/accept", json=accepted, headers=ORIGIN)).is_success
    client.cookies.clear()
    wrong = {"email": TYPED, "password": "no password at all"}
    assert (await client.post("/auth/login", json=wrong, headers=ORIGIN)).status_code == 401
    assert (await client.patch("/auth/me", json={"name": RENAMED}, headers={**alice, **ORIGIN})).is_success
    assert (await client.patch("/v1/integration/tenant", json={"name": STUDIO}, headers=alice)).is_success
    refused = await client.get(f"/v1/integration/oauth/apps/{TYPED}", headers=vera)
    assert refused.status_code == 403
    async with db.system("a test looks") as session:
        entries = (await session.exec(select(AuditEntry))).all()
        beside = (await session.exec(select(AuditPerson))).all()
        users = (await session.exec(select(User.name, User.email))).all()
    told = str([(one.target_id, one.summary) for one in entries])
    private = {
        *(text for user in users for text in user),
        *(p.ip for p in beside),
        INVITED,
        TYPED,
        RENAMED,
        STUDIO,
    }
    assert [text for text in private if text and text in told] == []
    assert {
        "invitation.created",
        "invitation.withdrawn",
        "invitation.accepted",
        "user.updated",
        "tenant.updated",
    } <= {one.action for one in entries}
    assert {TYPED, INVITED} <= {person.email for person in beside}
    (refusal,) = [one for one in entries if one.action == "access.refused"]
    assert refusal.target_id == "GET /v1/integration/oauth/apps/{app_id}"
