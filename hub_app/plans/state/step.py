"""One step of a plan in its form: which action it calls, with what, and what it can refer to."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx
from pydantic import JsonValue
from reflex.event import EventSpec

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.service import connectors, lookup
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Invalid, NotFound
from hub_app.kernel.validation import refusals
from hub_app.plans.schemas import Step
from hub_app.plans.service import outcomes
from hub_app.plans.state import references
from hub_app.plans.state.plan import PlanAddress, PlanState
from hub_app.plans.state.references import Reference
from hub_app.plans.state.steps import PlanStepsState, draft_of, index_of, put
from hub_app.ui.forms import DialogState, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.ui.parameters.fields import PREFIX, ParameterField, template_fields_of
from hub_app.ui.parameters.reading import Filled, read_templates

_NEW = ""


class PlanStepState(DialogState, rx.State):
    """The form of a step. `step` is the id of the one that is changed, "" for a new one."""

    step: str = _NEW
    connector: str = ""
    connectors: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    action: str = ""
    actions: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    about: str = ""
    fields: rx.Field[list[ParameterField]] = rx.field(default_factory=list)
    references: rx.Field[list[Reference]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        """Open the step that the address names, such as the first one of a new plan."""
        self._open("")
        address = PlanAddress.at(self)
        if address.tab != "steps" or not address.edit:
            return
        actor, steps = await current_actor(self), draft_of(await self.get_state(PlanStepsState))
        at = next((n for n, one in enumerate(steps) if one.id == address.edit), None)
        if at is not None and actor.role.includes(Role.CUSTOMER_ADMIN):
            await self._edit(actor, steps, at)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_add(self) -> None:
        """Open the form for a new last step."""
        actor, steps = await current_actor(self), draft_of(await self.get_state(PlanStepsState))
        await self._begin(actor, steps)
        self.step, self.values = _NEW, {"on_error": "stop", "retries": "3"}
        first = self.connectors[0][0] if self.connectors else ""
        await self._choose(actor, str(steps[-1].integration_id) if steps else first)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self, step: str) -> None:
        """Open the form of a step of the draft."""
        steps = draft_of(await self.get_state(PlanStepsState))
        await self._edit(await current_actor(self), steps, index_of(steps, step))

    async def _edit(self, actor: Actor, steps: Sequence[Step], at: int) -> None:
        step = steps[at]
        await self._begin(actor, steps[:at])
        self.step = step.id
        self.values = {"id": step.id, "on_error": step.on_error, "retries": str(step.retries)}
        await self._choose(actor, str(step.integration_id), step.action, step.params, step.omit)

    async def _begin(self, actor: Actor, earlier: Sequence[Step]) -> None:
        self._open("step")
        self.connectors = [(str(one), name) for one, name in (await lookup.connector_names(actor)).items()]
        plan = PlanAddress.at(self).id
        last = (await outcomes.last_runs(actor, [plan])).get(plan)
        outputs = [
            (one, await outcomes.step_output(actor, last.id, one.id) if last else "") for one in earlier
        ]
        self.references = references.references(outputs, (await self.get_state(PlanState)).event_type)

    async def _choose(
        self,
        actor: Actor,
        connector: str,
        action: str = "",
        values: Mapping[str, JsonValue] | None = None,
        omit: Sequence[str] = (),
    ) -> None:
        """Offer this connector's actions, and the form of one of them."""
        self.connector, self.actions, self.action, self.fields, self.about = connector, [], "", [], ""
        if not connector:
            return
        try:
            found = (await connectors.get_connector(actor, read_id(connector))).actions
        except NotFound:
            return  # The connector was deleted since; the form asks for another one.
        self.actions = [(one.id, one.name) for one in found]
        chosen = next((one for one in found if one.id == action), found[0] if found and not action else None)
        if chosen is None:
            self.actions = [("", "Choose…"), *self.actions]
            return
        self.action, self.about = chosen.id, f"{chosen.method} {chosen.endpoint}"
        form = f"{connector} {chosen.id} {self.step}"
        self.fields = template_fields_of(chosen.parameters, values or {}, omit, form=form)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def choose_connector(self, connector: str) -> None:
        await self._choose(await current_actor(self), str(connector))

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def choose_action(self, action: str) -> None:
        await self._choose(await current_actor(self), self.connector, str(action))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def apply(self, data: Mapping[str, Any]) -> EventSpec | None:
        """Put the step into the draft."""
        draft = await self.get_state(PlanStepsState)
        steps = draft_of(draft)
        ids = [one.id for one in steps]
        at = ids.index(self.step) if self.step in ids else len(steps)
        given = await self._read(await current_actor(self), data, steps, at)
        later = [_renamed(one, steps[at].id, given.id) for one in steps[at + 1 :]]
        put(draft, [*steps[:at], given, *later])
        address = PlanAddress.at(self)
        if not address.edit:
            return None
        # Not by the router: its navigation would load the page again, and close a form opened meanwhile.
        return rx.call_script(f"history.replaceState(history.state, '', {json.dumps(address.url())})")

    async def _read(self, actor: Actor, form: Mapping[str, Any], steps: Sequence[Step], at: int) -> Step:
        """The form as a step; Invalid names its fields."""
        chosen = chosen_action(form)
        action = await _action(actor, chosen)
        with refusals() as refused:
            filled = refused.part(lambda: read_templates(action.parameters, form), Filled())
            earlier = [one.id for one in steps[:at]]
            for name, value in filled.params.items():
                if why := references.problem(value, earlier):
                    refused.add(PREFIX + name, why)
            others = [one.id for number, one in enumerate(steps) if number != at]
            wanted = str(form.get("id", "")).strip() or references.step_id(action.id, others)
            if wanted in others:
                refused.add("id", "is the name of another step of this plan")
            retries = form.get("retries") if form.get("on_error") == "retry" else 3
            return read(
                Step, form, **chosen, id=wanted, params=filled.params, omit=filled.omit, retries=retries
            )


def chosen_action(form: Mapping[str, Any]) -> dict[str, str]:
    """Connector and action of a form. Raises Invalid when one is not chosen."""
    chosen = {name: str(form.get(name, "")) for name in ("integration_id", "action")}
    with refusals() as refused:
        for name, value in chosen.items():
            if not value:
                refused.add(name, "must be chosen")
    return chosen


async def _action(actor: Actor, chosen: Mapping[str, str]) -> Action:
    connector = await connectors.get_connector(actor, read_id(chosen["integration_id"]))
    for one in connector.actions:
        if one.id == chosen["action"]:
            return one
    raise Invalid.field("action", "is no longer an action of this connector")


def _renamed(step: Step, old: str, new: str) -> Step:
    params = {name: references.renamed(value, old, new) for name, value in step.params.items()}
    return step.model_copy(update={"params": params})
