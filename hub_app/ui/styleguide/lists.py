from typing import Any

import reflex as rx

from hub_app.ui import components as ui
from hub_app.ui.styleguide.state import GuideState, Sample

_SIGNS: dict[str, tuple[str, ui.Tone]] = {
    "succeeded": ("check", "success"),
    "retrying": ("loader_circle", "warning"),
    "failed": ("x", "danger"),
    "waiting": ("circle", "neutral"),
}
_STATUS: dict[str, tuple[str, ui.Tone]] = {
    "succeeded": ("Succeeded", "success"),
    "retrying": ("Retrying", "warning"),
    "failed": ("Failed", "danger"),
    "waiting": ("Waiting", "neutral"),
}


def sections() -> list[rx.Component]:
    """Filters, the table in its states, charts."""
    return [
        ui.filter_bar(
            ui.filter_select(
                "Status",
                GuideState.status,
                [("", "All"), ("succeeded", "Succeeded"), ("failed", "Failed")],
                on_change=GuideState.filter("status"),
            ),
            ui.filter_select(
                "Time",
                rx.Var.create(""),
                [("", "Any"), ("day", "24 hours")],
                on_change=GuideState.filter_text,
            ),
            ui.filter_date("From", rx.Var.create("2026-01-31"), on_change=GuideState.filter_text),
            ui.filter_search("Payload contains", GuideState.text, on_change=GuideState.filter_text),
        ),
        ui.card(_table("Deliveries"), flush=True),
        rx.el.div(
            ui.card(_table("Loading deliveries", loaded=False), title="Loading", flush=True),
            ui.card(
                _table("Failed deliveries", error="The deliveries could not be read. Try again."),
                title="Failed",
                flush=True,
            ),
            class_name="hub-grid-2",
        ),
        rx.el.div(
            ui.card(_sorted(), title="Columns that the server chooses", flush=True),
            ui.stack(
                ui.card(ui.person_list(GuideState.persons), title="People"),
                ui.card(ui.change_list(GuideState.changes), title="Changes"),
                ui.card(ui.facts_of(GuideState.changes, lambda row: row.after), title="Facts"),
            ),
            class_name="hub-grid-2",
        ),
        ui.side_list(
            "Samples",
            GuideState.rows,
            ui.card(_steps(), title="Steps"),
            entry=lambda row: row.type,
            href=lambda row: f"/styleguide?delivery={row.id}",
            current=lambda row: row.id == GuideState.id,
        ),
        ui.side_list(
            "Versions",
            GuideState.rows,
            ui.card(_sides(), title="Two sides", flush=True),
            entry=lambda row: rx.fragment(row.type, rx.el.span(row.status, class_name="hub-sub")),
            href=lambda row: f"/styleguide?delivery={row.id}",
            current=lambda row: row.id == GuideState.id,
            pager=ui.Pager(previous=rx.Var.create(""), next=rx.Var.create("/styleguide?page=2")),
        ),
        ui.choices(
            ui.choice("By hand", "Say where the API is, then add its calls.", href="#", mark="pencil"),
            ui.choice("GitHub", "Repositories and issues.", href="#", initials="GH", note="5 actions"),
            ui.choice("Táve", "Contacts and jobs.", href="#", logo="/logos/crm/tave.svg"),
        ),
        ui.card(_steps(across=True), title="Steps of a wizard"),
        _charts(),
    ]


def _sorted() -> rx.Component:
    return ui.table(
        "Sorted deliveries",
        [ui.Column(label="Event", cell=lambda row: row.type, sort=GuideState.by_event)],
        GuideState.rows,
        empty=rx.fragment(),
        more=ui.More(headings=GuideState.headings, cells=lambda row: row.cells),
    )


def _sides() -> rx.Component:
    return ui.form(
        rx.el.div(
            ui.options_field(
                "keep",
                "Record that stays",
                GuideState.options,
                lambda row: rx.el.span(row.name),
                value="first",
                of=GuideState,
            ),
            class_name="hub-sides-foot",
        ),
        ui.sides(
            GuideState.sides,
            heads=[("first", "In Hub", "h"), ("second", "In the CRM", "c")],
            before="Last agreed",
            own="Another value",
            of=GuideState,
            may_choose=rx.Var.create(value=True),
        ),
        rx.el.div(rx.el.p("Press ", ui.key("H"), " for Hub."), class_name="hub-sides-foot"),
        on_submit=GuideState.submit,
    )


def _steps(*, across: bool = False) -> rx.Component:
    return ui.stepper(
        "Steps",
        GuideState.rows,
        status=lambda row: row.status,
        looks=_SIGNS,
        cell=lambda row: rx.fragment(
            row.type, rx.el.span(row.status, " ", row.duration, class_name="hub-sub")
        ),
        href=lambda row: f"/styleguide?delivery={row.id}",
        current=lambda row: row.id == GuideState.id,
        across=across,
    )


def _result(row: rx.vars.ObjectVar[Sample]) -> rx.Component:
    return rx.el.span(
        ui.status_badge(row.status, _STATUS),
        rx.el.span(row.answer, class_name="hub-mono hub-text-2"),
        class_name="hub-row",
    )


def _event(row: rx.vars.ObjectVar[Sample]) -> rx.Component:
    return rx.fragment(row.type, rx.el.span(row.id, class_name="hub-sub hub-mono"))


def _more(row: Any) -> rx.Component:
    del row
    return rx.el.span(
        ui.icon_button("ellipsis", "More actions", small=True, opens="more"), class_name="hub-above"
    )


def _table(label: str, *, loaded: bool = True, error: str = "") -> rx.Component:
    return ui.table(
        label,
        [
            ui.Column(label="Event", cell=_event),
            ui.Column(label="Result", cell=_result),
            ui.Column(label="Time", cell=lambda row: row.duration, end=True, quiet=True, phone=False),
            ui.Column(label="Attempts", cell=lambda row: row.attempts, end=True, phone=False),
            ui.Column(label="When", cell=lambda row: ui.time(row.at), end=True, quiet=True),
            ui.Column(label="Actions", cell=_more, tight=True, end=True, hide_label=True, phone=False),
        ],
        GuideState.rows,
        loaded=rx.Var.create(loaded),
        empty=ui.empty("inbox", "No deliveries", "Nothing was sent in this time. Choose a longer one."),
        error=rx.Var.create(error),
        on_retry=GuideState.load,
        href=lambda row: f"/styleguide?delivery={row.id}",
        keep_scroll=True,
        selected=lambda row: row.id == GuideState.id,
        pager=ui.Pager(
            previous=rx.Var.create(""), next=rx.Var.create("/styleguide?page=2"), summary="5 of 48,210"
        ),
    )


def _charts() -> rx.Component:
    outcomes = [
        ui.Series("ok", "Succeeded", 1),
        ui.Series("retried", "Retried", 2),
        ui.Series("failed", "Failed", 3),
    ]
    times = [ui.Series("ok", "Median", 1), ui.Series("retried", "95 %", 5)]
    none = ui.empty("chart_column", "Nothing to draw", "No deliveries in this time.")
    return rx.el.div(
        ui.stacked_bars("Deliveries", "per hour", GuideState.hours, outcomes, none=none),
        ui.line_chart("Answer time", "ms", GuideState.hours, times, none=none),
        class_name="hub-grid-2",
    )
