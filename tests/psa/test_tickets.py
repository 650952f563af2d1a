"""Reading the PSA over REST: pages, the cache, and each trouble with its sentence."""

import asyncio

import pytest

from hub_app.psa.service import calling
from tests.peers.connectwise import ConnectWise
from tests.psa.desk import CONNECTIONS, PSA, Desk

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", psa_allowed_hosts="127.0.0.1")


async def test_tickets_are_found_page_by_page(desk: Desk) -> None:
    await desk.connect()
    found: list[str] = []
    cursor = None
    while True:
        query = {"limit": 25, **({"cursor": cursor} if cursor else {})}
        page = (await desk.engineer("GET", f"{PSA}/tickets", **query)).json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [str(one) for one in sorted(desk.peer.tickets, reverse=True)]
    first = (await desk.engineer("GET", f"{PSA}/tickets/{found[0]}")).json()
    assert first["url"].endswith(f"service_recid={found[0]}")
    assert first["summary"] == desk.peer.tickets[int(found[0])]["summary"]


async def test_tickets_are_filtered_by_what_a_person_chooses(desk: Desk) -> None:
    await desk.connect()
    viewer = desk.people.vera
    rows = desk.peer.tickets.values()
    for query, wanted in (
        ({"board": "1"}, {one["id"] for one in rows if one["board"]["id"] == 1}),
        ({"status": "open"}, {one["id"] for one in rows if not one["closedFlag"]}),
        (
            {"status": "closed", "board": "1"},
            {one["id"] for one in rows if one["closedFlag"] and one["board"]["id"] == 1},
        ),
        ({"query": "printer"}, {one["id"] for one in rows if "Printer" in one["summary"]}),
        ({"query": "#48003"}, {48003}),
        ({"company": "250"}, {one["id"] for one in rows if one["company"]["id"] == 250}),
        ({"query": '" or 1=1'}, set[int]()),
        ({"board": "1 or 1=1"}, set[int]()),
    ):
        page = (await desk.call(viewer, "GET", f"{PSA}/tickets", limit=200, params=query)).json()
        assert {int(one["id"]) for one in page["items"]} == wanted, query


@pytest.mark.parametrize("cursor", ["x", "-1", "1 or 1=1", "http://evil.example", "9" * 40, "\u0661"])
async def test_a_cursor_that_is_none_is_refused(desk: Desk, cursor: str) -> None:
    await desk.connect()
    assert (await desk.engineer("GET", f"{PSA}/tickets", cursor=cursor)).status_code == 400


@pytest.mark.parametrize("ticket", ["999999", "abc", "1%20or%201=1", "..%2F..%2Fsystem%2Fmembers", "0"])
async def test_what_is_no_ticket_is_not_found(desk: Desk, ticket: str) -> None:
    await desk.connect()
    for path in ("", "/detail", "/configurations"):
        answer = await desk.engineer("GET", f"{PSA}/tickets/{ticket}{path}")
        assert answer.status_code == 404, path


async def test_lists_are_kept_for_a_while_for_this_connection_alone(desk: Desk) -> None:
    made = await desk.connect()
    for _ in range(3):
        for path in ("boards", "boards/1/statuses", "companies", "members"):
            assert (await desk.engineer("GET", f"{PSA}/{path}")).json()["items"]
    assert {
        path: count
        for path, count in desk.peer.per_path.items()
        if path in {"/service/boards/1/statuses", "/company/companies", "/system/members"}
    } == {"/service/boards/1/statuses": 1, "/company/companies": 1, "/system/members": 1}
    async with ConnectWise(tickets=3, seed=2) as other:
        for row in other.companies.values():
            row["name"] = f"Mallet {row['id']}"
        given = {"display_name": "Theirs", **other.entered}
        assert (await desk.call(desk.people.mallory, "POST", CONNECTIONS, given)).status_code == 201
        theirs = (await desk.call(desk.people.mallory, "GET", f"{PSA}/companies")).json()["items"]
        assert all(one["name"].startswith("Mallet") for one in theirs)
    ours = (await desk.engineer("GET", f"{PSA}/companies")).json()["items"]
    assert not any(one["name"].startswith("Mallet") for one in ours)
    # Another connection has another memory.
    await desk.owner("DELETE", f"{CONNECTIONS}/{made['id']}")
    await desk.connect()
    await desk.engineer("GET", f"{PSA}/companies")
    assert desk.peer.per_path["/company/companies"] == 2


async def test_a_tickets_page_is_read_through_the_cache_and_anew_on_demand(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked(title="What I did")
    ticket = desk.ticket
    first = (await desk.engineer("GET", f"{PSA}/tickets/{ticket}/detail")).json()
    assert first["ticket"]["status_name"] == "In progress"
    assert [one["id"] for one in first["sessions"]] == [session["id"]]
    desk.peer.set_status(ticket, 102)
    desk.peer.add_note(ticket, {"text": "A customer writes.", "detailDescriptionFlag": True})
    again = (await desk.engineer("GET", f"{PSA}/tickets/{ticket}/detail")).json()
    assert again["read_at"] == first["read_at"]
    fresh = (await desk.engineer("GET", f"{PSA}/tickets/{ticket}/detail", refresh="true")).json()
    assert fresh["ticket"]["status_name"] == "Waiting on customer"
    assert fresh["notes"][0]["text"] == "A customer writes."
    assert fresh["notes"][0]["internal"] is False


async def test_what_was_asked_for_before_is_not_kept_over_what_is_newer(desk: Desk) -> None:
    await desk.connect()
    released = asyncio.Event()

    async def slowly() -> str:
        await released.wait()
        return "before"

    async def at_once() -> str:
        return "after"

    async with calling.opened(desk.people.erin.actor) as psa:
        slow = asyncio.create_task(psa.once("ticket 1", slowly))
        await asyncio.sleep(0)
        assert await psa.once("ticket 1", at_once, refresh=True) == "after"
        released.set()
        assert await slow == "before"
        assert await psa.once("ticket 1", slowly) == "after"
        released.clear()
        slow = asyncio.create_task(psa.once("ticket 2", slowly))
        await asyncio.sleep(0)
        calling.forget_tickets()
        released.set()
        await slow
        assert await psa.once("ticket 2", at_once) == "after"


async def test_a_ticket_is_closed_also_where_its_status_alone_says_so(desk: Desk) -> None:
    await desk.connect()
    row = desk.peer.tickets[desk.ticket]
    row["status"] = {"id": 104, "name": "Completed"}
    found = (await desk.engineer("GET", f"{PSA}/tickets/{row['id']}")).json()
    assert found["closed"] is True


async def test_without_a_connection_each_says_so(desk: Desk) -> None:
    for path in ("tickets", "tickets/48001", "tickets/48001/detail", "boards", "companies", "members"):
        answer = await desk.engineer("GET", f"{PSA}/{path}")
        assert (answer.status_code, answer.json()["detail"]) == (
            409,
            "No active PSA connection configured for this account.",
        )


async def test_each_trouble_has_its_sentence(desk: Desk) -> None:
    await desk.connect()
    path, faults = f"{PSA}/tickets/{desk.ticket}", desk.peer.faults

    async def said() -> tuple[int, str]:
        answer = await desk.engineer("GET", path, refresh="true")
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["detail"]

    faults.forbidden = "/tickets"
    assert await said() == (502, "Insufficient permissions. Check the API member's security role.")
    faults.forbidden, faults.gateway = "", 9
    assert await said() == (502, "ConnectWise is experiencing issues. Try again.")
    faults.gateway, faults.down = 0, True
    assert await said() == (502, "Cannot reach ConnectWise server")
    faults.down = False
    keys = set(desk.peer.keys)
    desk.peer.keys.clear()
    assert await said() == (502, "Invalid credentials. Check your API keys.")
    desk.peer.keys |= keys
    faults.busy, faults.retry_after = 9, "1"
    answer = await desk.engineer("GET", path, refresh="true")
    assert (answer.status_code, answer.json()["detail"]) == (503, "ConnectWise rate limit exceeded")
    assert int(answer.headers["retry-after"]) >= 1
    assert faults.busy == 6


async def test_a_codebase_that_changed_is_found_again(desk: Desk) -> None:
    await desk.connect()
    assert (await desk.engineer("GET", f"{PSA}/boards")).status_code == 200
    desk.peer.codebase = "v2025_2/"
    assert (await desk.engineer("GET", f"{PSA}/tickets/{desk.ticket}")).status_code == 200


async def test_a_long_list_says_that_it_was_cut(desk: Desk) -> None:
    for number in range(10_050):
        desk.peer.companies[5000 + number] = {
            **desk.peer.companies[250],
            "id": 5000 + number,
            "name": f"C{number}",
        }
    await desk.connect()
    found = (await desk.engineer("GET", f"{PSA}/companies")).json()
    assert (len(found["items"]), found["truncated"]) == (10_000, True)
    few = (await desk.engineer("GET", f"{PSA}/companies", query="C1234")).json()
    assert ({one["name"] for one in few["items"]}, few["truncated"]) == ({"C1234"}, False)


async def test_a_token_needs_the_scope(desk: Desk) -> None:
    await desk.connect()
    answer = await desk.call(desk.people.erin, "GET", f"{PSA}/boards", scopes=("read:webhooks",))
    assert (answer.status_code, answer.json()["detail"]) == (403, "Scope read:psa required")
