"""How the fields of a connected CRM become those of Hub: the draft, and what it makes of a record."""

import reflex as rx

from hub_app.crm.pages.mapping_line import field_form, line_form
from hub_app.crm.pages.mapping_lost import lost_card
from hub_app.crm.pages.mapping_result import result_card
from hub_app.crm.pages.mapping_tables import lines_card, unmapped_card
from hub_app.crm.state.mapping import FieldMappingState
from hub_app.ui import components as ui
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
        rx.cond(FieldMappingState.lost.length() > 0, lost_card()),
        rx.el.div(
            ui.stack(lines_card(), rx.cond(SessionState.is_engineer, unmapped_card())),
            result_card(),
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
