"""Plans' screens."""

import reflex as rx

from hub_app.plans.pages.plan import page_of_plan
from hub_app.plans.pages.plans import page_of_plans
from hub_app.plans.state.plan import PlanState
from hub_app.plans.state.plans import PlansState
from hub_app.plans.state.run import PlanRunState
from hub_app.plans.state.runs import PlanRunsState
from hub_app.plans.state.settings import PlanSettingsState
from hub_app.plans.state.step import PlanStepState
from hub_app.plans.state.steps import PlanStepsState
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    add_page(app, page_of_plans, "/connectors/plans", "Plans", PlansState.load)
    add_page(
        app,
        page_of_plan,
        "/connectors/plans/[plan_id]",
        "Plan",
        PlanState.load,
        PlanStepsState.load,
        PlanStepState.load,
        PlanSettingsState.load,
        PlanRunsState.load,
        PlanRunState.load,
        PlanRunsState.watch,
        name=PlanState.name,
    )
