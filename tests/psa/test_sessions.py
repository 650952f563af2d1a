"""Work sessions over REST: written by their engineer, read by all, with a clock and a ticket."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event

from hub_app.kernel import db
from hub_app.psa.tables import WorkSession
from tests.psa.desk import SESSIONS, Desk

pytestmark = pytest.mark.settings(outbound_allowed_networks="127.0.0.1/32", psa_allowed_hosts="127.0.0.1")
BODY = "## What was done\n- [x] Cleared the queue\n- [ ] Ask Dana\n"


async def passes(desk: Desk, session_id: str, minutes: int) -> None:
    """So many minutes pass on the session's clock."""
    async with db.begin(desk.people.erin.tenant_id) as session:
        row = await session.get(WorkSession, (desk.people.erin.tenant_id, UUID(session_id)))
        assert row is not None
        assert row.running_since is not None
        row.running_since -= timedelta(minutes=minutes)
        session.add(row)


async def test_a_session_is_begun_written_and_read(desk: Desk) -> None:
    made = await desk.begin(body=BODY, tags=["printer", "on site"])
    assert (made["status"], made["minutes"], made["engineer"]) == ("running", 0, "Erin Novak")
    assert (made["steps_done"], made["steps_total"]) == (1, 2)
    here = f"{SESSIONS}/{made['id']}"
    for person in (desk.people.alice, desk.people.vera):
        assert (await desk.call(person, "GET", here)).json()["body"] == BODY
    listed = (await desk.call(desk.people.vera, "GET", SESSIONS)).json()["items"]
    assert [one["title"] for one in listed] == ["Printer offline"]
    assert "body" not in listed[0]
    changed = await desk.engineer("PATCH", here, {"body": BODY.replace("[ ]", "[x]")})
    assert changed.json()["steps_done"] == 2


async def test_only_its_engineer_writes_it(desk: Desk) -> None:
    made = await desk.begin()
    here = f"{SESSIONS}/{made['id']}"
    for person in (desk.people.alice, desk.people.adam, desk.people.vera):
        for method, path, body in (
            ("PATCH", here, {"title": "Mine now"}),
            ("PATCH", f"{here}/ticket-link", {"ticket_id": None}),
            ("POST", f"{here}/ticket-update", {"text": "Mine"}),
            ("POST", f"{here}/ticket-update/preview", {"text": "Mine"}),
        ):
            assert (await desk.call(person, method, path, body)).status_code == 403, (person.name, path)
    assert (await desk.call(desk.people.mallory, "GET", here)).status_code == 404
    assert (await desk.call(desk.people.mallory, "PATCH", here, {"title": "x"})).status_code == 404
    assert (await desk.call(desk.people.vera, "DELETE", here)).status_code == 403
    assert (await desk.call(desk.people.vera, "POST", SESSIONS, {"title": "x"})).status_code == 403
    assert (await desk.call(desk.people.adam, "DELETE", here)).status_code == 204


async def test_its_clock_is_started_paused_ended_and_corrected(desk: Desk) -> None:
    made = await desk.begin()
    here = f"{SESSIONS}/{made['id']}"

    async def change(**given: object) -> dict[str, object]:
        answer = await desk.engineer("PATCH", here, given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    await passes(desk, made["id"], 10)
    assert (await change(title="Still running"))["minutes"] == 10
    paused = await change(status="paused")
    assert (paused["status"], paused["minutes"], paused["running_since"]) == ("paused", 10, None)
    assert (await change(status="paused"))["minutes"] == 10
    await change(status="running")
    await passes(desk, made["id"], 5)
    ended = await change(status="ended")
    assert (ended["minutes"], ended["status"]) == (15, "ended")
    assert ended["ended_at"] is not None
    assert (await change(minutes=42))["minutes"] == 42
    again = await change(status="running")
    assert again["ended_at"] is None
    await passes(desk, made["id"], 3)
    assert (await change(minutes=7))["minutes"] == 7
    await passes(desk, made["id"], 2)
    assert (await change(tags=["x"]))["minutes"] == 9


async def test_times_that_cannot_be_are_refused(desk: Desk) -> None:
    made = await desk.begin()
    here = f"{SESSIONS}/{made['id']}"
    for given in (
        {"minutes": -1},
        {"minutes": 10**9},
        {"ended_at": datetime.now(UTC).isoformat()},
        {"status": "sleeping"},
        {"title": ""},
        {"title": "a\nb"},
        {"title": None},
        {"body": "x" * 100_001},
        {"tags": ["x"] * 30},
    ):
        assert (await desk.engineer("PATCH", here, given)).status_code == 422, given
    assert (await desk.engineer("PATCH", here, {})).status_code == 400
    await desk.engineer("PATCH", here, {"status": "ended"})
    early = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    answer = await desk.engineer("PATCH", here, {"ended_at": early})
    assert answer.json()["errors"][0]["field"] == "ended_at"


async def test_a_colleagues_window_undoes_nothing(desk: Desk) -> None:
    """The same session in two windows: the second one to save is told."""
    answer = await desk.engineer("POST", SESSIONS, {"title": "Two windows", "body": "one"})
    here, tag = f"{SESSIONS}/{answer.json()['id']}", answer.headers["etag"]
    first = await desk.engineer("PATCH", here, {"body": "one two"}, headers={"If-Match": tag})
    assert first.status_code == 200
    assert (await desk.engineer("PATCH", here, {"body": "x"}, headers={"If-Match": tag})).status_code == 412
    # The clock is none of what is written.
    await desk.engineer("PATCH", here, {"status": "paused"})
    later = first.headers["etag"]
    assert (await desk.engineer("PATCH", here, {"body": "y"}, headers={"If-Match": later})).status_code == 200


async def test_a_ticket_is_linked_if_the_psa_has_it(desk: Desk) -> None:
    made = await desk.begin()
    link = f"{SESSIONS}/{made['id']}/ticket-link"
    answer = await desk.engineer("PATCH", link, {"ticket_id": "48001"})
    assert answer.status_code == 409
    connection = await desk.connect()
    missing = await desk.engineer("PATCH", link, {"ticket_id": 999_999})
    assert (missing.status_code, missing.json()["detail"]) == (404, "Resource not found.")
    linked = (await desk.engineer("PATCH", link, {"ticket_id": desk.ticket})).json()
    row = desk.peer.tickets[desk.ticket]
    assert (linked["psa_ticket_id"], linked["psa_connection_id"]) == (str(desk.ticket), connection["id"])
    assert linked["ticket"]["summary"] == row["summary"]
    assert linked["ticket"]["board_name"] == "Help Desk"
    assert linked["ticket"]["url"].endswith(str(desk.ticket))
    found = await desk.engineer("GET", SESSIONS, ticket_id=str(desk.ticket))
    assert [one["id"] for one in found.json()["items"]] == [made["id"]]
    unlinked = (await desk.engineer("PATCH", link, {"ticket_id": None})).json()
    assert (unlinked["psa_ticket_id"], unlinked["ticket"]) == (None, None)
    assert (await desk.engineer("PATCH", link, {})).status_code == 422


async def test_sessions_are_found_by_title_ticket_engineer_and_state(desk: Desk) -> None:
    await desk.connect()
    await desk.begin(title="Scanner 100%", status="ended")
    linked = await desk.linked(title="Backup")
    other = await desk.call(desk.people.adam, "POST", SESSIONS, {"title": "Adam's own"})
    for query, titles in (
        ({"text": "scan"}, ["Scanner 100%"]),
        ({"text": "%"}, ["Scanner 100%"]),
        ({"text": f"#{desk.ticket}"}, ["Backup"]),
        ({"engineer_id": str(desk.people.adam.user_id)}, ["Adam's own"]),
        ({"status": "ended"}, ["Scanner 100%"]),
        ({"status": "running", "engineer_id": str(desk.people.erin.user_id)}, ["Backup"]),
    ):
        found = (await desk.engineer("GET", SESSIONS, **query)).json()["items"]
        assert [one["title"] for one in found] == titles, query
    assert other.status_code == 201
    assert linked["title"] == "Backup"


async def test_a_session_begins_with_a_template(desk: Desk) -> None:
    given = {
        "name": "On-site visit",
        "title": "Visit",
        "body": "- [ ] Sign in\n- [ ] Sign out",
        "tags": ["visit"],
    }
    templates = f"{SESSIONS}/templates"
    assert (await desk.engineer("POST", templates, given)).status_code == 403
    made = (await desk.call(desk.people.adam, "POST", templates, given)).json()
    assert made["steps"] == 2
    assert (await desk.call(desk.people.vera, "GET", templates)).json()["items"][0]["name"] == "On-site visit"
    begun = (await desk.engineer("POST", SESSIONS, {"template_id": made["id"]})).json()
    assert (begun["title"], begun["tags"], begun["steps_total"]) == ("Visit", ["visit"], 2)
    own = (await desk.engineer("POST", SESSIONS, {"template_id": made["id"], "title": "Mine"})).json()
    assert (own["title"], own["body"]) == ("Mine", given["body"])
    missing = {"template_id": "0190a8a4-0000-7000-8000-000000000000"}
    assert (await desk.engineer("POST", SESSIONS, missing)).status_code == 422
    assert (await desk.call(desk.people.mallory, "GET", f"{templates}/{made['id']}")).status_code == 404


async def test_markdown_is_shown_without_anything_that_acts(desk: Desk) -> None:
    text = (
        "# Title\n<script>alert(1)</script>\n<img src=x onerror=alert(1)>\n[a](javascript:alert(1)) "
        '[b](https://b.example/?x=1&y=") ![c](https://evil.example/c.png)\n\n- [x] done\n'
    )
    found = (await desk.engineer("POST", f"{SESSIONS}/markdown", {"text": text})).json()
    assert "<script" not in found["html"]
    assert "onerror" not in found["html"]
    assert "<img" not in found["html"]
    assert 'href="javascript' not in found["html"]
    assert 'rel="noopener noreferrer nofollow"' in found["html"]
    assert (found["steps_done"], found["steps_total"]) == (1, 1)
    assert "- [x] done." in found["note"]
    kept = (
        await desk.engineer("POST", f"{SESSIONS}/markdown", {"text": "<WAN1> is <b>down</b>: a<b"})
    ).json()
    assert kept["note"] == "<WAN1> is down: a<b."
    assert kept["html"] == "<p>&lt;WAN1&gt; is down: a&lt;b</p>\n"


async def test_who_leaves_leaves_the_sessions(desk: Desk) -> None:
    made = await desk.begin()
    here = f"/v1/integration/members/{desk.people.erin.user_id}"
    answer = await desk.owner("DELETE", here)
    assert answer.status_code == 204, answer.text
    kept = (await desk.owner("GET", f"{SESSIONS}/{made['id']}")).json()
    assert kept["engineer"] == "Erin Novak"


async def test_a_list_reads_no_texts(desk: Desk) -> None:
    await desk.begin(body="secret words " * 10)
    statements: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = db.current().engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await desk.engineer("GET", SESSIONS)
    event.remove(engine, "before_cursor_execute", note)
    listed = [one for one in statements if "FROM work_session" in one]
    assert listed
    assert not any("work_session.body" in one for one in listed)
