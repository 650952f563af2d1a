"""The list of plans, and adding one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.service import connectors, lookup
from hub_app.kernel.actor import Role
from hub_app.kernel.validation import refusals, renamed
from hub_app.plans.schemas import PlanIn, PlanOut
from hub_app.plans.service import outcomes, plans
from hub_app.plans.service.outcomes import LastRun
from hub_app.plans.state.references import step_id
from hub_app.plans.state.step import chosen_action
from hub_app.plans.state.timing import trigger_words
from hub_app.ui import words
from hub_app.ui.forms import DialogState, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.ui.lists import PagedState
from hub_app.ui.page_address import SearchAddress
from hub_app.ui.urls import url_with

HERE = "/connectors/plans"
# In the place of the one that was not chosen, while the rest of the form is checked.
_ANY_STEP = {"integration_id": str(UUID(int=0)), "action": "any"}


@dataclass(frozen=True)
class PlanRow:
    href: str
    name: str
    steps: str
    trigger: str
    is_active: bool
    last_status: str
    last_at: str
    next_at: str


class PlansState(PagedState, DialogState, rx.State):
    """One page of plans, perhaps of those with a part of their name."""

    rows: rx.Field[list[PlanRow]] = rx.field(default_factory=list)
    text: str = ""
    connectors: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    actions: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    connector: str = ""
    _address = SearchAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, address = await current_actor(self), SearchAddress.at(self)
        self._open("")
        self.text = address.q
        found = await plans.list_plans(actor, self._page(), text=self.text)
        last = await outcomes.last_runs(actor, [one.id for one in found.items])
        self.rows = [_row(one, last.get(one.id)) for one in found.items]
        self.connectors = [(str(one), name) for one, name in (await lookup.connector_names(actor)).items()]
        self._turned(found, address)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_create(self) -> None:
        self._open("create")
        await self._choose(self.connectors[0][0] if self.connectors else "")

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def choose_connector(self, connector: str) -> None:
        """Offer this connector's actions."""
        await self._choose(str(connector))

    async def _choose(self, connector: str) -> None:
        self.actions, self.connector = [], connector
        if connector:
            found = await connectors.get_connector(await current_actor(self), read_id(connector))
            self.actions = [(one.id, one.name) for one in found.actions]

    @submits_data(Role.CUSTOMER_ADMIN)
    async def create(self, data: Mapping[str, Any]) -> EventSpec:
        with refusals() as refused:
            step = refused.part(lambda: chosen_action(data), _ANY_STEP)
            given = read(PlanIn, data, steps=[{**step, "id": step_id(step["action"], [])}])
        # What is wrong with the first step, by the names of the form's fields.
        with renamed(lambda one: one.field.removeprefix("steps.0.")):
            made = await plans.create_plan(await current_actor(self), given)
        return rx.redirect(url_with(f"{HERE}/{made.id}", tab="steps", edit=given.steps[0].id))


def _row(plan: PlanOut, last: LastRun | None) -> PlanRow:
    count = len(plan.steps)
    return PlanRow(
        href=f"{HERE}/{plan.id}",
        name=plan.name,
        steps="1 step" if count == 1 else f"{count} steps",
        trigger=trigger_words(plan),
        is_active=plan.is_active,
        last_status=last.status if last else "",
        last_at=words.iso(last.created_at) if last else "",
        next_at=words.iso(plan.next_run_at),
    )
