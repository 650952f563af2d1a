"""The operator's page of health."""

import reflex as rx

from hub_app.operation.state.health import CheckRow, HealthState, ProcessRow
from hub_app.ui import components as ui
from hub_app.ui.shell import page

STATES: dict[str, tuple[str, ui.Tone]] = {
    "ok": ("Healthy", "success"),
    "degraded": ("Degraded", "danger"),
}


def page_of_health() -> rx.Component:
    return page(
        "Health",
        "Whether this installation works, what it runs on, and which of its processes are alive.",
        rx.cond(HealthState.refused, ui.operators_only(), _health()),
        badge=rx.cond(HealthState.status != "", ui.status_badge(HealthState.status, STATES)),
        breadcrumb=[("Operator", "")],
    )


def _health() -> rx.Component:
    return rx.fragment(
        ui.card(_checks(), title="Checks", flush=True),
        ui.card(_processes(), title="Processes", note="Seen in the last minute", flush=True),
        ui.card(
            ui.facts(
                ("Database", HealthState.database),
                ("Database size", HealthState.size),
                ("Schema", rx.el.span(HealthState.schema, class_name="hub-mono")),
                ("Redis", HealthState.redis),
                ("Python", HealthState.python),
                ("This process started", ui.time(HealthState.started_at)),
            ),
            title="Environment",
        ),
    )


def _checks() -> rx.Component:
    return ui.table(
        "Checks",
        [
            ui.Column(label="Part", cell=_part),
            ui.Column(label="State", cell=lambda row: ui.status_badge(row.state, STATES)),
            ui.Column(label="Details", cell=lambda row: row.detail, quiet=True),
        ],
        HealthState.checks,
        loaded=HealthState.loaded,
        empty=ui.empty("heart_pulse", "No checks", "Nothing of this installation is checked."),
    )


def _part(row: rx.vars.ObjectVar[CheckRow]) -> rx.Component:
    link = rx.el.a(row.name, href=row.href, class_name="hub-link")
    return rx.cond(row.href != "", link, rx.el.span(row.name))


def _processes() -> rx.Component:
    return ui.table(
        "Processes",
        [
            ui.Column(label="Process", cell=lambda row: row.name),
            ui.Column(label="Role", cell=_role, quiet=True),
            ui.Column(label="Started", cell=lambda row: ui.time(row.started_at), end=True, quiet=True),
            ui.Column(
                label="Last seen",
                cell=lambda row: ui.time(row.seen_at),
                end=True,
                quiet=True,
                phone=False,
            ),
        ],
        HealthState.processes,
        loaded=HealthState.loaded,
        empty=ui.empty(
            "cpu", "No process", "No process said in the last minute that it is alive. Look again shortly."
        ),
    )


def _role(row: rx.vars.ObjectVar[ProcessRow]) -> rx.Component:
    return rx.fragment(
        rx.match(
            row.role,
            ("all", "Everything"),
            ("web", "Screens and REST"),
            ("worker", "Background work"),
            row.role,
        )
    )
