"""Sending a post, under its lease: the note, then the status, then the time.

Before each is sent, that is written down; so whoever goes on after a crash looks for it at the PSA first, by its reference. What nobody
finds within a while counts as not posted: it is never sent again by itself, and its text stays with the session.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlmodel import select

from hub_app.kernel import leases
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, HubError
from hub_app.kernel.queue import Held
from hub_app.kernel.settings import get_settings
from hub_app.psa import notes
from hub_app.psa.provider.errors import PSAError
from hub_app.psa.provider.types import NoteType, PSATicket
from hub_app.psa.schemas.tickets import TicketOut
from hub_app.psa.service import calling, posts, tickets
from hub_app.psa.service import sessions as work_sessions
from hub_app.psa.service.calling import Psa
from hub_app.psa.tables import PsaPostLog, WorkSession

Part = Literal["note", "status", "time"]
_PARTS: tuple[Part, ...] = ("note", "status", "time")
_PATIENCE = 5.0
_FIRST_LOOK = 2.0
_LATER_LOOKS = 300.0
_GIVES_UP = timedelta(hours=24)
_LOST = "Nobody knows whether it arrived. Look at the ticket before you post it again."
_NOT_THERE = "It did not arrive: {name} does not have it. Your text is still here; post it again."
_FAILED = (
    "It stopped because of an internal error. Ask the operator to check Hub's log, then look at the ticket."
)
_ELSEWHERE = "It was posted by another PSA connection. Look at its ticket there."
_OFTEN = "It was begun several times and never finished. Look at the ticket before you post it again."


class _Unknown(Exception):
    """Nobody can say now whether a part arrived."""


async def deliver(held: Held) -> None:
    """Send what has not been sent, and find out about what may have been."""
    post = await _begun(held)
    if post is None:
        return
    try:
        async with calling.opened(_actor(post)) as psa:
            if psa.connection_id != post.connection_id:
                # The ticket of the same number is another one.
                raise Conflict(_ELSEWHERE)
            for part in _PARTS:
                post = await _do(held, psa, post, part)
                if post.status != "pending":
                    return
            await _finish(held, psa, post.ticket_id)
    except _Unknown:
        await _look_later(held)
    except HubError as error:
        # It cannot be called at all: what may be there is looked for later.
        await (_look_later(held) if post.may_be_there else _end(held, error))


async def fail(held: Held) -> None:
    """End a post whose sending stopped on an error of our own."""
    async with leases.under_lease(PsaPostLog, held, ending=True) as (session, row):
        row.stop(_FAILED)
        posts.changed(session, row)


def _actor(post: PsaPostLog) -> Actor:
    """Whoever posts it, for the audit log."""
    return Actor(
        tenant_id=post.tenant_id,
        user_id=post.engineer_id,
        role=Role.ENGINEER,
        via="system",
        name=post.started_by,
    )


def _state(post: PsaPostLog, part: Part) -> str:
    return {"note": post.note_state, "status": post.status_state, "time": post.time_state}[part]


async def _begun(held: Held) -> PsaPostLog | None:
    async with leases.under_lease(PsaPostLog, held) as (session, row):
        if not row.begin():
            row.stop(_OFTEN)
            posts.changed(session, row)
            return None
    return row


async def _do(held: Held, psa: Psa, post: PsaPostLog, part: Part) -> PsaPostLog:
    """One part of a post, unless it is not asked for, or done. The post as it is then."""
    state = _state(post, part)
    if state not in {"waiting", "sending"}:
        return post
    send, find = _ways(psa, post)[part]
    try:
        if state == "sending" and part != "status":
            found = await _found(find, post, psa)
        else:
            post = await _sending(held, part)
            found = await _sent(send, find)
    except PSAError as error:
        return await _refused(held, part, error)
    return await _save(held, **{f"{part}_state": "done"}, **_ids(part, found))


def _ids(part: Part, found: str) -> dict[str, str]:
    return {"note": {"external_note_id": found}, "time": {"external_time_id": found}, "status": {}}[part]


_Way = Callable[[], Awaitable[str]]
_Look = Callable[[], Awaitable[str | None]]


async def _sending(held: Held, part: Part) -> PsaPostLog:
    """Write down that a part is about to be sent."""
    async with leases.under_lease(PsaPostLog, held) as (session, row):
        if _state(row, part) != "sending":
            setattr(row, f"{part}_state", "sending")
            row.sent_at = utcnow()
        row.starts = 0
        posts.changed(session, row)
    return row


def _ways(psa: Psa, post: PsaPostLog) -> dict[Part, tuple[_Way, _Look]]:
    """How each part is sent, and how it is found; each gives its id."""
    client = psa.client

    async def send_note() -> str:
        kind = cast("NoteType", post.note_type)
        posted = await client.post_note(post.ticket_id, post.text, kind, post.member_id, notify=post.notify)
        return posted.id

    async def find_note() -> str | None:
        found = await client.find_note(post.ticket_id, post.reference)
        return found.id if found else None

    async def send_status() -> str:
        ticket = await client.get_ticket(post.ticket_id)
        _check_unchanged(psa, post, ticket)
        if ticket.status_id != post.status_after_id:
            ticket = await client.update_ticket_status(post.ticket_id, post.status_after_id)
        _check_set(psa, post, ticket)
        return ticket.id

    async def send_time() -> str:
        # Somebody may have it tried again of which nobody knew what became of it.
        known = await find_time()
        if known is not None:
            return known
        text = notes.of_time(post.session_title, post.reference)
        ended = post.created_at
        entry = await client.post_time(post.ticket_id, post.minutes or 1, text, post.member_id, ended)
        return entry.id

    async def find_time() -> str | None:
        found = await client.find_time(post.ticket_id, post.reference)
        return found.id if found else None

    return {
        "note": (send_note, find_note),
        # Setting it once more does no harm: it is read before, and set if nobody else has changed it.
        "status": (send_status, send_status),
        "time": (send_time, find_time),
    }


def _check_unchanged(psa: Psa, post: PsaPostLog, ticket: PSATicket) -> None:
    """PSAError when somebody else has given the ticket another status in between."""
    if ticket.status_id in {post.status_before_id, post.status_after_id}:
        return
    said = f"Somebody else set the ticket's status to {ticket.status_name or 'another one'} in between. It was left so."
    raise PSAError(said, provider=psa.provider.name, sent=False)


def _check_set(psa: Psa, post: PsaPostLog, ticket: PSATicket) -> None:
    if ticket.status_id != post.status_after_id:
        said = f"{psa.provider.name} kept the status {ticket.status_name or ''}".rstrip()
        raise PSAError(
            f"{said}, although it said that it had changed it.", provider=psa.provider.name, sent=False
        )


async def _sent(send: _Way, find: _Look) -> str:
    """Send it once. After an unknown outcome it is looked for at once; _Unknown when it is not there yet, or cannot be looked for."""
    try:
        return await send()
    except PSAError as error:
        if not error.is_unknown:
            raise
    try:
        found = await find()
    except PSAError:
        found = None
    if found is None:
        raise _Unknown
    return found


async def _found(find: _Look, post: PsaPostLog, psa: Psa) -> str:
    """What may have arrived. PSAError once it is certain enough that it did not."""
    since = utcnow() - (post.sent_at or post.created_at)
    try:
        found = await find()
    except PSAError as error:
        raise _Unknown from error
    if found is not None:
        return found
    if since < timedelta(seconds=get_settings().psa_note_wait_seconds):
        raise _Unknown
    raise PSAError(_NOT_THERE.format(name=psa.provider.name), provider=psa.provider.name, sent=False)


async def _save(held: Held, **values: object) -> PsaPostLog:
    """Write down how far the post is."""
    async with leases.under_lease(PsaPostLog, held, ending=True) as (session, row):
        for name, value in values.items():
            setattr(row, name, value)
        row.starts = 0
        posts.changed(session, row)
    return row


async def _refused(held: Held, part: Part, error: PSAError) -> PsaPostLog:
    """A part that did not arrive. Without its note a post has failed; without another part it goes on."""
    if part == "note":
        return await _end(held, error)
    said = error.detail
    return await _save(held, **{f"{part}_state": "failed"}, error=said[:500], error_code=error.code)


async def _end(held: Held, error: HubError) -> PsaPostLog:
    async with leases.under_lease(PsaPostLog, held, ending=True) as (session, row):
        row.note_state = "failed" if row.note_state != "done" else row.note_state
        row.stop(error.detail)
        row.error_code = error.code if isinstance(error, PSAError) else ""
        posts.changed(session, row)
    return row


async def _look_later(held: Held) -> None:
    """Look again after a while, which grows; after a day nobody knows."""
    async with leases.under_lease(PsaPostLog, held, ending=True) as (session, row):
        waited = utcnow() - (row.sent_at or row.created_at)
        row.is_unknown, row.starts = True, 0
        if row.note_state == "done" and waited.total_seconds() > get_settings().psa_note_wait_seconds:
            # Of the rest somebody decides who has looked at the ticket.
            row.status_state, row.time_state = _given_up(row.status_state), _given_up(row.time_state)
            row.end("partial", _LOST)
        elif waited > _GIVES_UP:
            row.end("unknown", _LOST)
        else:
            row.put_off(_next_look(waited))
        posts.changed(session, row)


def _given_up(state: str) -> str:
    return "failed" if state in {"waiting", "sending"} else state


def _next_look(waited: timedelta) -> datetime:
    wait = min(max(_FIRST_LOOK, waited.total_seconds() / 2), _LATER_LOOKS)
    quiet = get_settings().psa_note_wait_seconds
    # Once it is certain that it did not arrive, somebody waits to hear it.
    if waited.total_seconds() < quiet:
        wait = min(wait, quiet - waited.total_seconds() + 0.1)
    return utcnow() + timedelta(seconds=wait)


async def _finish(held: Held, psa: Psa, ticket_id: str) -> None:
    """All that could be done is done: the session shows the ticket as it is now."""
    ticket = await _ticket_now(psa, ticket_id)
    async with leases.under_lease(PsaPostLog, held, ending=True) as (session, row):
        is_whole = "failed" not in {row.status_state, row.time_state}
        row.end("posted" if is_whole else "partial", "" if is_whole else row.error)
        posts.changed(session, row)
        linked = select(WorkSession).where(
            WorkSession.id == row.session_id, WorkSession.psa_ticket_id == row.ticket_id
        )
        found = (await session.exec(linked.with_for_update())).one_or_none()
        if found is not None and ticket is not None:
            work_sessions.keep_ticket(found, ticket)
            session.add(found)
            work_sessions.changed(session, found)


async def _ticket_now(psa: Psa, ticket_id: str) -> TicketOut | None:
    """The ticket as it is now, where the PSA says so soon: the post itself is done."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await tickets.shown(psa, await tickets.read(psa, ticket_id, refresh=True))
    except (PSAError, TimeoutError):
        return None
