"""Plans: saved sequences of action calls, and when they run by themselves."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.connectors.service import lookup
from hub_app.connectors.service.lookup import READ, WRITE
from hub_app.kernel import audit, cleaning, db, edits, paging, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.kernel.ids import new_id
from hub_app.plans import schedule
from hub_app.plans.schemas import PlanIn, PlanOut, PlanPatch, Schedule, Step, kept
from hub_app.plans.service import versions, waiting
from hub_app.plans.tables import Plan, PlanRun

COUNTED_AT_MOST = 10_000
_SHOWN = set(PlanOut.model_fields) - {"steps", "schedule", "event_type"}


async def create_plan(actor: Actor, given: PlanIn) -> PlanOut:
    """Save a plan. Invalid, naming the step, for an action that the tenant does not have."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    shown = given.model_dump(include={"name", "description", "is_active"})
    plan = Plan(tenant_id=actor.tenant_id, version_id=new_id(), event_type=given.event_type or "", **shown)
    _schedule(plan, given.schedule)
    async with db.begin(actor.tenant_id) as session:
        await _check_actions(session, given.steps)
        steps = await versions.put(session, plan, given.steps)
        told = {"name": plan.name, "steps": [one.id for one in given.steps]}
        await audit.act(session, actor, "connector.plan.created", plan, **told)
        changed(session, plan)
    return plan_out(plan, steps)


async def list_plans(actor: Actor, page: paging.PageRequest, *, text: str = "") -> paging.Slice[PlanOut]:
    """Newest first; `text` is a part of the name. Fewer on a page when their steps are many."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    statement = select(Plan)
    if text:
        statement = statement.where(col(Plan.name).icontains(text, autoescape=True))
    async with db.read(actor.tenant_id) as session:
        found = await paging.fetch(
            session, statement, paging.newest_first(Plan.id), page, weigh=partial(_sizes, session)
        )
        steps = await versions.steps_of(session, [plan.version_id for plan in found.items])
    return found.holding([plan_out(plan, steps[plan.version_id]) for plan in found.items])


async def _sizes(session: AsyncSession, plans: Sequence[Plan]) -> list[int]:
    sizes = await versions.sizes_of(session, [plan.version_id for plan in plans])
    return [sizes[plan.version_id] for plan in plans]


async def get_plan(actor: Actor, plan_id: UUID) -> PlanOut:
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.read(actor.tenant_id) as session:
        plan = await rows.get(session, Plan, plan_id)
        return plan_out(plan, await _steps(session, plan))


async def update_plan(
    actor: Actor, plan_id: UUID, given: PlanPatch, *, expected: edits.Expected | None = None
) -> PlanOut:
    """Change what was sent. Runs that have begun keep the steps they began with; what did not start it is counted anew."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    changes = given.changes()
    async with db.begin(actor.tenant_id) as session:
        plan = await rows.get(session, Plan, plan_id, lock=True)
        before = plan_out(plan, await _steps(session, plan)).version
        edits.check(expected, before, _settings(given))
        if given.steps is not None:
            await _check_actions(session, given.steps)
            await versions.put(session, plan, given.steps)
        waiting.forget_not_started(plan)
        for name in changes.keys() & {"name", "description"}:
            setattr(plan, name, changes[name])
        if "event_type" in changes:
            plan.event_type = given.event_type or ""
        _reschedule(plan, given)
        session.add(plan)
        await session.flush()
        out = plan_out(plan, await _steps(session, plan))
        await audit.change(
            session, actor, "connector.plan.updated", plan, before.fields, out.version.fields, name=plan.name
        )
        changed(session, plan)
        return out


async def delete_plan(actor: Actor, plan_id: UUID, *, expected: edits.Expected | None = None) -> None:
    """Delete a plan with its runs. They go first, in small steps; one that is under way ends before its next step."""
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.read(actor.tenant_id) as session:
        plan = await rows.get(session, Plan, plan_id)
        edits.check(expected, plan_out(plan, await _steps(session, plan)).version)
    await cleaning.delete_history(col(PlanRun.plan_id), actor.tenant_id, plan_id)
    async with db.begin(actor.tenant_id) as session:
        plan = await rows.get(session, Plan, plan_id, lock=True)
        await session.delete(plan)
        await session.flush()
        await audit.act(session, actor, "connector.plan.deleted", plan, name=plan.name)
        changed(session, plan)


async def count_runs(actor: Actor, plan_id: UUID) -> int:
    """How many runs go along when the plan is deleted, up to COUNTED_AT_MOST."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    runs = select(PlanRun.id).where(PlanRun.plan_id == plan_id).limit(COUNTED_AT_MOST).subquery()
    async with db.read(actor.tenant_id) as session:
        await rows.get(session, Plan, plan_id)
        return (await session.exec(select(func.count()).select_from(runs))).one()


def changed(session: AsyncSession, plan: Plan) -> None:
    """Tell those who start plans, and open screens, once the change has committed."""
    db.notify(session, f"plans:{plan.tenant_id}")
    db.notify(session, f"plan_runs:{plan.id}")


def plan_out(plan: Plan, steps: versions.Steps) -> PlanOut:
    schedule = None
    if plan.cron or plan.every_minutes is not None:
        schedule = Schedule(cron=plan.cron, every_minutes=plan.every_minutes, timezone=plan.timezone)
    shown = plan.model_dump(include=_SHOWN)
    out = PlanOut.model_validate(
        {**shown, "steps": kept(steps), "schedule": schedule, "event_type": plan.event_type or None}
    )
    return out.of(partial(_version, out))


def _version(out: PlanOut) -> edits.Version:
    """What people set; not the next time, which Hub keeps."""
    return edits.Version.of(out.model_dump(mode="json", include=set(PlanPatch.model_fields)))


def _settings(given: PlanPatch) -> dict[str, object]:
    """A change as `PlanOut` would show it."""
    wanted = given.model_dump(mode="json", exclude_unset=True)
    if given.schedule is not None:
        wanted["schedule"] = (
            given.schedule.model_dump(mode="json") if given.schedule.model_fields_set else None
        )
    if given.event_type is not None:
        wanted["event_type"] = given.event_type or None
    return wanted


async def _steps(session: AsyncSession, plan: Plan) -> versions.Steps:
    return (await versions.steps_of(session, [plan.version_id]))[plan.version_id]


def _schedule(plan: Plan, schedule: Schedule | None) -> None:
    """Give the plan this schedule, or none."""
    wanted = schedule or Schedule()
    plan.cron, plan.every_minutes, plan.timezone = wanted.cron, wanted.every_minutes, wanted.timezone
    _wind_up(plan)


def _reschedule(plan: Plan, given: PlanPatch) -> None:
    """Apply a change of the schedule or of being switched on. One that stays as it is keeps its next time."""
    was = (plan.cron, plan.every_minutes, plan.timezone, plan.is_active)
    next_run_at = plan.next_run_at
    if given.is_active is not None:
        plan.is_active = given.is_active
    if "schedule" in given.model_fields_set:
        _schedule(plan, given.schedule)
    _wind_up(plan)
    if was == (plan.cron, plan.every_minutes, plan.timezone, plan.is_active):
        plan.next_run_at = next_run_at


def _wind_up(plan: Plan) -> None:
    plan.next_run_at = None
    if plan.is_active:
        plan.next_run_at = schedule.next_time(plan.cron, plan.every_minutes, plan.timezone, utcnow())


async def _check_actions(session: AsyncSession, steps: Sequence[Step]) -> None:
    """Invalid, naming each step whose connector or action the tenant does not have, and parameters no action knows."""
    known = await lookup.find_actions(session, [(step.integration_id, step.action) for step in steps])
    errors: list[FieldError] = []
    for number, step in enumerate(steps):
        name = known.names.get(step.integration_id)
        action = known.actions.get((step.integration_id, step.action))
        if name is None:
            errors.append(FieldError(f"steps.{number}.integration_id", "is no connector that you have"))
        elif action is None:
            errors.append(FieldError(f"steps.{number}.action", f"{name} has no action {step.action}"))
        else:
            errors += [
                FieldError(f"steps.{number}.{where}.{given[:100]}", f"is no parameter of {action.name}")
                for where, chosen in (("params", step.params), ("omit", step.omit))
                for given in chosen
                if given not in action.parameters
            ]
    if errors:
        raise Invalid(errors)
