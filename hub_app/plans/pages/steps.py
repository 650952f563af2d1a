"""The steps tab of a plan: the draft, and the form of one step."""

import reflex as rx

from hub_app.plans.state.plan import PlanState
from hub_app.plans.state.references import Reference
from hub_app.plans.state.step import PlanStepState
from hub_app.plans.state.step_rows import StepRow
from hub_app.plans.state.steps import PlanStepsState
from hub_app.ui import components as ui
from hub_app.ui.components.parameters import parameter_fields
from hub_app.ui.session import SessionState

_WHO = "Customer admins can change the steps."
_ON_ERROR = [
    ("stop", "End the run"),
    ("continue", "Continue with the next step"),
    ("retry", "Retry, then end the run"),
]


def steps_tab() -> rx.Component:
    return ui.stack(
        rx.cond(SessionState.is_admin & PlanStepsState.changed, rx.fragment(_unsaved(), ui.draft())),
        rx.cond(PlanStepsState.meanwhile != "", _meanwhile()),
        rx.cond(
            PlanStepsState.failure != "",
            ui.callout(PlanStepsState.failure, "danger", title="Not saved", alert=True),
        ),
        ui.card(
            rx.cond(
                PlanStepsState.loaded & (PlanStepsState.place == PlanState.here), _steps(), ui.skeleton(4)
            ),
            title="Steps",
            note="in this order",
            actions=(
                ui.only(
                    SessionState.is_admin,
                    ui.button(
                        "Add step",
                        mark="plus",
                        small=True,
                        on_click=PlanStepState.ask_add,
                        attributes=ui.opener(PlanStepState, "step"),
                    ),
                    _WHO,
                ),
            ),
            flush=True,
        ),
        _form(),
    )


def _unsaved() -> rx.Component:
    return ui.callout(
        "Until you save them, the plan runs as it was last saved.",
        "warning",
        title="Your changes are not saved yet",
        action=rx.el.span(
            ui.button("Discard", small=True, on_click=PlanStepsState.discard),
            ui.button(
                "Save plan", "primary", small=True, busy=PlanStepsState.busy, on_click=PlanStepsState.save
            ),
            class_name="hub-row",
        ),
    )


def _meanwhile() -> rx.Component:
    return ui.callout(
        rx.fragment(PlanStepsState.meanwhile, " The steps below are yours. Nothing was saved."),
        "warning",
        title="Someone else has changed the steps",
        action=rx.el.span(
            ui.button("Keep mine", small=True, on_click=PlanStepsState.keep_mine),
            ui.button("Use theirs", small=True, on_click=PlanStepsState.discard),
            class_name="hub-row hub-theirs-choice",
        ),
        alert=True,
    )


def _steps() -> rx.Component:
    return ui.stepper(
        "Steps",
        PlanStepsState.rows,
        status=lambda row: rx.cond(row.problem != "", "wrong", "step"),
        looks={"wrong": ("triangle_alert", "danger")},
        cell=_step,
        number=lambda row: row.number,
    )


def _step(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    def param(pair: rx.vars.ArrayVar[tuple[str, str]]) -> rx.Component:
        return rx.el.li(rx.el.span(pair[0], " = ", class_name="hub-text-2"), pair[1])

    told = ui.row(
        rx.el.span(row.id, class_name="hub-strong hub-break"),
        rx.el.span(row.connector, " · ", row.action, class_name="hub-text-2"),
    )
    return ui.row(
        rx.el.div(
            told,
            rx.cond(
                row.params.length() > 0,
                rx.el.ul(rx.foreach(row.params, param), class_name="hub-plain hub-mono hub-small hub-break"),
            ),
            rx.cond(row.on_error != "", rx.el.p(row.on_error, class_name="hub-small hub-text-2")),
            rx.cond(row.problem != "", rx.el.p(row.problem, class_name="hub-error")),
        ),
        rx.cond(SessionState.is_admin, _controls(row)),
        apart=True,
    )


def _controls(row: rx.vars.ObjectVar[StepRow]) -> rx.Component:
    return ui.row(
        *ui.move_buttons(row, row.id, PlanStepsState.move),
        ui.icon_button("copy", f"Duplicate {row.id}", small=True, on_click=PlanStepsState.duplicate(row.id)),
        ui.icon_button("trash_2", f"Remove {row.id}", small=True, on_click=PlanStepsState.remove(row.id)),
        ui.button(
            "Edit",
            small=True,
            mark="pencil",
            on_click=PlanStepState.ask_edit(row.id),
            attributes={"aria-label": f"Edit {row.id}", **ui.opener(PlanStepState, "step", row.id)},
        ),
    )


def _form() -> rx.Component:
    return ui.form_dialog(
        PlanStepState,
        "step",
        ui.columns(
            ui.select_field(
                "integration_id",
                "Connector",
                PlanStepState.connectors,
                value=PlanStepState.connector,
                of=PlanStepState,
                on_change=PlanStepState.choose_connector,
            ),
            rx.el.div(
                ui.select_field(
                    "action",
                    "Action",
                    PlanStepState.actions,
                    value=PlanStepState.action,
                    text=PlanStepState.about,
                    of=PlanStepState,
                    on_change=PlanStepState.choose_action,
                ),
                key=PlanStepState.connector,
            ),
        ),
        parameter_fields(PlanStepState.fields, PlanStepState),
        _references(),
        ui.text_field(
            "id",
            "Name of the step",
            of=PlanStepState,
            mono=True,
            optional=True,
            text="Later steps refer to it by this name. Leave empty to use the action's name.",
        ),
        ui.columns(
            ui.select_field("on_error", "When it fails", _ON_ERROR, of=PlanStepState),
            ui.when(
                "on_error",
                "retry",
                ui.number_field(
                    "retries",
                    "Retries",
                    minimum=1,
                    maximum=10,
                    text="After 5, 10, 20 … seconds.",
                    of=PlanStepState,
                ),
            ),
        ),
        title=rx.cond(PlanStepState.step == "", "Add step", f"Edit {PlanStepState.step}"),
        text="A step runs an action. Its parameters can contain references such as {{ steps.list_items.data[0].id }}.",
        on_submit=PlanStepState.apply,
        submit=rx.cond(PlanStepState.step == "", "Add step", "Apply"),
        size="wide",
    )


def _references() -> rx.Component:
    def one(row: rx.vars.ObjectVar[Reference]) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.span(row.text, class_name="hub-mono hub-break"),
                rx.el.span(row.about, class_name="hub-sub hub-break"),
            ),
            ui.copy_button(row.text, f"Copy {row.text}", small=True),
            class_name="hub-row hub-row-between",
        )

    return ui.disclosure(
        "References that this step can use",
        rx.el.ul(rx.foreach(PlanStepState.references, one), class_name="hub-plain hub-stack-tight"),
        note="Copy a reference into a parameter.",
    )
