"""The tab of templates: what sessions begin with, how they become notes, and how people write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.kernel.paging import PageRequest
from hub_app.psa.schemas.templates import (
    EditorSettingsIn,
    NoteTemplateIn,
    NoteTemplatePatch,
    SessionTemplateIn,
    SessionTemplatePatch,
    Snippet,
)
from hub_app.psa.service import connections, editor, gallery, templates, tickets
from hub_app.psa.state.addresses import SessionsAddress
from hub_app.psa.state.asking import asked
from hub_app.psa.state.posts import KINDS
from hub_app.ui import words
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import Next, RowDialogState, confirmed, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import form_of, read, read_id, read_words

_ALL = PageRequest(limit=200)
_SNIPPETS = 10
EVERYWHERE = "All other boards"


@dataclass(frozen=True)
class TemplateRow:
    id: str
    name: str
    about: str
    at: str


@dataclass(frozen=True)
class PlaceholderRow:
    name: str
    meaning: str


class SessionTemplatesState(EditState, RowDialogState, rx.State):
    """Templates of sessions, and the dialog for one of them."""

    rows: rx.Field[list[TemplateRow]] = rx.field(default_factory=list)
    loaded: bool = False

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        if SessionsAddress.at(self).tab == "templates":
            await self._look()

    async def _look(self) -> None:
        found = await templates.list_session_templates(await current_actor(self), _ALL)
        self.rows = [
            TemplateRow(
                id=str(one.id),
                name=one.name,
                about=", ".join(filter(None, [one.title, f"{one.steps} steps" if one.steps else ""])),
                at=words.iso(one.updated_at),
            )
            for one in found.items
        ]
        self.loaded = True

    def _forget(self) -> None:
        self._forget_form()

    async def _now(self) -> Form:
        one = await templates.get_session_template(await current_actor(self), read_id(self.subject_id))
        texts = {"name": one.name, "title": one.title or "", "body": one.body, "tags": ",".join(one.tags)}
        return Form(one.version, texts)

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        given = _session_template(data)
        return {"name": given.name, "title": given.title or "", "body": given.body, "tags": given.tags}

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def ask_new(self) -> None:
        self._open("new")
        self.values = {}

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self, template_id: str) -> None:
        self._about("edit", template_id)
        self.values = dict(self._begin(await self._now()))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def create(self, data: Mapping[str, Any]) -> str:
        made = await templates.create_session_template(await current_actor(self), _session_template(data))
        await self._look()
        return f"{made.name} is saved."

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if changes:
            given = SessionTemplatePatch.model_validate({**changes, **_cleared(changes)})
            actor, one = await current_actor(self), read_id(self.subject_id)
            await templates.update_session_template(actor, one, given, expected=self._as_opened())
            await self._look()
        return [saved(changes, "The template")]

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> str:
        await templates.delete_session_template(await current_actor(self), read_id(self.subject_id))
        await self._look()
        return f"{self.subject_name} is deleted."


def _cleared(changes: Mapping[str, object]) -> dict[str, None]:
    return {"title": None} if changes.get("title") == "" else {}


def _session_template(data: Mapping[str, object]) -> SessionTemplateIn:
    form = form_of(data)
    title = str(form.get("title", "")).strip() or None
    body = str(form.get("body", "")).replace("\r\n", "\n")
    return read(
        SessionTemplateIn,
        {"name": form.get("name", "")},
        title=title,
        body=body,
        tags=read_words(form.get("tags")),
    )


class NoteTemplatesState(EditState, RowDialogState, rx.State):
    """Templates of notes, one per board, and the dialog for one of them."""

    rows: rx.Field[list[TemplateRow]] = rx.field(default_factory=list)
    loaded: bool = False
    connected: bool = False
    boards: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    kinds: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    placeholders: rx.Field[list[PlaceholderRow]] = rx.field(default_factory=list)
    problem: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        if SessionsAddress.at(self).tab == "templates":
            await self._look()

    async def _look(self) -> None:
        actor = await current_actor(self)
        connection = await connections.get_connection(actor)
        self.connected = connection is not None
        provider = gallery.get_provider(connection.provider) if connection else None
        self.kinds = [(one.type, one.label) for one in provider.note_kinds] if provider else []
        self.placeholders = [
            PlaceholderRow(f"{{{{ {one.name} }}}}", one.meaning) for one in templates.list_placeholders(actor)
        ]
        self.rows = [
            TemplateRow(
                id=str(one.id),
                name=one.board_name or EVERYWHERE,
                about=KINDS.get(one.note_type, one.note_type),
                at=words.iso(one.updated_at),
            )
            for one in await templates.list_note_templates(actor)
        ]
        self.loaded = True

    def _forget(self) -> None:
        self._forget_form()

    async def _now(self) -> Form:
        one = await templates.get_note_template(await current_actor(self), read_id(self.subject_id))
        return Form(one.version, {"note_type": one.note_type, "text": one.text})

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        given = read(NoteTemplatePatch, data)
        return given.model_dump(exclude_unset=True)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_new(self) -> None:
        found, problem = await asked(tickets.list_boards(await current_actor(self)))
        async with self:
            self._open("new")
            self.problem, self.values = problem, {"text": "{{ session.body }}"}
            taken = {row.name for row in self.rows}
            every = [("", EVERYWHERE), *((one.id, one.name) for one in (found.items if found else ()))]
            self.boards = [one for one in every if one[1] not in taken]

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self, template_id: str) -> None:
        self._about("edit", template_id)
        self.values = dict(self._begin(await self._now()))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def create(self, data: Mapping[str, Any]) -> str:
        made = await templates.create_note_template(await current_actor(self), read(NoteTemplateIn, data))
        await self._look()
        return f"The template of {made.board_name or EVERYWHERE.lower()} is saved."

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if changes:
            given = NoteTemplatePatch.model_validate(changes)
            actor, one = await current_actor(self), read_id(self.subject_id)
            await templates.update_note_template(actor, one, given, expected=self._as_opened())
            await self._look()
        return [saved(changes, "The template")]

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> str:
        await templates.delete_note_template(await current_actor(self), read_id(self.subject_id))
        await self._look()
        return f"The template of {self.subject_name} is deleted."


@dataclass(frozen=True)
class SnippetSlot:
    """The fields of one snippet, by their names in the form."""

    label: str
    name: str
    text: str


class EditorSettingsState(EditState, rx.State):
    """How the tenant's engineers write."""

    loaded: bool = False
    slots: rx.Field[list[SnippetSlot]] = rx.field(default_factory=list)
    version: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.errors, self.busy = {}, False
        self._forget_form()
        if SessionsAddress.at(self).tab == "templates":
            await self._look()

    async def _look(self) -> None:
        form = await self._now()
        self.values = dict(self._begin(form))
        self.version, self.loaded = form.version.etag, True

    async def _now(self) -> Form:
        found = await editor.get_settings(await current_actor(self))
        count = min(50, max(len(self.slots), len(found.snippets) + 1, 2))
        self.slots = [
            SnippetSlot(f"Snippet {n + 1}", f"snippet-{n}-name", f"snippet-{n}-text") for n in range(count)
        ]
        texts = {"toolbar": found.toolbar, "theme": found.theme}
        for slot, one in zip(self.slots, found.snippets, strict=False):
            texts |= {slot.name: one.name, slot.text: one.text}
        return Form(found.version, texts)

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        return _editor_settings(data, self.slots).model_dump()

    def _fields_of(self, setting: str) -> tuple[str, ...]:
        if setting != "snippets":
            return (setting,)
        return tuple(name for slot in self.slots for name in (slot.name, slot.text))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if changes:
            given = _editor_settings(data, self.slots)
            await editor.replace_settings(await current_actor(self), given, expected=self._as_opened())
            await self._look()
        return [saved(changes, "The editor")]


def _editor_settings(data: Mapping[str, object], slots: list[SnippetSlot]) -> EditorSettingsIn:
    form = form_of(data)
    filled = [
        (str(form.get(slot.name, "")).strip(), str(form.get(slot.text, "")).replace("\r\n", "\n").strip("\n"))
        for slot in slots
    ]
    snippets = [Snippet(name=name, text=text) for name, text in filled if name and text]
    return read(
        EditorSettingsIn,
        {"toolbar": form.get("toolbar", "full"), "theme": form.get("theme", "auto")},
        snippets=snippets,
    )
