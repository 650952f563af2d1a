"""One plan: what its page says above the tabs."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel import chain
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.plans.schemas import PlanOut, PlanPatch
from hub_app.plans.service import plans
from hub_app.plans.state.timing import schedule_words, times_from, trigger_words, zone_of
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.page_address import PageAddress, parameter

TABS = ("steps", "runs", "settings")


@dataclass(frozen=True)
class PlanAddress(PageAddress):
    """The tab; of the runs the one that is open, and its step; of the steps the one whose form is open."""

    tab: str = parameter(TABS, default=TABS[0])
    run: str = parameter(stays=False)
    step: str = parameter(stays=False)
    edit: str = parameter(stays=False)

    def of_run(self, run: object, step: str = "") -> str:
        return self.url(tab="runs", cursor="", run=str(run), step=step)


class PlanState(rx.State):
    """The plan's facts. `missing` when the tenant has none of this id."""

    loaded: bool = False
    missing: bool = False
    tab: str = TABS[0]
    here: str = ""
    id: str = ""
    name: str = ""
    description: str = ""
    is_active: bool = True
    trigger: str = ""
    schedule: str = ""
    event_type: str = ""
    next_at: str = ""
    not_started: str = ""
    not_started_since: str = ""
    times: rx.Field[list[str]] = rx.field(default_factory=list)
    """The next three times that the schedule starts it."""
    zone: str = ""
    """The zone by whose clock it does; "" for an interval."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = PlanAddress.at(self)
        self.tab, self.here = address.tab, address.path
        await self._load()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def refresh(self) -> None:
        """Look at the plan again, after it was changed."""
        await self._load()

    async def _load(self) -> None:
        try:
            self._show(await plans.get_plan(await current_actor(self), PlanAddress.at(self).id))
        except NotFound:
            self.missing, self.name = True, "No such plan"
        self.loaded = True

    def _show(self, plan: PlanOut) -> None:
        self.missing, self.id = False, str(plan.id)
        self.name, self.description, self.is_active = plan.name, plan.description, plan.is_active
        self.trigger, self.event_type = trigger_words(plan), plan.event_type or ""
        self.schedule = schedule_words(plan.schedule) if plan.schedule else ""
        self.next_at = words.iso(plan.next_run_at)
        self.not_started, self.not_started_since = _not_started(plan), words.iso(plan.not_started_since)
        self.zone = zone_of(plan.schedule) if plan.schedule else ""
        self.times = times_from(plan.next_run_at, plan.schedule) if plan.schedule and plan.next_run_at else []

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def turn(self, on: bool) -> EventSpec:  # noqa: FBT001 - an event's argument
        """Turn the plan on or off."""
        changed = await plans.update_plan(
            await current_actor(self), PlanAddress.at(self).id, PlanPatch(is_active=on is True)
        )
        self._show(changed)
        what = "is on" if changed.is_active else "is off. It starts only by hand"
        return rx.toast.success(f"{changed.name} {what}.")


def _not_started(plan: PlanOut) -> str:
    """What did not start the plan, and why; "" when all did."""
    no_room = plan.not_started - plan.too_deep
    told: list[str] = []
    if no_room:
        times = "Once" if no_room == 1 else f"{no_room:,} times"
        told.append(
            f"{times} no run was started, because the maximum number of its runs were already waiting. Check why they take"
            " so long, or cancel some."
        )
    if plan.too_deep:
        times = "Once" if plan.too_deep == 1 else f"{plan.too_deep:,} times"
        told.append(
            f"{times} no run was started, because {chain.MOST} runs had already started one another: the plan's own calls"
            " start it again. Make its steps publish a different event, or start the plan on a different one."
        )
    return " ".join(told)
