"""The settings of a plan: its name, when it runs by itself, and deleting it."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.kernel.validation import refusals
from hub_app.plans.schemas import PlanPatch, Schedule
from hub_app.plans.service import plans
from hub_app.plans.state.plan import PlanAddress, PlanState
from hub_app.plans.state.plans import HERE
from hub_app.plans.state.timing import next_times, schedule_words, zone_of
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import DialogState, Next, confirmed, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import form_of, read
from hub_app.webhooks.service import events

KINDS = [
    ("none", "No schedule"),
    ("interval", "At a fixed interval"),
    ("cron", "Cron expression"),
]


class PlanSettingsState(EditState, DialogState, rx.State):
    """The form, and the dialog that asks before deleting. The form is filled in when it opens."""

    name: str = ""
    types: rx.Field[list[str]] = rx.field(default_factory=list)
    said: str = ""
    """The schedule that the form holds, in words."""
    times: rx.Field[list[str]] = rx.field(default_factory=list)
    zone: str = ""
    losses: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def load(self) -> None:
        self._open("")

    def _forget(self) -> None:
        self._forget_form()

    async def _now(self) -> Form:
        plan = await plans.get_plan(await current_actor(self), PlanAddress.at(self).id)
        schedule = plan.schedule or Schedule()
        kind = "cron" if schedule.cron else "none" if schedule.every_minutes is None else "interval"
        texts = {
            "name": plan.name,
            "description": plan.description,
            "kind": kind,
            "every_minutes": str(schedule.every_minutes or 15),
            "cron": schedule.cron or "0 9 * * 1-5",
            "timezone": schedule.timezone,
            "event_type": plan.event_type or "",
        }
        return Form(plan.version, texts)

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        texts = {name: str(data.get(name, "")).strip() for name in ("name", "description", "event_type")}
        with refusals() as refused:
            schedule = refused.part(lambda: _schedule(data), Schedule())
            given = read(PlanPatch, texts, schedule=schedule if schedule.model_fields_set else None)
        return {**given.model_dump(mode="json", exclude_unset=True), "event_type": given.event_type or None}

    def _fields_of(self, setting: str) -> tuple[str, ...]:
        return ("kind", "every_minutes", "cron", "timezone") if setting == "schedule" else (setting,)

    def _said(self, setting: str, form: Form) -> str:
        if setting != "schedule":
            return super()._said(setting, form)
        schedule = _schedule(form.texts)
        return schedule_words(schedule) if schedule.model_fields_set else KINDS[0][1]

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self) -> None:
        types, form = await events.type_names(await current_actor(self)), await self._now()
        self._open("edit")
        self.values = dict(self._begin(form))
        self.types = list(types)
        self._tell(self.values)

    def _tell(self, data: object) -> None:
        schedule = _schedule(data)
        self.said, self.times, self.zone = "", [], zone_of(schedule)
        if schedule.model_fields_set:
            self.said, self.times = schedule_words(schedule), next_times(schedule)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def preview(self, data: dict[str, Any]) -> None:
        """Say when the schedule in the form starts the plan, or what is wrong with it, while it is typed."""
        self.errors = {}
        self._tell(data)

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if changes:
            given, expected = read(PlanPatch, changes), self._as_opened()
            await plans.update_plan(
                await current_actor(self), PlanAddress.at(self).id, given, expected=expected
            )
        return [saved(changes), PlanState.refresh]

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_delete(self) -> None:
        actor, one = await current_actor(self), PlanAddress.at(self).id
        plan = await plans.get_plan(actor, one)
        count = await plans.count_runs(actor, one)
        self._open("delete")
        self.name, self.losses = plan.name, _losses(count)

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> list[Next]:
        await plans.delete_plan(await current_actor(self), PlanAddress.at(self).id)
        return [rx.toast.success(f"{self.name} is deleted."), rx.redirect(HERE)]


def _schedule(data: object) -> Schedule:
    """The schedule of a form; one without fields for none. Invalid names the form's fields."""
    form = form_of(data)
    match form.get("kind"):
        case "cron":
            cron, zone = (str(form.get(name, "")).strip() for name in ("cron", "timezone"))
            with refusals() as refused:
                if not cron:
                    refused.add("cron", "is required")
                return read(Schedule, {}, cron=cron or "0 0 * * *", timezone=zone or "UTC")
        case "interval":
            return read(Schedule, {}, every_minutes=form.get("every_minutes") or 0)
        case _:
            return Schedule()


def _losses(count: int) -> str:
    """What goes along with the plan."""
    if count == 0:
        return "It has never run. This cannot be undone."
    several = f"{count:,} or more" if count >= plans.COUNTED_AT_MOST else f"{count:,}"
    what = "Its 1 run is" if count == 1 else f"Its {several} runs are"
    return f"{what} deleted too; their executions are kept. This cannot be undone."
