"""Templates of sessions and of notes."""

from uuid import UUID

from fastapi import Response

from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.psa.schemas.templates import (
    NoteTemplateIn,
    NoteTemplateOut,
    NoteTemplatePatch,
    PlaceholderOut,
    SessionTemplateIn,
    SessionTemplateOut,
    SessionTemplatePatch,
)
from hub_app.psa.service import templates

sessions = router_of("/api/v1/sessions/templates", "Work sessions")
notes = router_of("/api/v1/integrations/psa/note-templates", "PSA")


@sessions.get("", summary="List templates of sessions")
async def list_session_templates(actor: CurrentActor, page: Paging) -> Page[SessionTemplateOut]:
    return Page.of(await templates.list_session_templates(actor, page))


@sessions.post("", summary="Make a template of sessions", status_code=201, responses=tagged(201))
async def create_session_template(
    actor: CurrentActor, given: SessionTemplateIn, answer: Response
) -> SessionTemplateOut:
    return tag(answer, await templates.create_session_template(actor, given))


@sessions.get("/{template_id}", summary="Read a template of sessions", responses=tagged())
async def get_session_template(
    actor: CurrentActor, template_id: UUID, answer: Response
) -> SessionTemplateOut:
    return tag(answer, await templates.get_session_template(actor, template_id))


@sessions.patch("/{template_id}", summary="Change a template of sessions", responses=tagged() | CHECKED)
async def update_session_template(
    actor: CurrentActor,
    template_id: UUID,
    given: SessionTemplatePatch,
    expected: IfMatch,
    answer: Response,
) -> SessionTemplateOut:
    changed = await templates.update_session_template(actor, template_id, given, expected=expected)
    return tag(answer, changed)


@sessions.delete("/{template_id}", summary="Delete a template of sessions", status_code=204)
async def delete_session_template(actor: CurrentActor, template_id: UUID) -> None:
    await templates.delete_session_template(actor, template_id)


@notes.get("", summary="List templates of notes, one per board")
async def list_note_templates(actor: CurrentActor) -> Page[NoteTemplateOut]:
    return Page(items=await templates.list_note_templates(actor), next_cursor=None)


@notes.post("", summary="Make a template of notes", status_code=201, responses=tagged(201))
async def create_note_template(
    actor: CurrentActor, given: NoteTemplateIn, answer: Response
) -> NoteTemplateOut:
    return tag(answer, await templates.create_note_template(actor, given))


@notes.get("/placeholders", summary="List the placeholders of note templates")
async def list_note_placeholders(actor: CurrentActor) -> list[PlaceholderOut]:
    return templates.list_placeholders(actor)


@notes.get("/{template_id}", summary="Read a template of notes", responses=tagged())
async def get_note_template(actor: CurrentActor, template_id: UUID, answer: Response) -> NoteTemplateOut:
    return tag(answer, await templates.get_note_template(actor, template_id))


@notes.patch("/{template_id}", summary="Change a template of notes", responses=tagged() | CHECKED)
async def update_note_template(
    actor: CurrentActor, template_id: UUID, given: NoteTemplatePatch, expected: IfMatch, answer: Response
) -> NoteTemplateOut:
    return tag(answer, await templates.update_note_template(actor, template_id, given, expected=expected))


@notes.delete("/{template_id}", summary="Delete a template of notes", status_code=204)
async def delete_note_template(actor: CurrentActor, template_id: UUID) -> None:
    await templates.delete_note_template(actor, template_id)
