"""The fields that a CRM no longer tells of, and what may be taken in their place."""

import reflex as rx

from hub_app.crm.state.mapping import FieldMappingState
from hub_app.crm.state.mapping_lost import LostRow
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def lost_card() -> rx.Component:
    of = FieldMappingState
    return ui.card(
        ui.table(
            "Fields that the CRM no longer has",
            [
                ui.Column(label="In Hub", cell=_field),
                ui.Column(label="Was read from", cell=_source, quiet=True),
                ui.Column(label="May be this one now", cell=_offer),
                ui.Column(label="Actions", cell=_take, end=True, tight=True, hide_label=True),
            ],
            of.lost,
            empty=rx.fragment(),
        ),
        title="No longer found at the CRM",
        note="Hub keeps the values that it has. Each can be read from another field, or its line removed.",
        flush=True,
    )


def _field(row: rx.vars.ObjectVar[LostRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.label, class_name="hub-strong"),
        rx.el.span(row.kept, class_name="hub-sub"),
    )


def _source(row: rx.vars.ObjectVar[LostRow]) -> rx.Component:
    return rx.fragment(
        rx.el.span(row.source, class_name="hub-mono hub-break"),
        rx.el.span(row.why, " since ", ui.time(row.since, show="date"), class_name="hub-sub"),
    )


def _offer(row: rx.vars.ObjectVar[LostRow]) -> rx.Component:
    found = rx.fragment(
        row.offer,
        rx.el.span(row.path, class_name="hub-sub hub-mono hub-break"),
        rx.el.span(row.evidence, "; ", row.effect, class_name="hub-sub"),
    )
    none = rx.cond(
        SessionState.is_engineer,
        rx.cond(
            FieldMappingState.lost_looked,
            "No other field looks like it.",
            rx.cond(FieldMappingState.trouble != "", "The CRM could not be read.", "Looking …"),
        ),
        "Engineers are shown what may have become of it.",
    )
    return rx.cond(row.id != "", found, rx.el.span(none, class_name="hub-sub"))


def _take(row: rx.vars.ObjectVar[LostRow]) -> rx.Component:
    use = ui.button("Use it", small=True, on_click=FieldMappingState.take_proposal(row.id))
    return rx.cond(SessionState.is_admin & (row.id != ""), use)
