"""The settings of a plan: its name, when it runs by itself, and deleting it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.schemas.plans import PlanPatch, Schedule
from hub_app.connectors.service import plans
from hub_app.connectors.state.plan import Plan, plan_id
from hub_app.connectors.state.plans import HERE
from hub_app.connectors.state.timing import next_times, schedule_words
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read
from hub_app.ui.mixins import DialogState
from hub_app.webhooks.service import events

KINDS = [
    ("none", "Not on a schedule"),
    ("interval", "Every so many minutes"),
    ("cron", "At times of a cron line"),
]


class PlanSettings(DialogState, rx.State):
    """The form, and the dialog that asks before deleting. The form is filled in when it opens."""

    name: str = ""
    description: str = ""
    kind: str = "none"
    every_minutes: str = "15"
    cron: str = "0 9 * * 1-5"
    timezone: str = "UTC"
    event_type: str = ""
    types: rx.Field[list[str]] = rx.field(default_factory=list)
    said: str = ""
    """The schedule that the form holds, in words."""
    times: rx.Field[list[str]] = rx.field(default_factory=list)
    losses: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def load(self) -> None:
        self._open("")

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self) -> None:
        actor = await current_actor(self)
        plan = await plans.get_plan(actor, plan_id(self))
        self._open("edit")
        self.name, self.description, self.event_type = plan.name, plan.description, plan.event_type or ""
        self.types = list(await events.type_names(actor))
        self.kind, self.every_minutes, self.cron, self.timezone = "none", "15", "0 9 * * 1-5", "UTC"
        if plan.schedule is not None:
            self.kind = "cron" if plan.schedule.cron else "interval"
            self.every_minutes = str(plan.schedule.every_minutes or 15)
            self.cron, self.timezone = plan.schedule.cron or self.cron, plan.schedule.timezone
        self._tell(plan.schedule)

    def _tell(self, schedule: Schedule | None) -> None:
        self.said, self.times = "", []
        if schedule is not None:
            self.said, self.times = schedule_words(schedule), next_times(schedule)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def preview(self, data: dict[str, Any]) -> None:
        """Say when the schedule in the form comes true, or what is wrong with it, while it is typed."""
        self.errors = {}
        schedule = _schedule(data)
        self._tell(schedule if schedule.model_fields_set else None)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def save(self, data: dict[str, Any]) -> AsyncIterator[Any]:
        self.busy, self.errors = True, {}
        yield None
        form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
        texts = {name: str(form.get(name, "")).strip() for name in ("name", "description", "event_type")}
        given = read(PlanPatch, texts, schedule=_schedule(form))
        saved = await plans.update_plan(await current_actor(self), plan_id(self), given)
        self._open("")
        yield rx.toast.success(f"{saved.name} is saved.")
        yield Plan.refresh

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_delete(self) -> None:
        actor, one = await current_actor(self), plan_id(self)
        plan = await plans.get_plan(actor, one)
        count = await plans.count_runs(actor, one)
        self._open("delete")
        self.name, self.losses = plan.name, _losses(count)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def delete(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        del data
        self.busy = True
        yield None
        await plans.delete_plan(await current_actor(self), plan_id(self))
        name = self.name
        self._open("")
        yield rx.toast.success(f"{name} is deleted.")
        yield rx.redirect(HERE)


def _schedule(data: object) -> Schedule:
    """The schedule of a form; one without fields for none. Invalid names the form's fields."""
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    match form.get("kind"):
        case "cron":
            cron = str(form.get("cron", "")).strip()
            if not cron:
                raise Invalid.field("cron", "is required")
            return read(Schedule, {}, cron=cron, timezone=str(form.get("timezone", "")).strip() or "UTC")
        case "interval":
            return read(Schedule, {}, every_minutes=form.get("every_minutes") or 0)
        case _:
            return Schedule()


def _losses(count: int) -> str:
    """What goes along with the plan."""
    if count == 0:
        return "It has never run. It cannot be brought back."
    several = f"{count:,} or more" if count >= plans.COUNTED_AT_MOST else f"{count:,}"
    what = "Its 1 run goes" if count == 1 else f"Its {several} runs go"
    return f"{what} with it; their executions stay. It is no longer started by itself. This cannot be undone."
