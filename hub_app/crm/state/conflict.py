"""One conflict, side by side, and choosing for its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.differences import compare
from hub_app.crm.said import entered, entered_as, said
from hub_app.crm.schemas.conflicts import ChoiceIn, ConflictField, ConflictOut, ResolveAlikeIn, ResolveIn
from hub_app.crm.service import conflicts
from hub_app.crm.state.decisions import KINDS, SideRow
from hub_app.crm.state.record_address import HERE as RECORDS
from hub_app.kernel.actor import Role
from hub_app.kernel.edits import AsOpened
from hub_app.kernel.errors import Conflict, EditConflict, FieldError, Invalid
from hub_app.kernel.validation import validated
from hub_app.ui import words
from hub_app.ui.forms import Answer, RowDialogState, confirmed, submits_data
from hub_app.ui.guard import current_actor
from hub_app.ui.inputs import read_id

_LONGEST = 400


@dataclass(frozen=True)
class FieldRow(SideRow):
    """With a value of one's own."""

    control: str
    entered: str


@dataclass(frozen=True)
class Alike:
    """The choice that was just made for a field, `id`, for the other conflicts that have the field too. `name` says it."""

    id: str
    name: str
    take: str
    text: str


class ConflictState(RowDialogState, rx.State):
    """The conflict at the right. `rows` are choices that others could get as well."""

    id: str = ""
    name: str = ""
    record: str = ""
    """The address of the record that it is about."""
    kind: str = ""
    crm: str = ""
    status: str = ""
    decided_by: str = ""
    decided_at: str = ""
    writes: bool = False
    """Whether the CRM gets what is chosen of the hub's side."""
    fields: rx.Field[list[FieldRow]] = rx.field(default_factory=list)
    rows: rx.Field[list[Alike]] = rx.field(default_factory=list)
    below: str = ""
    """The address of the conflict that comes next, or of the list when there is none."""
    home: str = ""
    """The address of the list alone."""
    _resolved: str = ""

    @submits_data(Role.ENGINEER)
    async def resolve(self, data: Mapping[str, Any]) -> Answer:
        """Choose as the form says, for the fields as it shows them."""
        actor, one = await current_actor(self), read_id(self.id)
        given = _choices(data)
        shown = {name: str(data.get(f"seen:{name}", "")) for name in given.choices}
        try:
            done = await conflicts.resolve(actor, one, given, expected=AsOpened(shown))
        except (EditConflict, Conflict, Invalid) as error:
            fill(self, await conflicts.get_conflict(actor, one))
            return _refused(error, self)
        await self._offer_alike(given)
        toast = rx.toast.success(self._settled(given))
        if done.status == "open":
            fill(self, done)
            return toast
        return [toast, rx.redirect(self.below)]

    async def _offer_alike(self, given: ResolveIn) -> None:
        """Offer these choices for the other conflicts with the same CRM that have the same field."""
        actor, one = await current_actor(self), read_id(self.id)
        labels = {row.key: row.label for row in self.fields}
        self._resolved, self.rows = self.id, []
        for name, choice in given.choices.items():
            count = 0 if choice.take == "value" else await conflicts.count_alike(actor, one, name)
            if count:
                side = "Hub" if choice.take == "hub" else self.crm
                self.rows = [*self.rows, _alike(name, labels.get(name, name), side, choice.take, count)]

    @confirmed(Role.ENGINEER)
    async def choose_alike(self) -> Answer:
        """Make the choice that the dialog is about in all other conflicts."""
        row = next((one for one in self.rows if one.id == self.subject_id), None)
        if not row:
            return []
        given = validated(ResolveAlikeIn, {"field": row.id, "take": row.take})
        count = await conflicts.resolve_alike(await current_actor(self), read_id(self._resolved), given)
        self.rows = [one for one in self.rows if one.id != row.id]
        # The conflict at the right may be one of them.
        said = f"{_count(count, 'more field')} settled in the same way."
        return [rx.toast.success(said), rx.redirect(self.home)]

    def _settled(self, given: ResolveIn) -> str:
        """What happened, and what happens next."""
        labels = {row.key: row.label for row in self.fields}
        names = [labels.get(name, name) for name in given.choices]
        said = f"{names[0]} is settled." if len(names) == 1 else f"{len(names)} fields are settled."
        if all(one.take == "crm" for one in given.choices.values()):
            return said
        if self.writes:
            return f"{said} Hub's values go to {self.crm} with the next export or two-way sync."
        return f"{said} Nothing is written to {self.crm}, which is connected for import only."


def fill(state: ConflictState, one: ConflictOut | None) -> None:
    """Show this conflict, or none."""
    if one is None:
        state.id, state.fields = "", []
        return
    state.id, state.name, state.crm = str(one.id), one.record_name, one.integration_name
    state.record = f"{RECORDS}/{one.record_id}"
    state.status, state.kind = one.status, KINDS.get(one.resource, one.resource)
    state.writes = one.sync_direction != "import_only"
    state.decided_by, state.decided_at = one.resolved_by, words.iso(one.resolved_at)
    version, is_open = one.version.fields, one.status == "open"
    state.fields = [_row(field, version.get(field.field, ""), is_open=is_open) for field in one.fields]


def _choices(data: Mapping[str, Any]) -> ResolveIn:
    """What the form says. Invalid when nothing is chosen."""
    choices: dict[str, ChoiceIn] = {}
    for name, take in data.items():
        prefix, _, field = name.partition(":")
        if prefix == "take" and take in {"hub", "crm", "value"}:
            value = data.get(f"value:{field}") if take == "value" else None
            choices[field] = validated(ChoiceIn, {"take": take, "value": value})
    if not choices:
        raise Invalid([FieldError("choices", "must be made")], "Choose a value for at least one field.")
    return validated(ResolveIn, {"choices": choices})


def _refused(error: Conflict | Invalid, state: ConflictState) -> EventSpec:
    """What is said of choices that could not be taken: the conflict is shown as it is now."""
    if isinstance(error, EditConflict):
        labels = {row.key: row.label for row in state.fields}
        names = ", ".join(labels.get(name, name) for name in error.fields)
        return rx.toast.warning(
            f"{names} changed after you opened this. Nothing was chosen. Look at it again."
        )
    values = {one.field.removeprefix("choices.").removesuffix(".value"): one.message for one in error.errors}
    if any(one.field.endswith(".value") for one in error.errors):
        raise Invalid([FieldError(f"value:{name}", message) for name, message in values.items()])
    if state.status == "open":
        return rx.toast.warning(
            "Someone else chose for one of these fields. Nothing of yours was chosen. Look at it again."
        )
    who = f"{state.decided_by} has" if state.decided_by else "A sync has"
    return rx.toast.warning(f"{who} settled this conflict in the meantime. Nothing of yours was chosen.")


def _row(field: ConflictField, seen: str, *, is_open: bool) -> FieldRow:
    first, second = compare(said(field.hub, field.type), said(field.crm, field.type))
    before = said(field.base, field.type)
    return FieldRow(
        key=field.field,
        label=field.label,
        before=before if len(before) <= _LONGEST else f"{before[:_LONGEST]}…",
        first=first,
        second=second,
        chosen=field.chosen or "",
        open=is_open and field.chosen is None,
        seen=seen,
        control=entered_as(field.type),
        entered=entered(field.hub),
    )


def _alike(field: str, label: str, side: str, take: str, count: int) -> Alike:
    others = _count(count, "other conflict")
    have = "has" if count == 1 else "have"
    return Alike(
        id=field,
        name=f"{side}'s {label} in {others}",
        take=take,
        text=f"You chose {side}'s {label}. {others} with the same CRM {have} this field too.",
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
