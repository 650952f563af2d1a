"""Templates of sessions and of notes: a viewer reads them, an admin changes them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import audit, db, edits, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, Invalid
from hub_app.psa import markdown, placeholders
from hub_app.psa.schemas.templates import (
    NoteTemplateIn,
    NoteTemplateOut,
    NoteTemplatePatch,
    PlaceholderOut,
    SessionTemplateIn,
    SessionTemplateOut,
    SessionTemplatePatch,
)
from hub_app.psa.service import READ, WRITE, calling, tickets
from hub_app.psa.tables import NoteTemplate, SessionTemplate

_MOST = 200


async def list_session_templates(actor: Actor, page: paging.PageRequest) -> paging.Slice[SessionTemplateOut]:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(
            session, select(SessionTemplate), paging.newest_first(SessionTemplate.id), page
        )
    return found.holding([_session_out(one) for one in found.items])


async def get_session_template(actor: Actor, template_id: UUID) -> SessionTemplateOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return _session_out(await rows.get(session, SessionTemplate, template_id))


async def create_session_template(actor: Actor, given: SessionTemplateIn) -> SessionTemplateOut:
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        row = SessionTemplate(
            tenant_id=actor.tenant_id,
            name=given.name,
            title=given.title or "",
            body=given.body,
            tags=given.tags,
        )
        session.add(row)
        await session.flush()
        await audit.act(session, actor, "psa.session_template.created", row)
        _told(session, actor)
    return _session_out(row)


async def update_session_template(
    actor: Actor, template_id: UUID, given: SessionTemplatePatch, *, expected: edits.Expected | None = None
) -> SessionTemplateOut:
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    changes = given.changes()
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, SessionTemplate, template_id, lock=True)
        before = _session_out(row)
        edits.check(expected, before.version, changes)
        for name, value in changes.items():
            setattr(row, name, "" if value is None else value)
        session.add(row)
        await session.flush()
        after = _session_out(row)
        await audit.change(
            session, actor, "psa.session_template.updated", row, before.version.fields, after.version.fields
        )
        _told(session, actor)
    return after


async def delete_session_template(actor: Actor, template_id: UUID) -> None:
    """Delete it. Sessions that began with it stay as they are."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, SessionTemplate, template_id, lock=True)
        await session.delete(row)
        await audit.act(session, actor, "psa.session_template.deleted", row)
        _told(session, actor)


async def list_note_templates(actor: Actor) -> list[NoteTemplateOut]:
    """One for each board that has its own, and that for all others."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        found: Sequence[NoteTemplate] = (await session.exec(select(NoteTemplate).limit(_MOST))).all()
    return [_note_out(one) for one in sorted(found, key=lambda one: (one.board_id != "", one.board_name))]


async def get_note_template(actor: Actor, template_id: UUID) -> NoteTemplateOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        return _note_out(await rows.get(session, NoteTemplate, template_id))


async def create_note_template(actor: Actor, given: NoteTemplateIn) -> NoteTemplateOut:
    """Make the template of a board, or of all that have none of their own. Conflict when there is one."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    _check(given.text)
    name = ""
    if given.board_id:
        boards = {one.id: one.name for one in (await tickets.list_boards(actor)).items}
        if given.board_id not in boards:
            raise Invalid.field("board_id", "is not a board of the PSA")
        name = boards[given.board_id]
    async with db.begin(actor.tenant_id) as session:
        connection = await calling.active(session)
        row = NoteTemplate(
            tenant_id=actor.tenant_id,
            connection_id=connection.id,
            board_id=given.board_id,
            board_name=name[:100],
            note_type=given.note_type,
            text=given.text,
        )
        session.add(row)
        try:
            await session.flush()
        except IntegrityError:
            raise Conflict(f"{name or 'All other boards'} already has a template. Change that one.") from None
        await audit.act(session, actor, "psa.note_template.created", row, board_id=given.board_id)
        _told(session, actor)
    return _note_out(row)


async def update_note_template(
    actor: Actor, template_id: UUID, given: NoteTemplatePatch, *, expected: edits.Expected | None = None
) -> NoteTemplateOut:
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    changes = given.changes()
    if given.text is not None:
        _check(given.text)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, NoteTemplate, template_id, lock=True)
        before = _note_out(row)
        edits.check(expected, before.version, changes)
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)
        await session.flush()
        after = _note_out(row)
        await audit.change(
            session, actor, "psa.note_template.updated", row, before.version.fields, after.version.fields
        )
        _told(session, actor)
    return after


async def delete_note_template(actor: Actor, template_id: UUID) -> None:
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.begin(actor.tenant_id) as session:
        row = await rows.get(session, NoteTemplate, template_id, lock=True)
        await session.delete(row)
        await audit.act(session, actor, "psa.note_template.deleted", row, board_id=row.board_id)
        _told(session, actor)


async def of_board(session: AsyncSession, board_id: str | None) -> NoteTemplate | None:
    """The template for notes on a board's tickets, in the open transaction; None for the usual one."""
    found = {one.board_id: one for one in (await session.exec(select(NoteTemplate).limit(_MOST))).all()}
    return found.get(board_id or "") or found.get("")


def list_placeholders(actor: Actor) -> list[PlaceholderOut]:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    return [PlaceholderOut(name=name, meaning=said) for name, said in placeholders.KNOWN.items()]


def _check(text: str) -> None:
    unknown = placeholders.unknown(text)
    if unknown:
        names = ", ".join(f"{{{{ {one} }}}}" for one in unknown[:5])
        raise Invalid.field("text", f"has placeholders that there are not: {names}")


def _told(session: AsyncSession, actor: Actor) -> None:
    db.notify(session, f"psa_templates:{actor.tenant_id}")


def _session_out(row: SessionTemplate) -> SessionTemplateOut:
    written: dict[str, object] = {"name": row.name, "title": row.title, "body": row.body, "tags": row.tags}
    return SessionTemplateOut(
        id=row.id,
        name=row.name,
        title=row.title or None,
        body=row.body,
        tags=row.tags,
        steps=markdown.steps(row.body)[1],
        created_at=row.created_at,
        updated_at=row.updated_at,
    ).of(lambda: edits.Version.of(written))


def _note_out(row: NoteTemplate) -> NoteTemplateOut:
    written: dict[str, object] = {"note_type": row.note_type, "text": row.text}
    known = row.model_dump(include=set(NoteTemplateOut.model_fields))
    return NoteTemplateOut.model_validate(known).of(lambda: edits.Version.of(written))
