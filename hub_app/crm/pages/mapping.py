"""How the fields of a connected CRM become those of Hub: the draft, and what it makes of a record."""

import reflex as rx

from hub_app.crm.pages.mapping_line import field_form, line_form
from hub_app.crm.state.mapping import FieldMappingState
from hub_app.crm.state.mapping_line import MappingLineState, NewFieldState
from hub_app.crm.state.mapping_words import LineRow, ResultRow, SourceRow
from hub_app.ui import components as ui
from hub_app.ui.elements import Text
from hub_app.ui.session import SessionState


def mapping_tab() -> rx.Component:
    return rx.fragment(rx.cond(FieldMappingState.loaded, _mapping(), ui.skeleton(6)))


def _mapping() -> rx.Component:
    of = FieldMappingState
    return rx.fragment(
        ui.row(
            ui.filter_bar(
                ui.filter_select(
                    "Kind of record",
                    of.resource,
                    of.resources,
                    on_change=lambda value: of.filter("resource", value),
                )
            ),
            ui.only(SessionState.is_admin, "", "Customer admins can change the mapping."),
            apart=True,
        ),
        _notices(),
        rx.el.div(
            ui.stack(_lines(), rx.cond(SessionState.is_engineer, _unmapped())),
            _result(),
            class_name="hub-grid-live",
        ),
        line_form(),
        field_form(),
    )


def _notices() -> rx.Component:
    of = FieldMappingState
    return rx.fragment(
        rx.cond(SessionState.is_admin & of.changed, rx.fragment(_unsaved(), ui.draft())),
        rx.cond(of.meanwhile != "", _meanwhile()),
        rx.cond(of.failure != "", ui.callout(of.failure, "danger", title="Not saved", alert=True)),
        rx.cond(~of.changed & of.reads & (of.outdated > 0), _outdated()),
    )


def _unsaved() -> rx.Component:
    of = FieldMappingState
    new = rx.cond(of.added.length() > 0, rx.fragment(" New custom fields: ", of.added.join(", "), "."))
    return ui.callout(
        rx.fragment("Until you save it, syncs use the mapping as it was last saved.", new),
        "warning",
        title="Your changes are not saved yet",
        action=rx.el.span(
            ui.button("Discard", small=True, on_click=of.discard),
            ui.button("Save mapping", "primary", small=True, busy=of.busy, on_click=of.save),
            class_name="hub-row",
        ),
    )


def _meanwhile() -> rx.Component:
    of = FieldMappingState
    return ui.callout(
        rx.fragment(of.meanwhile, " The mapping below is yours. Nothing was saved."),
        "warning",
        title="Someone else has changed the mapping",
        action=rx.el.span(
            ui.button("Keep mine", small=True, on_click=of.keep_mine),
            ui.button("Use theirs", small=True, on_click=of.discard),
            class_name="hub-row hub-theirs-choice",
        ),
        alert=True,
    )


def _outdated() -> rx.Component:
    """What happens next, once a mapping has been saved."""
    of = FieldMappingState
    count = rx.cond(of.outdated == 1, "1 record was", f"{of.outdated} records were")
    return ui.callout(
        rx.fragment(
            count,
            " last read with an earlier mapping. Each is looked at again by the next full import, or now. A preview changes"
            " nothing, and the job can be undone.",
        ),
        "info",
        title="The saved mapping has not reached every record",
        action=ui.only(
            SessionState.is_engineer,
            rx.el.span(
                ui.button("Preview", small=True, mark="eye", on_click=of.apply(True)),
                ui.button("Apply now", "primary", small=True, on_click=of.apply(False)),
                class_name="hub-row",
            ),
            "Engineers can apply it.",
        ),
    )


def _lines() -> rx.Component:
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
    return rx.el.span(row.sample, class_name="hub-break")


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


def _unmapped() -> rx.Component:
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


def _result() -> rx.Component:
    of = FieldMappingState
    choose = ui.filter_select(
        "Record", of.record, of.records, on_change=lambda value: of.filter("record", value)
    )

    def line(row: rx.vars.ObjectVar[ResultRow]) -> rx.Component:
        return rx.el.div(
            rx.el.dt(row.label),
            rx.el.dd(
                rx.el.span(row.value, class_name="hub-break"),
                rx.cond(row.warning != "", rx.el.p(row.warning, class_name="hub-small hub-text-warning")),
            ),
        )

    shown = ui.stack(
        choose,
        rx.cond(
            of.refused != "",
            ui.callout(of.refused, "danger", title="This record would be set aside"),
        ),
        rx.el.dl(rx.foreach(of.results, line), class_name="hub-facts"),
        rx.cond(of.slow != "", ui.callout(of.slow, "warning")),
        rx.cond(of.impact != "", rx.el.p(of.impact, class_name="hub-small hub-text-2", role="status")),
    )
    waiting = rx.cond(
        of.trouble != "",
        rx.el.p("No record could be read from the CRM, so nothing can be tried.", class_name="hub-text-2"),
        rx.cond(
            of.impact != "",
            rx.el.p(of.impact, class_name="hub-text-2"),
            ui.stack(
                rx.el.p("Reading records from the CRM …", class_name="hub-small hub-text-2", role="status"),
                ui.skeleton(4),
            ),
        ),
    )
    engineers = rx.cond(of.results.length() > 0, shown, waiting)
    return rx.el.aside(
        ui.card(
            rx.cond(
                SessionState.is_engineer,
                engineers,
                ui.only_line("Engineers can try the mapping on records of the CRM."),
            ),
            title="Result for one record",
        ),
        class_name="hub-sticky",
        custom_attrs={"aria-label": "Result for one record"},
    )
