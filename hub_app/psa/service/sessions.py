"""Work sessions: everybody reads them, each engineer writes their own."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import load_only
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, bulk, db, edits, paging, rows, threads, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, FieldError, Forbidden, Invalid
from hub_app.kernel.search import Found
from hub_app.psa import markdown
from hub_app.psa.plain import as_note
from hub_app.psa.schemas.sessions import (
    LinkedTicket,
    MarkdownIn,
    MarkdownOut,
    SessionIn,
    SessionOut,
    SessionPatch,
    SessionQuery,
    SessionRow,
)
from hub_app.psa.schemas.tickets import TicketOut
from hub_app.psa.service import READ, WRITE, calling, clock, tickets
from hub_app.psa.tables import PsaPostLog, SessionTemplate, WorkSession

NOT_YOURS = "This is somebody else's session. Only its engineer can change it."
_UNTITLED = "Untitled session"
# A list shows no texts, which may be long.
_SHOWN = tuple(getattr(WorkSession, name) for name in WorkSession.model_fields if name != "body")


async def list_sessions(
    actor: Actor, query: SessionQuery, page: paging.PageRequest
) -> paging.Slice[SessionRow]:
    """Newest first."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        statement = select(WorkSession).options(load_only(*_SHOWN)).where(*_chosen(session, query))
        found = await paging.fetch(session, statement, paging.newest_first(WorkSession.id), page)
        return found.holding([SessionRow.model_validate(_fields(one)) for one in found.items])


def _chosen(session: AsyncSession, query: SessionQuery) -> list[sa.ColumnElement[bool]]:
    """A text is looked for along the index that holds all which is compared, and a ticket has few sessions: no other filter
    leads to an index then.
    """
    found: list[sa.ColumnElement[bool]] = []
    engineer, status, ticket = (
        col(one) for one in (WorkSession.engineer_id, WorkSession.status, WorkSession.psa_ticket_id)
    )
    if query.text or query.ticket_id:
        engineer, status = bulk.unindexed(session, engineer), bulk.unindexed(session, status)
    if query.text:
        in_title = col(WorkSession.title).icontains(query.text, autoescape=True)
        found.append(or_(in_title, ticket == query.text.strip().removeprefix("#")))
    if query.engineer_id is not None:
        found.append(engineer == query.engineer_id)
    if query.status is not None:
        found.append(status == query.status)
    if query.ticket_id:
        found.append(ticket == query.ticket_id)
    return found


async def search(actor: Actor, text: str, limit: int) -> list[Found]:
    """For the palette: the newest sessions with the text in their titles, or of the ticket with this number."""
    if not actor.may(Role.CUSTOMER_VIEWER, READ):
        return []
    found = await list_sessions(actor, SessionQuery(text=text), paging.PageRequest(limit))
    return [Found(one.title, "Work session", f"/sessions/{one.id}") for one in found.items]


async def get_session(actor: Actor, session_id: UUID) -> SessionOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return out_of(await rows.get(session, WorkSession, session_id))


async def create_session(actor: Actor, given: SessionIn) -> SessionOut:
    """Begin a session of the actor's own, perhaps with a template, and with a ticket that the PSA has."""
    actor.require(Role.ENGINEER, WRITE)
    ticket = None
    if given.ticket_id is not None:
        ticket = await tickets.get_ticket(actor, given.ticket_id, refresh=True)
    async with db.begin(actor.tenant_id) as session:
        template = await _template(session, given.template_id)
        row = WorkSession(tenant_id=actor.tenant_id, engineer_id=actor.user_id, engineer=actor.name, title="")
        row.title = given.title or template.title or (ticket.summary if ticket else "") or _UNTITLED
        row.tags = given.tags if given.tags is not None else template.tags
        _write(row, given.body if given.body is not None else template.body)
        row.status = "paused"
        clock.turn(row, given.status)
        if ticket is not None:
            _link(row, (await calling.active(session)).id, ticket)
        session.add(row)
        await session.flush()
        await audit.act(session, actor, "psa.session.created", row)
        changed(session, row)
    return out_of(row)


async def _template(session: AsyncSession, template_id: UUID | None) -> SessionTemplate:
    if template_id is None:
        return SessionTemplate(name="", title="", body="", tags=[])
    found = (
        await session.exec(select(SessionTemplate).where(SessionTemplate.id == template_id))
    ).one_or_none()
    if found is None:
        raise Invalid.field("template_id", "is not a template of this tenant")
    return found


async def update_session(
    actor: Actor, session_id: UUID, given: SessionPatch, *, expected: edits.Expected | None = None
) -> SessionOut:
    """Change one's own session: its texts, its clock, its times."""
    actor.require(Role.ENGINEER, WRITE)
    changes = given.changes()
    async with db.begin(actor.tenant_id) as session:
        row = await own(session, actor, session_id)
        edits.check(expected, out_of(row).version, changes)
        before = _settings(row)
        _apply(row, given)
        session.add(row)
        await session.flush()
        # What is typed is saved every second: it is no act of its own, unlike the clock and the title.
        if set(changes) - {"body"}:
            await audit.change(session, actor, "psa.session.updated", row, before, _settings(row))
        changed(session, row)
    return out_of(row)


def _apply(row: WorkSession, given: SessionPatch) -> None:
    if given.title is not None:
        row.title = given.title
    if given.body is not None:
        _write(row, given.body)
    if given.tags is not None:
        row.tags = list(dict.fromkeys(given.tags))
    if given.status is not None:
        clock.turn(row, given.status)
    if given.minutes is not None:
        clock.correct(row, given.minutes)
    if given.started_at is not None:
        row.started_at = given.started_at
    if "ended_at" in given.model_fields_set:
        if row.status != "ended":
            raise Invalid.field("ended_at", "can be set once the session has ended")
        row.ended_at = given.ended_at
    if row.ended_at is not None and row.ended_at < row.started_at:
        raise Invalid([FieldError("ended_at", "must not be before the start")])


def _write(row: WorkSession, body: str) -> None:
    row.body = body.replace("\r\n", "\n")
    row.steps_done, row.steps_total = markdown.steps(row.body)


async def delete_session(actor: Actor, session_id: UUID) -> None:
    """Delete one's own session, or as an admin anybody's. What was posted of it stays on its ticket, and in the history."""
    actor.require(Role.ENGINEER, WRITE)
    async with db.begin(actor.tenant_id) as session:
        if actor.may(Role.CUSTOMER_ADMIN):
            row = await rows.get(session, WorkSession, session_id, lock=True)
        else:
            row = await own(session, actor, session_id)
        if await open_post(session, session_id) is not None:
            raise Conflict("A note of this session is being posted. Wait until that has ended.")
        await session.delete(row)
        await audit.act(session, actor, "psa.session.deleted", row)
        changed(session, row)


@underway.counted
async def link_ticket(actor: Actor, session_id: UUID, ticket_id: str | None) -> SessionOut:
    """Link one's session to a ticket that the PSA has, or unlink it. PSANotFoundError for a ticket that it does not have."""
    actor.require(Role.ENGINEER, WRITE)
    await read_own(actor, session_id)
    ticket = None if ticket_id is None else await tickets.get_ticket(actor, ticket_id, refresh=True)
    async with db.begin(actor.tenant_id) as session:
        row = await own(session, actor, session_id)
        if await open_post(session, session_id) is not None:
            raise Conflict("A note of this session is being posted. Wait until that has ended.")
        if ticket is None:
            row.psa_connection_id, row.psa_ticket_id, row.ticket, row.linked_at = None, None, {}, None
        else:
            _link(row, (await calling.active(session)).id, ticket)
        session.add(row)
        await session.flush()
        verb = "linked" if ticket else "unlinked"
        await audit.act(session, actor, f"psa.session.{verb}", row, ticket_id=row.psa_ticket_id or "")
        changed(session, row)
    return out_of(row)


def _link(row: WorkSession, connection_id: UUID, ticket: TicketOut) -> None:
    row.psa_connection_id, row.psa_ticket_id, row.linked_at = connection_id, ticket.id, utcnow()
    keep_ticket(row, ticket)


def keep_ticket(row: WorkSession, ticket: TicketOut) -> None:
    """Remember what is known of the linked ticket now."""
    known = ticket.model_dump(mode="json", include=set(LinkedTicket.model_fields))
    row.ticket = known


async def own(session: AsyncSession, actor: Actor, session_id: UUID) -> WorkSession:
    """The actor's own session, locked. Forbidden for somebody else's."""
    row = await rows.get(session, WorkSession, session_id, lock=True)
    _require_own(actor, row)
    return row


async def read_own(actor: Actor, session_id: UUID) -> WorkSession:
    """The actor's own session. Forbidden for somebody else's. No transaction may be open."""
    async with db.read(actor.tenant_id) as session:
        row = await rows.get(session, WorkSession, session_id)
    _require_own(actor, row)
    return row


def _require_own(actor: Actor, row: WorkSession) -> None:
    if actor.user_id is None or row.engineer_id != actor.user_id:
        raise Forbidden(NOT_YOURS)


async def open_post(session: AsyncSession, session_id: UUID) -> PsaPostLog | None:
    """The post of a session that has not ended; there is one at most."""
    chosen = select(PsaPostLog).where(PsaPostLog.status == "pending", PsaPostLog.session_id == session_id)
    return (await session.exec(chosen)).one_or_none()


async def look_at(actor: Actor, given: MarkdownIn) -> MarkdownOut:
    """Markdown as it will look."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    return await threads.run(_looked_at, given.text, partition=actor.tenant_id)


def _looked_at(text: str) -> MarkdownOut:
    done, total = markdown.steps(text)
    return MarkdownOut(html=markdown.rendered(text), note=as_note(text), steps_done=done, steps_total=total)


def changed(session: AsyncSession, row: WorkSession) -> None:
    """Tell open screens, once that has committed."""
    db.notify(session, f"work_sessions:{row.tenant_id}")


def out_of(row: WorkSession) -> SessionOut:
    found = {**_fields(row), "body": row.body, "linked_at": row.linked_at}
    return SessionOut.model_validate(found).of(lambda: edits.Version.of(_settings(row)))


def _fields(row: WorkSession) -> dict[str, object]:
    linked = {"id": row.psa_ticket_id, **row.ticket} if row.psa_ticket_id else None
    return {
        **row.model_dump(include=set(SessionRow.model_fields) - {"ticket", "minutes"}),
        "minutes": clock.minutes(row, utcnow()),
        "ticket": LinkedTicket.model_validate(linked) if linked else None,
    }


def _settings(row: WorkSession) -> Mapping[str, object]:
    """What its engineer writes, for telling versions apart."""
    return {"title": row.title, "body": row.body, "tags": row.tags}
