"""The steps tab of a plan: the draft, and the form of one step."""

import reflex as rx

from hub_app.plans.state.references import Reference
from hub_app.plans.state.step import PlanStep
from hub_app.plans.state.steps import PlanSteps, StepRow
from hub_app.ui.components import (
    button,
    callout,
    card,
    copy_button,
    disclosure,
    form_dialog,
    icon_button,
    number_field,
    only,
    select_field,
    skeleton,
    stepper,
    text_field,
    when,
)
from hub_app.ui.components.parameters import parameter_fields
from hub_app.ui.session import Session

_WHO = "Customer admins can change the steps."
_ON_ERROR = [
    ("stop", "End the run"),
    ("continue", "Go on with the next step"),
    ("retry", "Try again, then end the run"),
]


def steps_tab() -> rx.Component:
    return rx.el.div(
        rx.cond(Session.is_admin & PlanSteps.changed, _unsaved()),
        rx.cond(PlanSteps.meanwhile != "", _meanwhile()),
        rx.cond(PlanSteps.trouble != "", callout(PlanSteps.trouble, "danger", title="Not saved", alert=True)),
        card(
            rx.cond(PlanSteps.loaded, _steps(), skeleton(4)),
            title="Steps",
            note="one after the other",
            actions=(
                only(
                    Session.is_admin,
                    button("Add step", mark="plus", small=True, on_click=PlanStep.ask_add),
                    _WHO,
                ),
            ),
            flush=True,
        ),
        _form(),
        class_name="hub-stack",
    )


def _unsaved() -> rx.Component:
    return callout(
        "The plan runs as it was saved last.",
        "warning",
        title="Your changes are not saved yet",
        action=rx.el.span(
            button("Discard", small=True, on_click=PlanSteps.discard),
            button("Save plan", "primary", small=True, busy=PlanSteps.busy, on_click=PlanSteps.save),
            class_name="hub-row",
        ),
    )


def _meanwhile() -> rx.Component:
    return callout(
        rx.fragment(PlanSteps.meanwhile, " Below are yours; nothing was saved."),
        "warning",
        title="Someone else changed the steps meanwhile",
        action=rx.el.span(
            button("Keep mine", small=True, on_click=PlanSteps.keep_mine),
            button("Use theirs", small=True, on_click=PlanSteps.discard),
            class_name="hub-row hub-theirs-choice",
        ),
        alert=True,
    )


def _steps() -> rx.Component:
    return stepper(
        "Steps",
        PlanSteps.rows,
        status=lambda row: rx.cond(row.problem != "", "wrong", "step"),
        looks={"wrong": ("triangle_alert", "danger")},
        cell=_step,
        number=lambda row: row.number,
    )


def _step(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    def param(pair: rx.vars.ArrayVar[tuple[str, str]]) -> rx.Component:
        return rx.el.li(rx.el.span(pair[0], " = ", class_name="hub-text-2"), pair[1])

    told = rx.el.div(
        rx.el.span(row.id, class_name="hub-strong hub-break"),
        rx.el.span(row.connector, " · ", row.action, class_name="hub-text-2"),
        class_name="hub-row",
    )
    return rx.el.div(
        rx.el.div(
            told,
            rx.cond(
                row.params.length() > 0,
                rx.el.ul(rx.foreach(row.params, param), class_name="hub-plain hub-mono hub-small hub-break"),
            ),
            rx.cond(row.on_error != "", rx.el.p(row.on_error, class_name="hub-small hub-text-2")),
            rx.cond(row.problem != "", rx.el.p(row.problem, class_name="hub-error")),
        ),
        rx.cond(Session.is_admin, _controls(row)),
        class_name="hub-row hub-row-between",
    )


def _controls(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    return rx.el.div(
        icon_button(
            "arrow_up",
            f"Move {row.id} up",
            small=True,
            disabled=row.is_first,
            on_click=PlanSteps.move(row.id, -1),
        ),
        icon_button(
            "arrow_down",
            f"Move {row.id} down",
            small=True,
            disabled=row.is_last,
            on_click=PlanSteps.move(row.id, 1),
        ),
        icon_button("copy", f"Duplicate {row.id}", small=True, on_click=PlanSteps.duplicate(row.id)),
        icon_button("trash_2", f"Remove {row.id}", small=True, on_click=PlanSteps.remove(row.id)),
        button(
            "Edit",
            small=True,
            mark="pencil",
            on_click=PlanStep.ask_edit(row.id),
            attributes={"aria-label": f"Edit {row.id}"},
        ),
        class_name="hub-row",
    )


def _form() -> rx.Component:
    return form_dialog(
        rx.el.div(
            select_field(
                "integration_id",
                "Connector",
                PlanStep.connectors,
                value=PlanStep.connector,
                errors=PlanStep.errors,
                on_change=PlanStep.choose_connector,
            ),
            rx.el.div(
                select_field(
                    "action",
                    "Action",
                    PlanStep.actions,
                    value=PlanStep.action,
                    text=PlanStep.about,
                    errors=PlanStep.errors,
                    on_change=PlanStep.choose_action,
                ),
                key=PlanStep.connector,
            ),
            class_name="hub-grid-2",
        ),
        parameter_fields(PlanStep.fields, PlanStep.errors),
        _references(),
        text_field(
            "id",
            "Name of the step",
            value=PlanStep.id,
            errors=PlanStep.errors,
            mono=True,
            optional=True,
            text="Later steps refer to it by this name. Empty: that of the action.",
        ),
        rx.el.div(
            select_field(
                "on_error", "When it fails", _ON_ERROR, value=PlanStep.on_error, errors=PlanStep.errors
            ),
            when(
                "on_error",
                "retry",
                number_field(
                    "retries",
                    "Times to try again",
                    value=PlanStep.retries,
                    minimum=1,
                    maximum=10,
                    text="After 5, 10, 20 … seconds.",
                    errors=PlanStep.errors,
                ),
            ),
            class_name="hub-grid-2",
        ),
        title=rx.cond(PlanStep.step == "", "Add step", f"Edit {PlanStep.step}"),
        text="A call of an action. Its parameters may hold references such as {{ steps.list_items.data[0].id }}.",
        open=PlanStep.dialog == "step",
        on_open_change=PlanStep.toggle,
        on_close=PlanStep.close,
        on_submit=PlanStep.apply,
        submit=rx.cond(PlanStep.step == "", "Add step", "Apply"),
        busy=PlanStep.busy,
        wide=True,
    )


def _references() -> rx.Component:
    def one(row: rx.vars.ObjectVar[Reference]) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.span(row.text, class_name="hub-mono hub-break"),
                rx.el.span(row.about, class_name="hub-sub hub-break"),
            ),
            copy_button(row.text, f"Copy {row.text}", small=True),
            class_name="hub-row hub-row-between",
        )

    return disclosure(
        "What this step can refer to",
        rx.el.ul(rx.foreach(PlanStep.references, one), class_name="hub-plain hub-stack-tight"),
        note="Copy a reference into a parameter.",
    )
