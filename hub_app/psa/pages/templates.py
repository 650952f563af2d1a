"""The tab of templates."""

import reflex as rx

from hub_app.psa.state.addresses import PREVIEW
from hub_app.psa.state.templates import (
    EditorSettingsState,
    NoteTemplatesState,
    PlaceholderRow,
    SessionTemplatesState,
    SnippetSlot,
    TemplateRow,
)
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState

_WHO = "Customer admins can change templates."
_TOOLBARS = [("full", "All buttons"), ("basic", "The most used ones")]
_THEMES = [("auto", "As the rest of Hub"), ("light", "Light"), ("dark", "Dark")]


def templates_tab() -> rx.Component:
    return rx.fragment(_sessions(), _notes(), _editor())


def _sessions() -> rx.Component:
    state = SessionTemplatesState
    new = ui.button(
        "New session template",
        small=True,
        mark="plus",
        on_click=state.ask_new,
        attributes=ui.opener(state, "new"),
    )
    fields = (
        ui.text_field("name", "Name", of=state, placeholder="On-site visit"),
        ui.text_field("title", "Title of the session", of=state, optional=True),
        ui.markdown_field(
            "body",
            "What it begins with",
            of=state,
            preview=PREVIEW,
            text="Each line that begins with - [ ] is a step to tick.",
        ),
        ui.tags_field("tags", "Tags", of=state, optional=True),
    )
    return rx.fragment(
        ui.card(
            ui.table(
                "Templates of sessions",
                [
                    ui.Column(label="Name", cell=lambda row: row.name),
                    ui.Column(label="Begins with", cell=lambda row: row.about, phone=False),
                    ui.Column(label="Changed", cell=lambda row: ui.time(row.at), quiet=True, end=True),
                    ui.Column(
                        label="Actions",
                        cell=lambda row: _actions(row, state),
                        end=True,
                        tight=True,
                        hide_label=True,
                    ),
                ],
                state.rows,
                loaded=state.loaded,
                empty=ui.empty(
                    "list_checks",
                    "No template yet",
                    "A template gives a session its title, its text and its checklist.",
                ),
            ),
            title="Sessions",
            note="What a new session can begin with.",
            actions=(ui.only(SessionState.is_admin, new, _WHO),),
            flush=True,
        ),
        ui.form_dialog(
            state,
            "new",
            *fields,
            title="New session template",
            text="Engineers choose it when they begin a session.",
            on_submit=state.create,
            submit="Save",
            size="wide",
        ),
        ui.form_dialog(
            state,
            "edit",
            *fields,
            title=rx.Var.create(f"Edit {state.subject_name}"),
            text="Sessions that began with it stay as they are.",
            on_submit=state.save,
            submit="Save",
            size="wide",
        ),
        _confirm(state, "Sessions that began with it stay as they are."),
    )


def _notes() -> rx.Component:
    state = NoteTemplatesState
    new = ui.button(
        "New note template",
        small=True,
        mark="plus",
        on_click=state.ask_new,
        attributes=ui.opener(state, "new"),
    )
    fields = (
        ui.select_field("note_type", "Kind of note", state.kinds, of=state),
        ui.textarea_field(
            "text", "Text", of=state, rows=8, mono=True, text="Markdown, with the placeholders below."
        ),
        ui.disclosure(
            "Placeholders", rx.el.dl(rx.foreach(state.placeholders, _placeholder), class_name="hub-facts")
        ),
    )
    return rx.fragment(
        ui.card(
            ui.table(
                "Templates of notes",
                [
                    ui.Column(label="Board", cell=lambda row: row.name),
                    ui.Column(label="Kind of note", cell=lambda row: row.about, phone=False),
                    ui.Column(label="Changed", cell=lambda row: ui.time(row.at), quiet=True, end=True),
                    ui.Column(
                        label="Actions",
                        cell=lambda row: _actions(row, state),
                        end=True,
                        tight=True,
                        hide_label=True,
                    ),
                ],
                state.rows,
                loaded=state.loaded,
                empty=ui.empty(
                    "file_text",
                    "No template yet",
                    "Without one, a note is all that the session says. A template can add a heading, the time or the engineer.",
                ),
            ),
            title="Notes",
            note="How a session becomes a note, for each board.",
            actions=(
                ui.only(
                    SessionState.is_admin,
                    rx.cond(state.connected, new, ui.only_line("Connect a PSA first.")),
                    _WHO,
                ),
            ),
            flush=True,
        ),
        ui.form_dialog(
            state,
            "new",
            rx.cond(
                state.problem != "", ui.callout(state.problem, "danger", title="The boards cannot be read")
            ),
            ui.select_field("board_id", "Board", state.boards, of=state),
            *fields,
            title="New note template",
            text="It is what an engineer starts from when a ticket of this board is updated.",
            on_submit=state.create,
            submit="Save",
            size="wide",
        ),
        ui.form_dialog(
            state,
            "edit",
            *fields,
            title=rx.Var.create(f"Edit the template of {state.subject_name}"),
            text="It holds for the next notes. What was posted stays as it is.",
            on_submit=state.save,
            submit="Save",
            size="wide",
        ),
        _confirm(state, "Notes on its tickets are then made without a template of their own."),
    )


def _actions(
    row: rx.vars.ObjectVar[TemplateRow], state: type[SessionTemplatesState] | type[NoteTemplatesState]
) -> rx.Component:
    return rx.cond(
        SessionState.is_admin,
        rx.el.span(
            ui.icon_button(
                "pencil",
                f"Edit {row.name}",
                small=True,
                on_click=state.ask_edit(row.id),
                attributes=ui.opener(state, "edit", row.id),
            ),
            ui.icon_button(
                "trash_2",
                f"Delete {row.name}",
                small=True,
                on_click=state.ask_about("delete", row.id),
                attributes=ui.opener(state, "delete", row.id),
            ),
            class_name="hub-row hub-row-end hub-above",
        ),
    )


def _confirm(state: type[SessionTemplatesState] | type[NoteTemplatesState], text: str) -> rx.Component:
    return ui.confirm(
        state,
        "delete",
        rx.Var.create(f"Delete {state.subject_name}"),
        text=text,
        action="Delete template",
        on_confirm=state.delete,
    )


def _placeholder(row: rx.vars.ObjectVar[PlaceholderRow]) -> rx.Component:
    return rx.el.div(rx.el.dt(rx.el.code(row.name, class_name="hub-mono")), rx.el.dd(row.meaning))


def _editor() -> rx.Component:
    state = EditorSettingsState
    form = ui.form(
        ui.columns(
            ui.select_field("toolbar", "Toolbar", _TOOLBARS, of=state),
            ui.select_field("theme", "Look", _THEMES, of=state),
        ),
        ui.group(
            "snippets",
            "Snippets",
            rx.el.div(rx.foreach(state.slots, _slot), class_name="hub-stack"),
            of=state,
            text="Texts that engineers insert by their name. Empty both fields to remove one.",
        ),
        ui.row(ui.submit_button("Save", busy=state.busy)),
        on_submit=state.save,
        guard_changes=True,
        key=state.version,
    )
    return ui.card(
        rx.cond(
            state.loaded,
            rx.cond(SessionState.is_admin, form, ui.only_line("Customer admins can change the editor.")),
            ui.skeleton(3),
        ),
        title="Editor",
        note="How everybody here writes.",
    )


def _slot(row: rx.vars.ObjectVar[SnippetSlot]) -> rx.Component:
    state = EditorSettingsState
    return rx.el.fieldset(
        rx.el.legend(row.label, class_name="hub-strong"),
        ui.columns(
            ui.text_field(row.name, "Name", of=state),
            ui.textarea_field(row.text, "Text", of=state, rows=3, mono=True),
        ),
        class_name="hub-field hub-field-group",
        key=row.name,
    )
