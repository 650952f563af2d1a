"""A note is on the ticket once, under the right name, whatever happens in between; and its text is never lost."""

import asyncio

import pytest
from sqlmodel import select

from hub_app.kernel import db
from hub_app.psa.tables import PsaPostLog
from tests.psa.desk import CONNECTIONS, PSA, SESSIONS, Desk

pytestmark = pytest.mark.settings(
    outbound_allowed_networks="127.0.0.1/32", psa_allowed_hosts="127.0.0.1", psa_note_wait_seconds=3
)
TEXT = "## What was done\n- [x] Cleared the queue\n- [x] Restarted the spooler"


async def until(desk: Desk, post_id: str, *outcomes: str) -> dict[str, object]:
    async with asyncio.timeout(60):
        while True:
            post = (await desk.engineer("GET", f"{PSA}/posts/{post_id}")).json()
            if post["outcome"] in outcomes:
                return post
            await asyncio.sleep(0.05)


async def test_a_note_a_status_and_time_go_to_the_ticket(desk: Desk) -> None:
    await desk.connect()
    await desk.map_erin()
    session = await desk.linked(body=TEXT)
    answer = await desk.update(session, note_type="resolution", status_id="104", minutes=25)
    assert answer.status_code == 200, answer.text
    post = answer.json()["post"]
    assert (post["outcome"], post["note_state"], post["status_state"], post["time_state"]) == (
        "posted",
        "done",
        "done",
        "done",
    )
    (note,) = desk.notes()
    assert note["resolutionFlag"] is True
    assert note["internalAnalysisFlag"] is False
    assert note["member"]["identifier"] == "enovak"
    assert note["text"].endswith(f"Ref {post['reference']}")
    assert "[x] Cleared the queue. - [x] Restarted the spooler." in note["text"]
    assert desk.peer.tickets[desk_ticket(session)]["status"]["name"] == "Completed"
    (entry,) = desk.peer.time_entries.values()
    assert round(entry["actualHours"] * 60) == 25
    assert entry["member"]["id"] == 141
    assert not desk.peer.mails
    shown = (await desk.engineer("GET", f"{SESSIONS}/{session['id']}")).json()
    assert (shown["ticket"]["status_name"], shown["ticket"]["closed"]) == ("Completed", True)
    assert (post["status_before"], post["status_after"]) == ("In progress", "Completed")


def desk_ticket(session: dict[str, object]) -> int:
    return int(str(session["psa_ticket_id"]))


async def test_somebody_is_mailed_only_when_it_is_asked_for(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    await desk.update(session, note_type="description", text="One.")
    assert not desk.peer.mails
    await desk.update(session, note_type="description", text="Two.", notify=True)
    assert len(desk.peer.mails) == 1


@pytest.mark.parametrize("how", ["502", "cut"])
async def test_an_answer_that_breaks_off_posts_nothing_twice(desk: Desk, how: str) -> None:
    await desk.connect()
    session = await desk.linked()
    desk.peer.faults.breaks = how
    answer = await desk.update(session, text="Once only.", status_id="102")
    assert answer.json()["post"]["outcome"] == "posted"
    assert len(desk.notes()) == 1
    assert desk.peer.tickets[desk_ticket(session)]["status"]["id"] == 102


async def test_a_psa_that_is_gone_after_storing_is_asked_later(desk: Desk) -> None:
    """It stored the note, and went away before it said so: while nobody knows, nothing is sent; then it is found."""
    await desk.connect()
    session = await desk.linked()
    desk.peer.faults.breaks = "502"
    asked = asyncio.create_task(desk.update(session, text="Once only."))
    async with asyncio.timeout(30):
        await desk.peer.holding.wait()
    desk.peer.faults.down = True
    post = (await asked).json()["post"]
    assert post["outcome"] == "unknown"
    again = await desk.update(session, text="Another one.")
    assert again.status_code in {409, 502}
    link = await desk.engineer("PATCH", f"{SESSIONS}/{session['id']}/ticket-link", {"ticket_id": None})
    assert link.status_code == 409
    desk.peer.faults.down = False
    checked = (await desk.engineer("POST", f"{PSA}/posts/{post['id']}/check")).json()
    assert checked["outcome"] == "posted"
    assert len(desk.notes()) == 1


async def test_a_note_that_never_arrived_counts_as_failed_after_a_while(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    desk.peer.faults.breaks = "502"
    asked = asyncio.create_task(desk.update(session, text="Lost on the way."))
    async with asyncio.timeout(30):
        await desk.peer.holding.wait()
    # As if the server had said so before it stored anything.
    desk.peer.notes[desk_ticket(session)] = [
        one for one in desk.peer.notes[desk_ticket(session)] if "Ref HUB-" not in one["text"]
    ]
    first = await asked
    assert first.status_code in {200, 502}, first.text
    posts = (await desk.engineer("GET", f"{PSA}/posts")).json()["items"]
    post = await until(desk, posts[0]["id"], "failed")
    assert "It did not arrive" in str(post["error"])
    assert "Lost on the way." in str(post["text"])
    answer = await desk.update(session, text="Lost on the way.")
    assert answer.json()["post"]["outcome"] == "posted"
    assert len(desk.notes()) == 1


async def test_two_presses_post_one_note(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    answers = await asyncio.gather(*(desk.update(session, text="Pressed twice.") for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    assert len(desk.notes()) == 1
    late = await desk.update(session, text="Pressed   twice.")
    assert late.status_code == 409
    assert "on the ticket already" in late.json()["detail"]
    assert (await desk.update(session, text="Pressed twice.", repeat=True)).status_code == 200
    assert len(desk.notes()) == 2


async def test_a_refused_note_says_why_and_can_be_posted_again(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    desk.peer.faults.forbidden = "/notes"
    answer = await desk.update(session, text="Not allowed yet.")
    assert (answer.status_code, answer.json()["detail"]) == (
        502,
        "Insufficient permissions. Check the API member's security role.",
    )
    (post,) = (await desk.engineer("GET", f"{PSA}/posts", outcome="failed")).json()["items"]
    assert "Not allowed yet." in post["text"]
    desk.peer.faults.forbidden = ""
    assert (await desk.update(session, text="Not allowed yet.")).status_code == 200
    assert len(desk.notes()) == 1


async def test_a_busy_psa_is_waited_for_and_posted_to_once(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    await desk.engineer("POST", f"{SESSIONS}/{session['id']}/ticket-update/preview", {"text": "x"})
    desk.peer.faults.busy = 2
    assert (await desk.update(session, text="Busy.")).status_code == 200
    assert len(desk.notes()) == 1


async def test_a_status_that_does_not_change_leaves_a_partial_post_to_complete(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    desk.peer.faults.ignores_patch = True
    post = (await desk.update(session, text="Half.", status_id="104")).json()["post"]
    assert (post["outcome"], post["note_state"], post["status_state"]) == ("partial", "done", "failed")
    assert "kept the status In progress" in post["error"]
    desk.peer.faults.ignores_patch = False
    assert (await desk.call(desk.people.adam, "POST", f"{PSA}/posts/{post['id']}/retry")).status_code == 403
    done = (await desk.engineer("POST", f"{PSA}/posts/{post['id']}/retry")).json()
    assert (done["outcome"], done["error"]) == ("posted", "")
    assert len(desk.notes()) == 1
    assert (await desk.engineer("POST", f"{PSA}/posts/{post['id']}/retry")).status_code == 409


async def test_a_colleagues_status_is_not_undone(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    ticket = desk_ticket(session)
    desk.peer.faults.ignores_patch = True
    post = (await desk.update(session, text="Half.", status_id="104")).json()["post"]
    desk.peer.faults.ignores_patch = False
    desk.peer.set_status(ticket, 102)
    kept = (await desk.engineer("POST", f"{PSA}/posts/{post['id']}/retry")).json()
    assert kept["outcome"] == "partial"
    assert "Somebody else set the ticket's status to Waiting on customer" in kept["error"]
    assert desk.peer.tickets[ticket]["status"]["id"] == 102


async def test_a_status_that_never_gets_an_answer_is_given_up(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    faults = desk.peer.faults
    faults.breaks, faults.breaks_at, faults.keeps_breaking = "502", f"/tickets/{desk.ticket}", True
    faults.ignores_patch = True
    post = (await desk.update(session, text="Half.", status_id="104")).json()["post"]
    ended = await until(desk, post["id"], "partial")
    assert "Look at the ticket" in str(ended["error"])
    assert len(desk.notes()) == 1


async def test_what_is_missing_of_a_post_does_not_go_to_another_psa(desk: Desk) -> None:
    """The ticket of the same number is another one there."""
    connection = await desk.connect()
    session = await desk.linked()
    desk.peer.faults.ignores_patch = True
    post = (await desk.update(session, text="Half.", status_id="104")).json()["post"]
    desk.peer.faults.ignores_patch = False
    await desk.owner("DELETE", f"{CONNECTIONS}/{connection['id']}")
    await desk.connect()
    kept = (await desk.engineer("POST", f"{PSA}/posts/{post['id']}/retry")).json()
    assert (kept["outcome"], "another PSA connection" in kept["error"]) == ("partial", True)
    assert desk.peer.tickets[desk.ticket]["status"]["id"] == 101


async def test_disconnecting_while_nobody_knows_leaves_it_so(desk: Desk) -> None:
    connection = await desk.connect()
    session = await desk.linked()
    desk.peer.faults.breaks = "502"
    asked = asyncio.create_task(desk.update(session, text="Once only."))
    async with asyncio.timeout(30):
        await desk.peer.holding.wait()
    desk.peer.faults.down = True
    post = (await asked).json()["post"]
    assert (await desk.owner("DELETE", f"{CONNECTIONS}/{connection['id']}")).status_code == 204
    left = (await desk.engineer("GET", f"{PSA}/posts/{post['id']}")).json()
    assert left["outcome"] == "unknown"
    assert "Look at the ticket" in left["error"]


async def test_time_whose_answer_breaks_off_is_entered_once(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    desk.peer.faults.breaks, desk.peer.faults.breaks_at = "502", "/time/entries"
    post = (await desk.update(session, text="Timed.", minutes=10)).json()["post"]
    assert (post["outcome"], post["time_state"]) == ("posted", "done")
    assert len(desk.peer.time_entries) == 1
    desk.peer.faults.forbidden = "/time"
    refused = (await desk.update(session, text="Timed again.", minutes=10)).json()["post"]
    assert (refused["outcome"], refused["time_state"]) == ("partial", "failed")
    desk.peer.faults.forbidden = ""
    done = (await desk.engineer("POST", f"{PSA}/posts/{refused['id']}/retry")).json()
    assert done["outcome"] == "posted"
    assert len(desk.peer.time_entries) == 2


async def test_what_cannot_be_posted_is_named(desk: Desk) -> None:
    await desk.connect()
    unlinked = await desk.begin()
    answer = await desk.update(unlinked, text="x")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "This session has no ticket. Link one first.",
    )
    session = await desk.linked(body="")
    for given, field in (
        ({"text": "x", "status_id": "204"}, "status_id"),
        ({"text": "x", "status_id": "abc"}, "status_id"),
        ({"text": "x", "note_type": "secret"}, "note_type"),
        ({"text": "x", "member_id": "142"}, "member_id"),
        ({"text": "x", "minutes": 0}, "minutes"),
        ({"text": "x" * 30_001}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "<b></b>"}, "text"),
        ({}, "text"),
    ):
        refused = await desk.update(session, **given)
        assert refused.status_code == 422, given
        assert refused.json()["errors"][0]["field"] == field, given
    assert not desk.notes()


async def test_somebody_who_is_not_mapped_has_a_clear_choice(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    preview = f"{SESSIONS}/{session['id']}/ticket-update/preview"
    found = (await desk.engineer("POST", preview, {"text": "x"})).json()
    assert found["member"] is None
    assert [(one["identifier"], one["is_mapped"]) for one in found["members"]] == [
        ("enovak", False),
        ("", False),
    ]
    assert any("signed with your name" in one for one in found["warnings"])
    await desk.update(session, text="Under no name.")
    assert "Erin Novak via Hub. Ref HUB-" in desk.notes()[0]["text"]
    assert "member" not in desk.notes()[0]
    await desk.update(session, text="Under my own.", member_id="141")
    assert desk.notes()[1]["member"]["identifier"] == "enovak"
    assert "via Hub" not in desk.notes()[1]["text"]
    await desk.map_erin()
    mapped = (await desk.engineer("POST", preview, {"text": "x"})).json()
    assert mapped["member"]["member_id"] == "141"
    await desk.update(session, text="Without it after all.", member_id=None)
    assert "member" not in desk.notes()[2]


async def test_a_name_alone_makes_nobody_a_colleague(desk: Desk) -> None:
    """Everybody can change their own name in Hub."""
    colleague = desk.peer.members[141]
    for key in ("primaryEmail", "officeEmail", "mobileEmail", "homeEmail"):
        colleague[key] = None
    await desk.connect()
    session = await desk.linked()
    assert f"{colleague['firstName']} {colleague['lastName']}" == desk.people.erin.actor.name
    preview = f"{SESSIONS}/{session['id']}/ticket-update/preview"
    found = (await desk.engineer("POST", preview, {"text": "x"})).json()
    assert [one["member_id"] for one in found["members"]] == [None]
    assert (await desk.update(session, text="As a colleague.", member_id="141")).status_code == 422


async def test_the_preview_is_what_the_psa_gets(desk: Desk) -> None:
    await desk.connect()
    await desk.map_erin()
    session = await desk.linked(body=TEXT)
    preview = f"{SESSIONS}/{session['id']}/ticket-update/preview"
    before = len(desk.peer.requests)
    found = (await desk.engineer("POST", preview, {"status_id": "104", "note_type": "resolution"})).json()
    assert (found["status_before"]["name"], found["status_after"]["name"]) == ("In progress", "Completed")
    assert found["note"] == TEXT
    assert {one["name"] for one in found["statuses"]} >= {"New", "Closed"}
    assert "A resolution is seen by the customer, and may be printed on invoices." in found["warnings"]
    assert all(one.method == "GET" for one in list(desk.peer.requests)[before:])
    desk.peer.set_status(desk_ticket(session), 104)
    later = (await desk.engineer("POST", preview, {})).json()
    assert later["changed_since_linked"] is True
    assert later["warnings"][:2] == [
        "The ticket is closed.",
        "Somebody changed the ticket since you linked it.",
    ]
    await desk.update(session)
    posted = desk.notes()[0]["text"]
    shown = " ".join(later["text"].split())
    assert posted.partition("Ref")[0] == shown.partition("Ref")[0]


async def test_a_boards_template_makes_the_note(desk: Desk) -> None:
    await desk.connect()
    templates = f"{PSA}/note-templates"
    text = "{{ engineer.name }} for {{ ticket.company }}, {{ session.minutes }} min:\n\n{{ session.body }}"
    admin = desk.people.adam
    bad = await desk.call(admin, "POST", templates, {"text": "{{ ticket.password }}"})
    assert bad.status_code == 422
    assert "{{ ticket.password }}" in bad.json()["errors"][0]["message"]
    made = await desk.call(
        admin, "POST", templates, {"board_id": "1", "text": text, "note_type": "description"}
    )
    assert (made.status_code, made.json()["board_name"]) == (201, "Help Desk")
    assert (await desk.call(admin, "POST", templates, {"board_id": "1", "text": "x"})).status_code == 409
    assert (await desk.call(admin, "POST", templates, {"board_id": "77", "text": "x"})).status_code == 422
    assert (await desk.engineer("POST", templates, {"text": "x"})).status_code == 403
    session = await desk.linked(body="Hello {{ ticket.id }} {{ today }}.")
    await desk.update(session)
    company = desk.peer.tickets[desk.ticket]["company"]["name"]
    # What an engineer writes is no template.
    assert desk.notes()[0]["text"].startswith(
        f"Erin Novak for {company}, 0 min: Hello {{{{ ticket.id }}}} {{{{ today }}}}."
    )
    viewers = (await desk.call(desk.people.vera, "GET", templates)).json()["items"]
    assert [one["board_name"] for one in viewers] == ["Help Desk"]


async def test_the_history_is_filtered_and_stays_when_its_session_goes(desk: Desk) -> None:
    await desk.connect()
    session = await desk.linked()
    await desk.update(session, text="Kept.")
    desk.peer.faults.forbidden = "/notes"
    await desk.update(session, text="Refused.")
    await desk.engineer("DELETE", f"{SESSIONS}/{session['id']}")
    for query, count in (
        ({}, 2),
        ({"outcome": "posted"}, 1),
        ({"outcome": "failed"}, 1),
        ({"outcome": "unknown"}, 0),
        ({"ticket_id": str(desk.ticket)}, 2),
        ({"ticket_id": "1"}, 0),
        ({"engineer_id": str(desk.people.adam.user_id)}, 0),
        ({"session_id": session["id"]}, 2),
    ):
        found = (await desk.call(desk.people.vera, "GET", f"{PSA}/posts", params=query)).json()["items"]
        assert len(found) == count, query
    theirs = (await desk.call(desk.people.mallory, "GET", f"{PSA}/posts")).json()["items"]
    assert theirs == []


@pytest.mark.both_databases
async def test_a_process_that_died_while_it_sent_is_followed_by_one_that_looks(desk: Desk) -> None:
    """What it leaves in the database is all that the next one has."""
    await desk.connect()
    session = await desk.linked()
    posted = (await desk.update(session, text="Sent, and not written down.")).json()["post"]
    async with db.begin(desk.people.erin.tenant_id) as unit:
        row = (await unit.exec(select(PsaPostLog))).one()
        row.resume()
        row.note_state, row.external_note_id = "sending", ""
        unit.add(row)
        db.notify(unit, "psa_posts")
    found = await until(desk, posted["id"], "posted")
    assert found["external_note_id"] == posted["external_note_id"]
    assert len(desk.notes()) == 1
