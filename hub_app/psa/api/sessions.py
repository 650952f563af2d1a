"""Work sessions, their tickets, and posting to these."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from hub_app.kernel.access import CurrentActor
from hub_app.kernel.etags import CHECKED, IfMatch, tag, tagged
from hub_app.kernel.paging import Page, Paging
from hub_app.kernel.routes import router_of
from hub_app.psa.schemas.posts import TicketUpdated, TicketUpdateIn, TicketUpdatePreview
from hub_app.psa.schemas.sessions import (
    MarkdownIn,
    MarkdownOut,
    SessionIn,
    SessionOut,
    SessionPatch,
    SessionQuery,
    SessionRow,
    TicketLinkIn,
)
from hub_app.psa.schemas.templates import EditorSettingsIn, EditorSettingsOut
from hub_app.psa.service import editor, posts, sessions

router = router_of("/api/v1/sessions", "Work sessions")


@router.get("", summary="List work sessions, newest first")
async def list_work_sessions(
    actor: CurrentActor, query: Annotated[SessionQuery, Query()], page: Paging
) -> Page[SessionRow]:
    return Page.of(await sessions.list_sessions(actor, query, page))


@router.post("", summary="Begin a work session", status_code=201, responses=tagged(201))
async def create_work_session(actor: CurrentActor, given: SessionIn, answer: Response) -> SessionOut:
    return tag(answer, await sessions.create_session(actor, given))


@router.post("/markdown", summary="Look at Markdown as Hub shows it, and as a ticket gets it")
async def look_at_markdown(actor: CurrentActor, given: MarkdownIn) -> MarkdownOut:
    return await sessions.look_at(actor, given)


@router.get("/editor", summary="Read how sessions are written", responses=tagged())
async def get_editor_settings(actor: CurrentActor, answer: Response) -> EditorSettingsOut:
    return tag(answer, await editor.get_settings(actor))


@router.put("/editor", summary="Say how sessions are written", responses=tagged() | CHECKED)
async def replace_editor_settings(
    actor: CurrentActor, given: EditorSettingsIn, expected: IfMatch, answer: Response
) -> EditorSettingsOut:
    return tag(answer, await editor.replace_settings(actor, given, expected=expected))


@router.get("/{session_id}", summary="Read a work session", responses=tagged())
async def get_work_session(actor: CurrentActor, session_id: UUID, answer: Response) -> SessionOut:
    return tag(answer, await sessions.get_session(actor, session_id))


@router.patch(
    "/{session_id}",
    summary="Change a work session",
    description="One's own. `status` starts, pauses and ends its clock; `minutes` corrects what it counted.",
    responses=tagged() | CHECKED,
)
async def update_work_session(
    actor: CurrentActor, session_id: UUID, given: SessionPatch, expected: IfMatch, answer: Response
) -> SessionOut:
    return tag(answer, await sessions.update_session(actor, session_id, given, expected=expected))


@router.delete("/{session_id}", summary="Delete a work session", status_code=204)
async def delete_work_session(actor: CurrentActor, session_id: UUID) -> None:
    await sessions.delete_session(actor, session_id)


@router.patch(
    "/{session_id}/ticket-link", summary="Link a work session to a ticket, or unlink it", responses=tagged()
)
async def link_work_session(
    actor: CurrentActor, session_id: UUID, given: TicketLinkIn, answer: Response
) -> SessionOut:
    return tag(answer, await sessions.link_ticket(actor, session_id, given.ticket_id))


@router.post(
    "/{session_id}/ticket-update/preview",
    summary="Look at what a ticket's update would be",
    description="Nothing is sent.",
)
async def preview_ticket_update(
    actor: CurrentActor, session_id: UUID, given: TicketUpdateIn
) -> TicketUpdatePreview:
    return await posts.preview_update(actor, session_id, given)


@router.post(
    "/{session_id}/ticket-update",
    summary="Post a note to the session's ticket, with a status and a time entry",
    description="It is posted once, whatever happens in between. While the outcome is `sending` or `unknown`, read the post again"
    " later: Hub looks for the note by its reference, and never sends it a second time by itself.",
)
async def update_ticket(actor: CurrentActor, session_id: UUID, given: TicketUpdateIn) -> TicketUpdated:
    return await posts.update_ticket(actor, session_id, given)
