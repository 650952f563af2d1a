"""What a mapping makes of one record of the CRM."""

import reflex as rx

from hub_app.crm.state.mapping import FieldMappingState
from hub_app.crm.state.mapping_words import ResultRow
from hub_app.ui import components as ui
from hub_app.ui.session import SessionState


def result_card() -> rx.Component:
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
