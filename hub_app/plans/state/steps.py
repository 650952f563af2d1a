"""The steps of a plan, as they are being changed: a draft in this tab until the whole plan is saved."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.service import lookup
from hub_app.kernel.actor import Role
from hub_app.kernel.edits import AsOpened
from hub_app.kernel.errors import Conflict, EditConflict, Invalid, NotFound
from hub_app.plans.schemas import PlanOut, PlanPatch, Step, stored
from hub_app.plans.service import plans
from hub_app.plans.state import references
from hub_app.plans.state.plan import PlanAddress, PlanState
from hub_app.plans.state.step_rows import StepRow, difference, row_of
from hub_app.ui.guard import FormState, current_actor, guarded, sentence
from hub_app.ui.inputs import read

_OTHERS = 10


@dataclass(frozen=True)
class _Unsaved:
    """The draft of a plan whose page was left."""

    draft: list[dict[str, Any]]
    saved: list[dict[str, Any]]
    version: str


class PlanStepsState(FormState, rx.State):
    """The draft. It survives leaving the page and coming back, until it is saved or discarded: those of ten other plans too."""

    loaded: bool = False
    rows: rx.Field[list[StepRow]] = rx.field(default_factory=list)
    changed: bool = False
    failure: str = ""
    meanwhile: str = ""
    """What someone else made of the saved steps, in words, until the person has chosen."""
    place: str = ""
    """The page whose plan's steps these are."""
    _version: str = ""
    _their_version: str = ""
    _saved: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each tab
    _theirs: list[dict[str, Any]] = []  # noqa: RUF012 - as above
    _draft: list[dict[str, Any]] = []  # noqa: RUF012 - as above
    _names: dict[UUID, str] = {}  # noqa: RUF012 - as above
    _others: dict[str, _Unsaved] = {}  # noqa: RUF012 - as above

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        if PlanAddress.at(self).tab != "steps":
            return
        actor = await current_actor(self)
        try:
            plan = await plans.get_plan(actor, PlanAddress.at(self).id)
        except NotFound:
            self.loaded = False
            return
        self._names = await lookup.connector_names(actor)
        here = PlanAddress.at(self).path
        if self.place != here or not self.changed:
            self._keep_draft()
            self.place = here
            self._know(plan)
            kept = self._others.pop(here, None)
            if kept is not None:
                self._saved, self._version = kept.saved, kept.version
            self._put(plan.steps if kept is None else [Step.model_validate(one) for one in kept.draft])
        self._show({})
        self.loaded = True

    def _keep_draft(self) -> None:
        if self.changed:
            self._others[self.place] = _Unsaved(self._draft, self._saved, self._version)
        while len(self._others) > _OTHERS:
            del self._others[next(iter(self._others))]

    def _steps(self) -> list[Step]:
        if self.place != PlanAddress.at(self).path:
            raise Conflict("The steps of this plan are not loaded yet. Try again.")
        return [Step.model_validate(one) for one in self._draft]

    def _know(self, plan: PlanOut) -> None:
        """These are the steps that are saved."""
        self._saved, self._version = stored(plan.steps), plan.version.fields["steps"]
        self.meanwhile = ""

    def _put(self, steps: Sequence[Step]) -> None:
        """Make these the draft."""
        self._draft = stored(steps)
        self.changed, self.failure, self.busy = self._draft != self._saved, "", False
        self._show({})

    def _show(self, refused: Mapping[int, str]) -> None:
        """Show the draft, with what the server refused of it by the steps' numbers."""
        steps = self._steps()
        self.rows = [row_of(steps, n, self._names, refused.get(n, "")) for n in range(len(steps))]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    def duplicate(self, step: str) -> None:
        steps = self._steps()
        at = index_of(steps, step)
        free = references.step_id(steps[at].id, [one.id for one in steps])
        self._put([*steps[: at + 1], steps[at].model_copy(update={"id": free}), *steps[at + 1 :]])

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    def remove(self, step: str) -> EventSpec | None:
        steps = self._steps()
        at = index_of(steps, step)
        if len(steps) == 1:
            return rx.toast.error("A plan has at least one step. Change this one, or add another first.")
        self._put([*steps[:at], *steps[at + 1 :]])
        return None

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    def move(self, step: str, by: int) -> EventSpec | None:
        """Move a step up (-1) or down (1). The focus stays with it."""
        steps = self._steps()
        at = index_of(steps, step)
        to = at + (1 if by == 1 else -1)
        if not 0 <= to < len(steps):
            return None
        steps[at], steps[to] = steps[to], steps[at]
        self._put(steps)
        up, down = (f"Move {steps[to].id} {way}" for way in ("up", "down"))
        order = [up, down] if to < at else [down, up]
        return rx.call_script(f"window.hub.focusButton(...{orjson.dumps(order).decode()})")

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def discard(self) -> None:
        """Go back to the steps that are saved."""
        plan = await plans.get_plan(await current_actor(self), PlanAddress.at(self).id)
        self._know(plan)
        self._put(plan.steps)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def save(self) -> AsyncIterator[Any]:
        """Save all steps, unless someone else changed them meanwhile."""
        self.busy, self.failure = True, ""
        yield None
        actor, expected = await current_actor(self), AsOpened({"steps": self._version})
        try:
            given = read(PlanPatch, {}, steps=self._draft)
            saved = await plans.update_plan(actor, PlanAddress.at(self).id, given, expected=expected)
        except Invalid as error:
            self._refuse(error)
            return
        self._know(saved)
        self._put(saved.steps)
        yield rx.toast.success(f"{saved.name} is saved. Runs that have already started keep their steps.")
        yield PlanState.refresh

    async def _offer_theirs(self, conflict: EditConflict) -> EventSpec:
        del conflict  # Steps are saved together.
        plan = await plans.get_plan(await current_actor(self), PlanAddress.at(self).id)
        self._theirs, self._their_version = stored(plan.steps), plan.version.fields["steps"]
        self.meanwhile = difference(self._saved, self._theirs)
        return rx.call_script("window.hub.focusChoice()")

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def keep_mine(self) -> None:
        """Let the next save overwrite what someone else made of the steps, as long as it is still that."""
        if self.meanwhile:
            self._saved, self._version, self.meanwhile = self._theirs, self._their_version, ""
            self.changed = self._draft != self._saved

    def _refuse(self, error: Invalid) -> None:
        """Show what was refused beside the steps, and the rest above them."""
        beside: dict[int, str] = {}
        for one in error.errors:
            _, _, below = one.field.partition("steps.")
            number = below.partition(".")[0]
            if number.isdigit():
                beside[int(number)] = sentence(one.message)
            else:
                self.failure = sentence(one.message)
        self.busy = False
        self._show(beside)


def index_of(steps: Sequence[Step], step: object) -> int:
    """Where in the draft a step is; NotFound when it is not."""
    found = next((n for n, one in enumerate(steps) if one.id == step), None)
    if found is None:
        raise NotFound("This step no longer exists. Reload the page.")
    return found


def draft_of(state: PlanStepsState) -> list[Step]:
    """The steps as they are being changed."""
    return state._steps()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - this module's own state; a public one would be an event


def put(state: PlanStepsState, steps: Sequence[Step]) -> None:
    """Make these the draft."""
    state._put(steps)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
