"""Plans' screens."""

import reflex as rx

from hub_app.plans.pages.plan import page_of_plan
from hub_app.plans.pages.plans import page_of_plans
from hub_app.plans.state.plan import Plan
from hub_app.plans.state.plans import Plans
from hub_app.plans.state.run import PlanRun
from hub_app.plans.state.runs import PlanRuns
from hub_app.plans.state.settings import PlanSettings
from hub_app.plans.state.step import PlanStep
from hub_app.plans.state.steps import PlanSteps
from hub_app.ui.shell import add_page


def register(app: rx.App) -> None:
    add_page(app, page_of_plans, "/connectors/plans", "Plans", Plans.load)
    add_page(
        app,
        page_of_plan,
        "/connectors/plans/[plan_id]",
        "Plan",
        Plan.load,
        PlanSteps.load,
        PlanStep.load,
        PlanSettings.load,
        PlanRuns.load,
        PlanRun.load,
        PlanRuns.watch,
        name=Plan.name,
    )
