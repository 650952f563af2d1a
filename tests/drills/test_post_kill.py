"""A process that is killed between sending a note and writing down that it arrived: the note is on the ticket once, and the next
process knows it.
"""

import asyncio
import signal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col

from hub_app.kernel import db
from hub_app.kernel.clock import utcnow
from hub_app.psa.schemas.connections import PsaConnectionIn
from hub_app.psa.schemas.posts import PostOut, TicketUpdateIn
from hub_app.psa.schemas.sessions import SessionIn
from hub_app.psa.service import connections, posts, sessions
from hub_app.psa.tables import PsaPostLog
from tests import other_process, people
from tests.drills.test_sync_kill import started
from tests.peers.connectwise import ConnectWise
from tests.people import Person


async def begin(peer: dict[str, str], ticket: str, parts: dict[str, Any]) -> tuple[Person, UUID]:
    """A note of Erin's that waits to be sent; she, and its id."""
    everyone = await people.seed()
    given = PsaConnectionIn.model_validate({"display_name": "Northwind", **peer})
    await connections.create_connection(everyone.alice.actor, given)
    erin = everyone.erin.actor
    session = await sessions.create_session(erin, SessionIn(title="Printer", ticket_id=ticket))
    wanted = TicketUpdateIn.model_validate({"text": "Once only.", **parts})
    return everyone.erin, await posts.start_update(erin, session.id, wanted)


async def end_lease() -> None:
    """What the killed process held may be taken by others: as half a minute later."""
    async with db.system("the dead process's lease runs out", write=True) as session:
        held = col(PsaPostLog.lease).is_not(None)
        await session.exec(update(PsaPostLog).where(held).values(due_at=utcnow()))


@pytest.mark.both_databases
async def test_a_note_that_was_sent_is_found_again(database_url: str, tmp_path: Path) -> None:
    await _killed(database_url, tmp_path, "/notes", {})


@pytest.mark.parametrize(("at", "parts"), [("/time/entries", {"minutes": 10}), ("", {"status_id": "104"})])
async def test_so_is_what_went_along_with_it(
    database_url: str, tmp_path: Path, at: str, parts: dict[str, Any]
) -> None:
    await _killed(database_url, tmp_path, at, parts)


async def _killed(database_url: str, tmp_path: Path, at: str, parts: dict[str, Any]) -> None:
    settings = {
        "DATABASE_URL": database_url,
        "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
        "PSA_ALLOWED_HOSTS": "127.0.0.1",
        # It starts sooner; SQLite is for one process that does everything.
        **({"ROLE": "worker"} if database_url.startswith("postgresql") else {}),
    }

    async def there(work: Any) -> Any:
        return await asyncio.to_thread(other_process.in_database, tmp_path, work, **settings)

    async with ConnectWise(tickets=20) as peer:
        ticket = next(one for one, row in peer.tickets.items() if row["status"]["id"] == 101)
        erin, post_id = await there(lambda: begin(peer.entered, str(ticket), parts))
        peer.faults.breaks, peer.faults.breaks_at = "silent", at or f"/{ticket}"
        hub = await asyncio.to_thread(started, tmp_path, settings)
        try:
            async with asyncio.timeout(60):
                await peer.holding.wait()
        finally:
            await asyncio.to_thread(hub.stop, signal.SIGKILL)
        await there(end_lease)
        sent = len([one for one in peer.requests if one.method != "GET"])
        hub = await asyncio.to_thread(started, tmp_path, settings)

        async def look() -> PostOut:
            return await posts.get_post(erin.actor, post_id)

        try:
            async with asyncio.timeout(60):
                post = await there(look)
                while post.outcome in {"sending", "unknown"}:
                    await asyncio.sleep(0.2)
                    post = await there(look)
        finally:
            await asyncio.to_thread(hub.stop)
        assert post.outcome == "posted"
        assert len([one for one in peer.notes[ticket] if post.reference in one["text"]]) == 1
        assert len(peer.time_entries) == bool(parts.get("minutes"))
        assert peer.tickets[ticket]["status"]["id"] == int(parts.get("status_id", "101"))
        assert len([one for one in peer.requests if one.method != "GET"]) == sent
