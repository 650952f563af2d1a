"""The settings tab of a plan."""

from zoneinfo import available_timezones

import reflex as rx

from hub_app.plans.state.plan import Plan
from hub_app.plans.state.settings import KINDS, PlanSettings
from hub_app.ui.components import (
    beside,
    button,
    card,
    confirm,
    facts,
    form_dialog,
    number_field,
    only,
    select_field,
    text_field,
    textarea_field,
    when,
)
from hub_app.ui.session import Session

_ZONES = [
    "UTC",
    *sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
]


def settings_tab() -> rx.Component:
    return rx.el.div(
        card(
            facts(
                ("Name", Plan.name),
                ("Description", rx.cond(Plan.description != "", Plan.description, "—")),
                ("Schedule", rx.cond(Plan.schedule != "", Plan.schedule, "None")),
                ("Next times", _times()),
                ("Event", rx.cond(Plan.event_type != "", f"On {Plan.event_type}", "None")),
                ("State", rx.cond(Plan.is_active, "On", "Off: only people can start it")),
            ),
            title="Plan",
            actions=(
                only(
                    Session.is_admin,
                    button("Edit", mark="pencil", small=True, on_click=PlanSettings.ask_edit),
                    "Customer admins can change this.",
                ),
            ),
        ),
        rx.cond(Session.is_admin, _danger()),
        _edit(),
        _delete(),
        class_name="hub-stack",
    )


def _times() -> rx.Component:
    some = rx.el.ul(rx.foreach(Plan.times, _line), class_name="hub-plain hub-figures")
    return rx.cond(Plan.times.length() > 0, some, "—")


def _line(at: rx.Var[str]) -> rx.Component:
    return rx.el.li(at)


def _danger() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p("The plan goes with its runs. Their executions stay.", class_name="hub-text-2"),
            button("Delete plan", "danger-quiet", mark="trash_2", on_click=PlanSettings.ask_delete),
            class_name="hub-row hub-row-between",
        ),
        title="Delete",
    )


def _edit() -> rx.Component:
    errors = beside(PlanSettings)
    return form_dialog(
        text_field("name", "Name", value=PlanSettings.name, errors=errors, auto_focus=True),
        textarea_field(
            "description",
            "Description",
            value=PlanSettings.description,
            errors=errors,
            rows=2,
            optional=True,
        ),
        select_field("kind", "Schedule", KINDS, value=PlanSettings.kind, errors=errors),
        when(
            "kind",
            "interval",
            number_field(
                "every_minutes",
                "Minutes between two runs",
                value=PlanSettings.every_minutes,
                minimum=1,
                maximum=44_640,
                errors=errors,
            ),
        ),
        when(
            "kind",
            "cron",
            rx.el.div(
                text_field(
                    "cron",
                    "Cron line",
                    value=PlanSettings.cron,
                    errors=errors,
                    mono=True,
                    text="Minute, hour, day, month, weekday. 0 9 * * 1-5 is 09:00 on weekdays.",
                ),
                text_field(
                    "timezone",
                    "Time zone",
                    value=PlanSettings.timezone,
                    errors=errors,
                    suggestions=_ZONES,
                    placeholder="Europe/Berlin",
                ),
                class_name="hub-grid-2",
            ),
        ),
        _preview(),
        text_field(
            "event_type",
            "Event type",
            value=PlanSettings.event_type,
            errors=errors,
            suggestions=PlanSettings.types,
            mono=True,
            optional=True,
            placeholder="order.paid",
            text="Each event of this type starts a run, too. Steps refer to it as {{ event.data }}.",
        ),
        title=f"Edit {Plan.name}",
        text="What the plan is called, and what starts it besides people.",
        open=PlanSettings.dialog == "edit",
        on_open_change=PlanSettings.toggle,
        on_close=PlanSettings.close,
        on_submit=PlanSettings.save,
        on_change=PlanSettings.preview,
        submit="Save",
        busy=PlanSettings.busy,
    )


def _preview() -> rx.Component:
    told = rx.fragment(
        rx.el.p(PlanSettings.said, class_name="hub-strong"),
        rx.el.ul(
            rx.foreach(PlanSettings.times, _line),
            class_name="hub-plain hub-small hub-text-2",
        ),
    )
    return rx.el.div(rx.cond(PlanSettings.said != "", told), role="status")


def _delete() -> rx.Component:
    return confirm(
        title=f"Delete {Plan.name}?",
        text=PlanSettings.losses,
        action=f"Delete {Plan.name}",
        open=PlanSettings.dialog == "delete",
        on_open_change=PlanSettings.toggle,
        on_cancel=PlanSettings.close,
        on_confirm=PlanSettings.delete,
        busy=PlanSettings.busy,
        type_name=PlanSettings.name,
    )
