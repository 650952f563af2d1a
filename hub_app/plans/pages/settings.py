"""The settings tab of a plan."""

from collections.abc import Callable
from zoneinfo import available_timezones

import reflex as rx

from hub_app.plans.state.plan import PlanState
from hub_app.plans.state.settings import KINDS, PlanSettingsState
from hub_app.ui import components as ui
from hub_app.ui.elements import Text
from hub_app.ui.session import SessionState

_ZONES = [
    "UTC",
    *sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
]


def settings_tab() -> rx.Component:
    return ui.stack(
        ui.card(
            ui.facts(
                ("Name", PlanState.name),
                ("Description", rx.cond(PlanState.description != "", PlanState.description, "—")),
                ("Schedule", rx.cond(PlanState.schedule != "", PlanState.schedule, "None")),
                ("Next runs", _times()),
                ("Event", rx.cond(PlanState.event_type != "", f"On {PlanState.event_type}", "None")),
                ("State", rx.cond(PlanState.is_active, "On", "Off: it starts only by hand")),
            ),
            title="Plan",
            actions=(
                ui.only(
                    SessionState.is_admin,
                    ui.button(
                        "Edit",
                        mark="pencil",
                        small=True,
                        on_click=PlanSettingsState.ask_edit,
                        attributes=ui.opener(PlanSettingsState, "edit"),
                    ),
                    "Customer admins can change this.",
                ),
            ),
        ),
        _edit(),
        *ui.deletion(
            PlanSettingsState,
            "plan",
            "Its runs are deleted too. Their executions are kept.",
            name=PlanState.name,
        ),
    )


def _times() -> rx.Component:
    some = rx.el.ul(rx.foreach(PlanState.times, _at(PlanState.zone)), class_name="hub-plain hub-figures")
    return rx.cond(PlanState.times.length() > 0, some, "—")


def _at(zone: Text) -> Callable[[rx.Var[str]], rx.Component]:
    return lambda at: rx.el.li(ui.time(at, show="minute", zone=zone))


def _edit() -> rx.Component:
    of = PlanSettingsState
    return ui.form_dialog(
        PlanSettingsState,
        "edit",
        ui.text_field("name", "Name", of=of, auto_focus=True),
        ui.textarea_field("description", "Description", of=of, rows=2, optional=True),
        ui.select_field("kind", "Schedule", KINDS, of=of),
        ui.when(
            "kind",
            "interval",
            ui.number_field("every_minutes", "Minutes between runs", of=of, minimum=1, maximum=44_640),
        ),
        ui.when(
            "kind",
            "cron",
            ui.columns(
                ui.text_field(
                    "cron",
                    "Cron expression",
                    of=of,
                    mono=True,
                    text="Minute, hour, day, month, weekday. 0 9 * * 1-5 is 09:00 on weekdays.",
                ),
                ui.text_field(
                    "timezone", "Time zone", of=of, suggestions=_ZONES, placeholder="Europe/Berlin"
                ),
            ),
        ),
        _preview(),
        ui.text_field(
            "event_type",
            "Event type",
            of=of,
            suggestions=PlanSettingsState.types,
            mono=True,
            optional=True,
            placeholder="order.paid",
            text="Each event of this type starts a run. Steps refer to its data as {{ event.data }}.",
        ),
        title=f"Edit {PlanState.name}",
        text="The plan's name, and what starts it automatically.",
        on_submit=PlanSettingsState.save,
        on_change=PlanSettingsState.preview,
        submit="Save",
    )


def _preview() -> rx.Component:
    told = rx.fragment(
        rx.el.p(PlanSettingsState.said, class_name="hub-strong"),
        rx.el.ul(
            rx.foreach(PlanSettingsState.times, _at(PlanSettingsState.zone)),
            class_name="hub-plain hub-small hub-text-2",
        ),
    )
    return rx.el.div(rx.cond(PlanSettingsState.said != "", told), role="status")
