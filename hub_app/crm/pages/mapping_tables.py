"""The lines of a mapping, and the fields of the CRM that have none."""

import reflex as rx

from hub_app.crm.state.mapping import FieldMappingState
from hub_app.crm.state.mapping_line import MappingLineState, NewFieldState
from hub_app.crm.state.mapping_words import LineRow, SourceRow
from hub_app.ui import components as ui
from hub_app.ui.elements import Text
from hub_app.ui.session import SessionState


def lines_card() -> rx.Component:
    of = FieldMappingState
    tools = rx.el.span(
        rx.cond(
            of.sure > 0,
            ui.button(f"Match {of.sure} more", mark="wand_sparkles", small=True, on_click=of.match_rest),
        ),
        ui.button(
            "Custom field",
            mark="plus",
            small=True,
            on_click=NewFieldState.ask_new,
            attributes=ui.opener(NewFieldState, "field"),
        ),
        ui.button(
            "Add line",
            mark="plus",
            small=True,
            on_click=MappingLineState.ask_add,
            attributes=ui.opener(MappingLineState, "line"),
        ),
        class_name="hub-row",
    )
    return ui.card(
        ui.table(
            "Mapping",
            [
                ui.Column(label="In the CRM", cell=_source),
                ui.Column(label="Sample", cell=_sample, quiet=True, phone=False),
                ui.Column(label="In Hub", cell=_target),
                ui.Column(
                    label="Change on the way",
                    cell=lambda row: ui.badge(row.chain, dot=False),
                    phone=False,
                ),
                ui.Column(label="Actions", cell=_controls, end=True, tight=True, hide_label=True),
            ],
            of.rows,
            empty=ui.empty(
                "arrow_left_right",
                "Nothing is mapped yet",
                "Choose a field of Hub for each field of the CRM that you need.",
            ),
        ),
        title="Mapping",
        note=of.mapped,
        actions=(rx.cond(SessionState.is_admin, tools),),
        flush=True,
    )


def _source(row: rx.vars.ObjectVar[LineRow]) -> rx.Component:
    return _called(row.label, row.source)


def _called(label: Text, path: Text) -> rx.Component:
    """A field of the CRM: by its name where it has one, and its path."""
    both = rx.fragment(label, rx.el.span(path, class_name="hub-sub hub-mono hub-break"))
    return rx.fragment(rx.cond(label != "", both, rx.el.span(path, class_name="hub-mono hub-break")))


def _sample(row: rx.vars.ObjectVar[LineRow]) -> rx.Component:
    return rx.cond(SessionState.is_engineer, rx.el.span(row.sample, class_name="hub-break"), "—")


def _target(row: rx.vars.ObjectVar[LineRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.target, class_name="hub-strong"),
        rx.cond(row.terms != "", rx.el.span(row.terms, class_name="hub-sub")),
        rx.cond(row.problem != "", rx.el.p(row.problem, class_name="hub-error", role="alert")),
        rx.cond(row.warning != "", rx.el.p(row.warning, class_name="hub-small hub-text-warning")),
    )


def _controls(row: rx.vars.ObjectVar[LineRow]) -> rx.Component:
    edit = ui.icon_button(
        "pencil",
        f"Edit {row.target}",
        small=True,
        on_click=MappingLineState.ask_edit(row.id),
        attributes=ui.opener(MappingLineState, "line", row.id),
    )
    remove = ui.icon_button(
        "trash_2", f"Remove {row.target}", small=True, on_click=FieldMappingState.remove(row.id)
    )
    return rx.cond(SessionState.is_admin, rx.el.span(edit, remove, class_name="hub-row hub-row-end"))


def unmapped_card() -> rx.Component:
    of = FieldMappingState
    listed = ui.table(
        "Fields that are not mapped",
        [
            ui.Column(label="In the CRM", cell=_unmapped_source),
            ui.Column(
                label="Sample", cell=lambda row: rx.el.span(row.sample, class_name="hub-break"), quiet=True
            ),
            ui.Column(label="Filled", cell=lambda row: row.filled, end=True, quiet=True, phone=False),
            ui.Column(label="In Hub", cell=_chooser),
        ],
        of.unmapped,
        loaded=rx.Var.create(of.sampled) & ~rx.Var.create(of.reading),
        error=of.trouble,
        on_retry=of.read_again,
        empty=_none_left(),
    )
    search = rx.el.div(
        ui.filter_bar(ui.filter_search("Name, path or sample", of.sought, on_change=of.seek)),
        class_name="hub-sides-foot",
    )
    return ui.card(
        rx.cond(of.is_long, search),
        listed,
        title="Not mapped",
        note="fields of the CRM that are left out",
        actions=(
            ui.button("Read again", mark="refresh_cw", small=True, busy=of.reading, on_click=of.read_again),
        ),
        flush=True,
    )


def _none_left() -> rx.Component:
    of = FieldMappingState
    return rx.cond(
        of.sought != "",
        ui.empty("search_x", "No such field", "No field that is left out has these words."),
        rx.cond(
            of.none_seen,
            ui.empty(
                "circle_help",
                "No fields seen yet",
                "The CRM gave no record of this kind, so its fields are not known. Read again once it has one.",
            ),
            ui.empty(
                "circle_check",
                "Every field is mapped",
                "All fields that were seen in the CRM's records fill a field of Hub.",
            ),
        ),
    )


def _unmapped_source(row: rx.vars.ObjectVar[SourceRow]) -> rx.Component:
    return rx.fragment(
        _called(row.label, row.path),
        rx.cond(row.hint != "", rx.el.span(row.hint, class_name="hub-sub")),
    )


def _chooser(row: rx.vars.ObjectVar[SourceRow]) -> rx.Component:
    """What the field is to fill, for those who may choose."""
    select = rx.el.select(
        rx.el.option("Choose…", value=""),
        rx.foreach(FieldMappingState.targets, lambda one: rx.el.option(one[1], value=one[0])),
        value="",
        on_change=lambda value: FieldMappingState.map_to(row.path, value),
        class_name="hub-select",
        custom_attrs={"aria-label": f"What {row.path} fills"},
    )
    new = ui.icon_button(
        "plus",
        f"New custom field for {row.path}",
        small=True,
        on_click=NewFieldState.ask_for(row.path),
        attributes=ui.opener(NewFieldState, "field", row.path),
    )
    return rx.cond(SessionState.is_admin, rx.el.span(select, new, class_name="hub-row hub-row-firm"), "—")
