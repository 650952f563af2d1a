"""Consents after the policy has changed, and the status of every connection."""

import asyncio
from uuid import UUID

import httpx
import pytest
from sqlmodel import select, update

from hub_app.connectors.service import connectors
from hub_app.governance.service import consent_renewal, consent_status, consents
from hub_app.governance.tables import ConsentGrant
from hub_app.kernel import db, signals
from hub_app.kernel.actor import Actor
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.settings import get_settings
from hub_app.oauth.schemas import AppIn
from hub_app.oauth.service import apps, connections
from hub_app.oauth.tables import OauthConnection
from tests import people as seeded
from tests.connectors.rest_connectors import create
from tests.governance.consenting import (
    HERE,
    connector,
    give_again,
    list_consents,
    revoke,
    run,
    status_of,
    transactions,
)
from tests.people import People, Person

pytestmark = [pytest.mark.both_databases, pytest.mark.settings(outbound_allowed_networks="127.0.0.0/8")]


def raise_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSENT_POLICY_VERSION", "2")
    get_settings.cache_clear()


async def test_a_raised_policy_asks_again_and_stops_nothing(
    client: httpx.AsyncClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    adam, erin = await seeded.headers(people.adam), await seeded.headers(people.erin)
    made = await create(client, adam, auth_type="none")
    other = await create(client, adam, name="other", auth_type="none")
    (given, _) = await list_consents(client, adam)
    await client.delete(f"{HERE}/{given['id']}", headers=adam)
    raise_policy(monkeypatch)
    assert (await status_of(client, erin, made["id"]))["state"] == "outdated"
    assert (await run(client, erin, made["id"])).status_code == 200
    assert [one.of.name for one in await consent_renewal.outdated(people.adam.actor)] == ["My API"]
    assert await consent_renewal.outdated(people.erin.actor) == []
    assert (await client.post(f"{HERE}/renew", headers=erin)).json() == {"renewed": 0}
    assert (await client.post(f"{HERE}/renew", headers=adam)).json() == {"renewed": 1}
    renewed = await status_of(client, erin, made["id"])
    assert (renewed["state"], renewed["consent"]["policy_version"]) == ("given", 2)
    # What was revoked is not given again by the way.
    assert (await status_of(client, erin, other["id"]))["state"] == "revoked"
    assert (await client.post(f"{HERE}/renew", headers=adam)).json() == {"renewed": 0}


async def test_a_renewal_does_not_undo_a_revocation_made_meanwhile(
    client: httpx.AsyncClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    adam = await seeded.headers(people.adam)
    made = await create(client, adam, auth_type="none")
    (given,) = await list_consents(client, adam)
    raise_policy(monkeypatch)
    listed = consent_renewal.outdated

    async def revoked_once_listed(actor: Actor) -> list[consent_renewal.Outdated]:
        found = await listed(actor)
        await client.delete(f"{HERE}/{given['id']}", headers=adam)
        return found

    monkeypatch.setattr(consent_renewal, "outdated", revoked_once_listed)
    assert (await client.post(f"{HERE}/renew", headers=adam)).json() == {"renewed": 0}
    assert (await status_of(client, adam, made["id"]))["state"] == "revoked"


async def test_pages_of_the_status_hold_each_connection_once(people: People) -> None:
    """From one kind to the next, and back again."""
    here = "http://127.0.0.1:9"
    given = AppIn(
        slug="peer", name="Peer", authorize_url=here, token_url=here, client_id="h", client_auth="none"
    )
    await apps.create_app(people.alice.actor, given)
    for n in range(3):
        await connector(people.adam, f"c{n}")
        await connections.adopt(people.erin.actor, "peer", connections.Given(access_token=f"t{n}"))
    actor, cursor = people.adam.actor, None
    pages: list[list[UUID]] = []
    while True:
        found = await consent_status.list_status(actor, PageRequest(2, cursor))
        pages.append([one.resource_id for one in found.items])
        if found.next_cursor is None:
            break
        cursor = found.next_cursor
    whole = await consent_status.list_status(actor, PageRequest(50))
    assert [one for page in pages for one in page] == [one.resource_id for one in whole.items]
    assert [len(page) for page in pages] == [2, 2, 2]
    assert whole.next_cursor is None
    back = found.previous_cursor
    for page in reversed(pages[:-1]):
        found = await consent_status.list_status(actor, PageRequest(2, back))
        assert [one.resource_id for one in found.items] == page
        back = found.previous_cursor
    assert back is None
    # Of other people's accounts only customer admins hear.
    seen = await consent_status.list_status(people.vera.actor, PageRequest(50))
    assert {one.resource_type for one in seen.items} == {"connector"}
    erins = await consent_status.list_status(people.erin.actor, PageRequest(50))
    assert {one.resource_type for one in erins.items if one.mine} == {"oauth_connection"}


async def names_of(person: Person) -> list[str]:
    """What the person is asked to renew."""
    return [one.of.name for one in await consent_renewal.outdated(person.actor)]


async def test_the_notice_follows_what_is_connected(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renamed, deleted, revoked, given anew: the next page knows, though it reads no consent."""
    adam = people.adam
    one, two, three = [await connector(adam, name) for name in ("one", "two", "three")]
    raise_policy(monkeypatch)
    assert await names_of(adam) == ["three", "two", "one"]
    await connectors.delete_connector(adam.actor, three)
    assert await names_of(adam) == ["two", "one"]
    await revoke(adam, two)
    assert await names_of(adam) == ["one"]
    (notice,) = await consent_renewal.notices(adam.actor)
    assert notice.text.startswith("1 consent needs renewal.")
    await give_again(adam, "connector", one)
    assert await consent_renewal.notices(adam.actor) == []
    assert await names_of(people.mallory) == []


async def test_an_account_that_is_connected_again_counts_again(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its consent is the one from before: connecting again asks for none."""
    here = "http://127.0.0.1:9"
    app = AppIn(
        slug="peer", name="Peer", authorize_url=here, token_url=here, client_id="h", client_auth="none"
    )
    await apps.create_app(people.alice.actor, app)
    made = await connections.adopt(people.erin.actor, "peer", connections.Given(access_token="t"))
    raise_policy(monkeypatch)
    assert await names_of(people.erin) == ["Peer"]
    await connections.disconnect(people.erin.actor, made.id)
    await connector(people.adam, "shop")  # What was known of consents is read anew.
    assert await names_of(people.erin) == []
    async with db.begin(people.erin.tenant_id) as session:
        await session.exec(update(OauthConnection).values(status="connected"))
    assert await names_of(people.erin) == ["Peer"]


async def test_the_notice_costs_a_page_nothing_once_all_is_renewed(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connector(people.adam, "shop")
    raise_policy(monkeypatch)
    assert (await consent_renewal.renew_all(people.adam.actor)).renewed == 1
    await consent_renewal.notices(people.adam.actor)
    with transactions() as begun:
        assert await consent_renewal.notices(people.adam.actor) == []
        assert await consent_renewal.notices(people.alice.actor) == []
    assert begun == []


async def test_a_renewal_that_is_cut_off_goes_on_when_it_is_asked_again(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has renewed some by then, and nothing twice."""
    for n in range(120):
        await connector(people.adam, f"c{n}")
    raise_policy(monkeypatch)
    with signals.watch(consents.TOPIC) as changed:
        renewing = asyncio.create_task(consent_renewal.renew_all(people.adam.actor))
        assert await changed.wait(60)
        renewing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await renewing
    left = len(await names_of(people.adam))
    assert left == 20
    assert (await consent_renewal.renew_all(people.adam.actor)).renewed == left
    assert await names_of(people.adam) == []
    async with db.read(people.adam.tenant_id) as session:
        assert len((await session.exec(select(ConsentGrant.id))).all()) == 240


async def test_two_who_renew_at_once_renew_each_consent_once(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        await connector(people.adam, f"c{n}")
    raise_policy(monkeypatch)
    both = (consent_renewal.renew_all(one.actor) for one in (people.adam, people.alice))
    assert sorted(one.renewed for one in await asyncio.gather(*both)) == [0, 5]


async def test_a_page_of_a_list_asks_for_all_its_consents_at_once(people: People) -> None:
    adam = people.adam.actor
    made = [await connector(people.adam, f"c{n}") for n in range(6)]
    await revoke(people.adam, made[2])
    signals.wake([consents.TOPIC])
    with transactions() as begun:
        found = await consents.refusals(adam.tenant_id, "connector", made)
    assert list(found) == [made[2]]
    assert len(begun) == 1
    assert found[made[2]] == await consents.refusal_of(adam.tenant_id, "connector", made[2])


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a"], "given for a."),
        (["a", "b"], "given for b and a."),
        (["a", "b", "c"], "given for c, b, and a."),
        (["a", "b", "c", "d", "e"], "given for e, d, c, and 2 more."),
    ],
)
async def test_the_notice_names_some(
    people: People, monkeypatch: pytest.MonkeyPatch, names: list[str], said: str
) -> None:
    for name in names:
        await connector(people.adam, name)
    raise_policy(monkeypatch)
    (notice,) = await consent_renewal.notices(people.adam.actor)
    assert said in notice.text
