"""Putting a note on a session's ticket: what it will be, sending it, and what came of all of them."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, bulk, db, leases, paging, rows, signals, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Forbidden, HubError, Invalid
from hub_app.kernel.queue import PENDING
from hub_app.psa import notes, placeholders
from hub_app.psa.provider.errors import KINDS, PSARateLimitError
from hub_app.psa.provider.types import PSATicket
from hub_app.psa.schemas.posts import (
    LONGEST_NOTE,
    MemberChoice,
    Outcome,
    PostOut,
    PostQuery,
    StatusChoice,
    TicketUpdated,
    TicketUpdateIn,
    TicketUpdatePreview,
)
from hub_app.psa.service import READ, WRITE, calling, choices, clock, templates, tickets
from hub_app.psa.service import sessions as work_sessions
from hub_app.psa.service.calling import TOPIC, Psa
from hub_app.psa.tables import PsaPostLog, WorkSession

QUEUE = leases.queue_of(PsaPostLog)
resumed = leases.goes_on(PsaPostLog, TOPIC)
_BUSY = "A note of this session is being posted, or nobody knows yet whether it arrived. Wait until that has ended."
_UNLINKED = "This session has no ticket. Link one first."
_WAIT_SECONDS = 45.0
_UNKNOWN_SECONDS = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """What is to be posted."""

    ticket: PSATicket
    markdown: str
    note_type: str
    members: list[MemberChoice]
    member: MemberChoice | None
    statuses: list[StatusChoice]
    before: StatusChoice | None
    after: StatusChoice | None
    preview: TicketUpdatePreview


async def preview_update(actor: Actor, session_id: UUID, given: TicketUpdateIn) -> TicketUpdatePreview:
    """What would be posted, with the ticket as it is now. Nothing is sent."""
    actor.require(Role.ENGINEER, WRITE)
    row = await _own_linked(actor, session_id)
    async with calling.opened(actor, patience=tickets.patience_of(actor)) as psa:
        return (await _planned(actor, psa, row, given, may_be_empty=True)).preview


@underway.counted
async def update_ticket(actor: Actor, session_id: UUID, given: TicketUpdateIn) -> TicketUpdated:
    """Post the note, once, and what goes along with it; what came of it within some seconds. Raises what `failure_of` says of a post
    that failed.
    """
    post_id = await start_update(actor, session_id, given)
    post = await wait_for(actor, post_id)
    if post.outcome == "failed":
        async with db.read(actor.tenant_id) as session:
            raise failure_of(await rows.get(session, PsaPostLog, post_id))
    return TicketUpdated(post=post)


async def start_update(actor: Actor, session_id: UUID, given: TicketUpdateIn) -> UUID:
    """Have it posted: the post is kept before anything is sent, so that nothing is lost or sent twice. Its id."""
    actor.require(Role.ENGINEER, WRITE)
    row = await _own_linked(actor, session_id)
    async with calling.opened(actor, patience=tickets.patience_of(actor)) as psa:
        planned = await _planned(actor, psa, row, given)
        post = _post(actor, psa, row, planned, given)
    async with db.begin(actor.tenant_id) as session:
        row = await work_sessions.own(session, actor, session_id)
        if (row.psa_connection_id, row.psa_ticket_id) != (psa.connection_id, planned.ticket.id):
            raise Conflict("The session was linked to another ticket. Look at it again.")
        await _check_new(session, row, post, given)
        session.add(post)
        try:
            await session.flush()
        except IntegrityError:
            raise Conflict(_BUSY) from None
        told = {"ticket_id": post.ticket_id, "note_type": post.note_type, "post_id": str(post.id)}
        await audit.act(session, actor, "psa.ticket.updated", row, **told)
        changed(session, post)
    return post.id


async def _own_linked(actor: Actor, session_id: UUID) -> WorkSession:
    row = await work_sessions.read_own(actor, session_id)
    if row.psa_ticket_id is None:
        raise Conflict(_UNLINKED)
    return row


async def _check_new(
    session: AsyncSession, row: WorkSession, post: PsaPostLog, given: TicketUpdateIn
) -> None:
    """Conflict while another post of the session is under way, and for a text that it posted before, unless that is wanted."""
    if await work_sessions.open_post(session, row.id) is not None:
        raise Conflict(_BUSY)
    same = select(PsaPostLog).where(
        PsaPostLog.session_id == row.id,
        PsaPostLog.ticket_id == post.ticket_id,
        PsaPostLog.digest == post.digest,
        col(PsaPostLog.status).in_(("posted", "partial", "unknown")),
    )
    before = (await session.exec(same.limit(1))).first()
    if before is not None and not given.repeat:
        raise Conflict(
            f"This note is on the ticket already: {before.reference}. To post it once more, say so with repeat."
        )


async def _planned(
    actor: Actor, psa: Psa, row: WorkSession, given: TicketUpdateIn, *, may_be_empty: bool = False
) -> _Planned:
    ticket = await tickets.read(psa, str(row.psa_ticket_id), refresh=True)
    kinds = {one.type: one for one in psa.provider.capabilities.note_kinds}
    if given.note_type not in kinds:
        raise Invalid.field("note_type", f"{psa.provider.name} takes {' or '.join(kinds)}")
    if given.minutes is not None and not psa.provider.capabilities.time_entries:
        raise Invalid.field("minutes", f"{psa.provider.name} takes no time entries from Hub")
    statuses = await _statuses(psa, ticket)
    before = next((one for one in statuses if one.id == ticket.status_id), None)
    if before is None and ticket.status_id is not None:
        before = StatusChoice(id=ticket.status_id, name=ticket.status_name or "", is_closed=ticket.closed)
    after = None
    if given.status_id is not None and given.status_id != ticket.status_id:
        after = next((one for one in statuses if one.id == given.status_id), None)
        if after is None:
            raise Invalid.field(
                "status_id", f"is not a status of the board {ticket.board_name or ''}".rstrip()
            )
    members = await choices.of(actor, psa)
    member = choices.chosen(members, given)
    markdown = given.text if given.text is not None else await _drafted(actor, row, ticket)
    text = notes.composed(markdown, notes.UNKNOWN_REFERENCE, "" if member else actor.name)
    if len(text) > LONGEST_NOTE or not (text or may_be_empty):
        why = f"must have at most {LONGEST_NOTE:,} characters" if text else "must say something"
        raise Invalid.field("text", why)
    is_changed = _is_changed(row, ticket)
    preview = TicketUpdatePreview(
        ticket=await tickets.shown(psa, ticket),
        note=markdown,
        text=text,
        note_type=given.note_type,
        status_before=before,
        status_after=after,
        statuses=statuses,
        member=member,
        members=members,
        changed_since_linked=is_changed,
        minutes=given.minutes,
        warnings=_warnings(psa, ticket, given, is_changed=is_changed, is_mapped=member is not None),
    )
    return _Planned(
        ticket=ticket,
        markdown=markdown,
        note_type=given.note_type,
        members=members,
        member=member,
        statuses=statuses,
        before=before,
        after=after,
        preview=preview,
    )


async def _statuses(psa: Psa, ticket: PSATicket) -> list[StatusChoice]:
    if ticket.board_id is None:
        return []
    found = await tickets.statuses(psa, ticket.board_id)
    return [StatusChoice(**one.model_dump()) for one in found.items]


async def _drafted(actor: Actor, row: WorkSession, ticket: PSATicket) -> str:
    """What the session says, by the template of the ticket's board."""
    async with db.read(actor.tenant_id) as session:
        template = await templates.of_board(session, ticket.board_id)
    now = utcnow()
    values = {
        "session.title": row.title,
        "session.body": row.body,
        "session.minutes": str(clock.minutes(row, now)),
        "session.started": f"{row.started_at:%Y-%m-%d %H:%M} UTC",
        "session.tags": ", ".join(row.tags),
        "session.steps_done": str(row.steps_done),
        "session.steps_total": str(row.steps_total),
        "ticket.id": ticket.id,
        "ticket.summary": ticket.summary,
        "ticket.company": ticket.company_name or "",
        "ticket.contact": ticket.contact_name or "",
        "engineer.name": actor.name,
        "today": f"{now:%Y-%m-%d}",
    }
    return placeholders.filled(template.text if template else placeholders.USUAL, values)[:LONGEST_NOTE]


def _is_changed(row: WorkSession, ticket: PSATicket) -> bool:
    known = row.ticket.get("updated_at")
    if known is None or ticket.updated_at is None:
        return False
    return ticket.updated_at.isoformat().replace("+00:00", "Z") != str(known).replace("+00:00", "Z")


def _warnings(
    psa: Psa, ticket: PSATicket, given: TicketUpdateIn, *, is_changed: bool, is_mapped: bool
) -> list[str]:
    name = psa.provider.name
    found: list[str] = []
    if ticket.closed:
        found.append("The ticket is closed.")
    if is_changed:
        found.append("Somebody changed the ticket since you linked it.")
    if given.note_type == "resolution":
        found.append("A resolution is seen by the customer, and may be printed on invoices.")
    if given.notify and psa.provider.capabilities.notify:
        found.append("The contact gets an e-mail.")
    if not is_mapped and psa.provider.capabilities.post_as_member:
        found.append(f"It is posted as {name}'s API account, signed with your name.")
    return found


def _post(actor: Actor, psa: Psa, row: WorkSession, planned: _Planned, given: TicketUpdateIn) -> PsaPostLog:
    reference, member = notes.new_reference(), planned.member
    return PsaPostLog(
        tenant_id=actor.tenant_id,
        session_id=row.id,
        session_title=row.title,
        connection_id=psa.connection_id,
        provider=psa.provider.id,
        engineer_id=actor.user_id,
        started_by=actor.name,
        ticket_id=planned.ticket.id,
        ticket_summary=planned.ticket.summary[:300],
        note_type=planned.note_type,
        text=notes.composed(planned.markdown, reference, "" if member else actor.name),
        digest=notes.digest(planned.markdown, planned.note_type),
        reference=reference,
        notify=given.notify and psa.provider.capabilities.notify,
        member_id=member.member_id if member else None,
        member_name=member.name[:200] if member else "",
        board_id=planned.ticket.board_id or "",
        status_before_id=planned.before.id if planned.before else "",
        status_before=planned.before.name[:100] if planned.before else "",
        status_after_id=planned.after.id if planned.after else "",
        status_after=planned.after.name[:100] if planned.after else "",
        minutes=given.minutes,
        status_state="waiting" if planned.after else "",
        time_state="waiting" if given.minutes else "",
    )


async def wait_for(actor: Actor, post_id: UUID) -> PostOut:
    """The post once it has ended; as it is after some seconds, of which there are fewer while nobody knows whether it arrived."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with signals.watch(f"{TOPIC}:{actor.tenant_id}") as told:
        while True:
            post = await get_post(actor, post_id)
            seconds = {"sending": _WAIT_SECONDS, "unknown": _UNKNOWN_SECONDS}.get(post.outcome, 0)
            left = seconds - (loop.time() - began)
            if left <= 0:
                return post
            await told.wait(min(left, 1.0))


async def get_post(actor: Actor, post_id: UUID) -> PostOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return out_of(await rows.get(session, PsaPostLog, post_id))


async def list_posts(actor: Actor, query: PostQuery, page: paging.PageRequest) -> paging.Slice[PostOut]:
    """Newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        statement = select(PsaPostLog).where(*_chosen(session, query))
        each = _of_outcome(query.outcome, narrow=query.session_id is None and not query.ticket_id)
        found = await paging.fetch(session, statement, paging.newest_first(PsaPostLog.id), page, each=each)
    return found.holding([out_of(one) for one in found.items])


def _chosen(session: AsyncSession, query: PostQuery) -> list[sa.ColumnElement[bool]]:
    """A session has few posts, and so has a ticket: no other filter leads to an index then."""
    found: list[sa.ColumnElement[bool]] = []
    ticket, engineer = col(PsaPostLog.ticket_id), col(PsaPostLog.engineer_id)
    if query.session_id is not None:
        found.append(col(PsaPostLog.session_id) == query.session_id)
        ticket = bulk.unindexed(session, ticket)
    if query.ticket_id:
        found.append(ticket == query.ticket_id)
    if found:
        engineer = bulk.unindexed(session, engineer)
    if query.engineer_id is not None:
        found.append(engineer == query.engineer_id)
    return found


def _of_outcome(outcome: Outcome | None, *, narrow: bool) -> list[sa.ColumnElement[bool]] | None:
    """What has this outcome, in parts, each of which a partial index serves; `narrow` when it shall."""
    if outcome is None:
        return None
    status, is_unknown = col(PsaPostLog.status), col(PsaPostLog.is_unknown)
    open_ones = sa.and_(status == PENDING, is_unknown.is_(outcome == "unknown"))
    if outcome == "sending":
        return [open_ones]
    # In the words of the indexes of what has ended.
    ended = sa.and_(status == outcome, *([status != PENDING] if narrow else []))
    return [open_ones, ended] if outcome == "unknown" else [ended]


async def check_post(actor: Actor, post_id: UUID) -> PostOut:
    """Look now whether a note arrived of which nobody knows it. Conflict for one that has ended."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, PsaPostLog, post_id, lock=True)
        if row.status != "pending":
            raise Conflict("It is known what became of this note.")
        if row.lease is None:
            row.due_at = utcnow() - timedelta(seconds=1)
            row.is_unknown = False
            session.add(row)
        changed(session, row)
    return await wait_for(actor, post_id)


async def retry_post(actor: Actor, post_id: UUID) -> PostOut:
    """Try again what is missing of a post whose note is on the ticket: its status, its time. Conflict for any other."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, PsaPostLog, post_id, lock=True)
        if row.engineer_id is None or row.engineer_id != actor.user_id:
            raise Forbidden("This is somebody else's note. Only who posted it can try the rest again.")
        if row.status != "partial":
            raise Conflict(
                "Only a note that is on the ticket, without its status or its time, can be completed."
            )
        row.status_state, row.time_state = (
            "waiting" if state == "failed" else state for state in (row.status_state, row.time_state)
        )
        row.error, row.error_code = "", ""
        row.resume()
        session.add(row)
        try:
            await session.flush()
        except IntegrityError:
            raise Conflict(_BUSY) from None
        await audit.act(session, actor, "psa.post.retried", row, ticket_id=row.ticket_id)
        changed(session, row)
    return await wait_for(actor, post_id)


def failure_of(row: PsaPostLog) -> HubError:
    """The error of a post that failed, as it was when it happened."""
    kind = KINDS.get(row.error_code)
    if kind is None:
        return Conflict(row.error)
    if kind is PSARateLimitError:
        return PSARateLimitError(row.error, provider=row.provider)
    return kind(row.error, provider=row.provider)


def changed(session: AsyncSession, row: PsaPostLog) -> None:
    """Wake the workers, and tell open screens, once that has committed."""
    db.notify(session, TOPIC)
    db.notify(session, f"{TOPIC}:{row.tenant_id}")


def out_of(row: PsaPostLog) -> PostOut:
    known = row.model_dump(include=set(PostOut.model_fields))
    outcome = row.status
    if row.status == "pending":
        outcome = "unknown" if row.is_unknown else "sending"
    return PostOut.model_validate(
        {
            **known,
            "engineer": row.started_by,
            "outcome": outcome,
            "external_note_id": row.external_note_id or None,
            "external_time_id": row.external_time_id or None,
        }
    )
