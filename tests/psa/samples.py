"""A ConnectWise with tickets, sessions of Adam's on some of them, what he posted, and templates."""

from hub_app.kernel.actor import Actor
from hub_app.psa.schemas.connections import PsaConnectionIn
from hub_app.psa.schemas.members import MappingIn
from hub_app.psa.schemas.posts import TicketUpdateIn
from hub_app.psa.schemas.sessions import SessionIn, SessionOut
from hub_app.psa.schemas.templates import NoteTemplateIn, SessionTemplateIn
from hub_app.psa.service import connections, mappings, posts, sessions, templates
from tests import running
from tests.examples import Samples
from tests.peers.connectwise import CLIENT_ID, COMPANY_ID, PRIVATE_KEY, PUBLIC_KEY
from tests.people import People

FORM = {
    "display_name": "Taken over",
    "site_url": "http://127.0.0.1:9",
    "company_id": "taken_over",
    "private_key": "taken-over-key",
    "title": "Taken over",
    "body": "Taken over",
    "minutes": "5",
    "number": "48001",
    "text": "Taken over",
    "note_type": "resolution",
    "toolbar": "basic",
    "snippet-0-name": "Taken over",
    "snippet-0-text": "Taken over",
}
BODY = """## What was wrong
Spooler on FRONT-PC2 kept a job of 2 GB; the queue stood still.

## What was done
- [x] Cleared the queue, restarted the spooler
- [x] Updated the driver to 8.4
- [ ] Ask Dana whether duplex is needed
"""


async def make(people: People, _receiver: str) -> Samples:
    alice, adam = people.alice.actor, people.adam.actor
    await connect(alice, running.left_running("tests.peers.connectwise", "--tickets", "40"))
    await mappings.create_mapping(alice, MappingIn(user_id=people.adam.user_id, member_id="142"))
    steps = "- [ ] Sign in\n- [ ] Take a picture\n- [ ] Sign out"
    await templates.create_session_template(adam, SessionTemplateIn(name="On-site visit", body=steps))
    note = "{{ engineer.name }}, {{ session.minutes }} minutes:\n\n{{ session.body }}"
    await templates.create_note_template(adam, NoteTemplateIn(board_id="1", text=note))
    linked = await sessions.create_session(adam, SessionIn(body=BODY, ticket_id="48003", tags=["printer"]))
    posted = await posts.update_ticket(adam, linked.id, TicketUpdateIn(minutes=25))
    unlinked = await sessions.create_session(adam, SessionIn(title="Backup of SRV-01", status="paused"))
    others = await sessions.create_session(people.erin.actor, SessionIn(title="Erin's visit", body=BODY))
    return _places(linked, unlinked, others, str(posted.post.id))


async def connect(alice: Actor, url: str) -> None:
    """Connect the tenant's ConnectWise."""
    given = PsaConnectionIn(
        display_name="Northwind IT",
        site_url=url,
        company_id=COMPANY_ID,
        public_key=PUBLIC_KEY,
        private_key=PRIVATE_KEY,
        client_id=CLIENT_ID,
    )
    await connections.create_connection(alice, given)


def _places(linked: SessionOut, unlinked: SessionOut, others: SessionOut, post: str) -> Samples:
    here, there = f"/sessions/{linked.id}", f"/sessions/{unlinked.id}"
    return Samples(
        {
            "/psa": ["/psa", "/psa?tab=members", "/psa?tab=posts", f"/psa?tab=posts&post={post}"],
            "/sessions": ["/sessions", "/sessions?of=everyone", "/sessions?tab=templates"],
            "/sessions/[session_id]": [here, there, f"/sessions/{others.id}"],
            "/tickets": ["/tickets", "/tickets?q=printer&status=all"],
            "/tickets/[ticket_id]": ["/tickets/48003"],
        },
        [
            ("/sessions", "New session"),
            ("/sessions?tab=templates", "New session template"),
            ("/sessions?tab=templates", "New note template"),
            (here, "Update ticket"),
            (there, "Link ticket"),
            (there, "Correct"),
            (there, "Delete session"),
        ],
    )
