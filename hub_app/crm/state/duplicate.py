"""One pair of possible duplicates, side by side: merging them, keeping them apart, taking them apart again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import reflex as rx

from hub_app.crm.differences import compare
from hub_app.crm.fields import Feature
from hub_app.crm.said import said
from hub_app.crm.schemas.conflicts import DuplicateOut, DuplicateSide, MergeIn
from hub_app.crm.schemas.records import FieldOut
from hub_app.crm.service import duplicates, records
from hub_app.crm.state.decisions import KINDS, SideRow
from hub_app.crm.state.record_address import HERE as RECORDS
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.edits import AsTagged
from hub_app.kernel.errors import Conflict, Invalid, PreconditionFailed
from hub_app.kernel.validation import validated
from hub_app.ui import words
from hub_app.ui.forms import Answer, DialogState, confirmed, submits_data
from hub_app.ui.guard import current_actor
from hub_app.ui.inputs import read_id

_WHY = {"email": "Same email", "phone": "Same phone", "name_and_date": "Same name and date"}
_ALL = 100


@dataclass(frozen=True)
class RecordRow:
    """One of the two records."""

    value: str
    href: str
    name: str
    sources: str
    at: str


class DuplicateState(DialogState, rx.State):
    """The pair at the right. `fields` differ, `same` do not."""

    id: str = ""
    kind: str = ""
    why: str = ""
    status: str = ""
    decided_by: str = ""
    records: rx.Field[list[RecordRow]] = rx.field(default_factory=list)
    first_head: str = ""
    second_head: str = ""
    fields: rx.Field[list[SideRow]] = rx.field(default_factory=list)
    same: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    below: str = ""
    """The address of the pair that comes next, or of the list when there is none."""
    here: str = ""
    """The address of this pair among those that wait."""
    seen: str = ""
    """What tells that the records are as they are shown."""

    @submits_data(Role.ENGINEER)
    async def merge(self, data: Mapping[str, Any]) -> Answer:
        """Make one record of the two as the form says."""
        actor, one = await current_actor(self), read_id(self.id)
        pair = await duplicates.get_duplicate(actor, one)
        expected = AsTagged(frozenset({str(data.get("seen", ""))}))
        try:
            done = await duplicates.merge(actor, one, _wanted(pair, data), expected=expected)
        except PreconditionFailed:
            return await self._changed_elsewhere()
        except Conflict:
            return await self._decided_elsewhere()
        kept = done.first if data.get("keep") == "first" else done.second
        return [rx.toast.success(f"Merged into {kept.name or 'one record'}."), rx.redirect(self.below)]

    @confirmed(Role.ENGINEER)
    async def dismiss(self) -> Answer:
        """They are two."""
        try:
            await duplicates.dismiss(await current_actor(self), read_id(self.id))
        except Conflict:
            return await self._decided_elsewhere()
        return [
            rx.toast.success("They stay two records, and are not offered again."),
            rx.redirect(self.below),
        ]

    @confirmed(Role.ENGINEER)
    async def take_apart(self) -> Answer:
        """Make two records again of the merged one."""
        try:
            await duplicates.take_apart(await current_actor(self), read_id(self.id))
        except Conflict:
            return await self._decided_elsewhere()
        return [rx.toast.success("They are two records again."), rx.redirect(self.here)]

    async def _changed_elsewhere(self) -> Answer:
        """What was chosen was chosen by other values: the pair is shown as it is now."""
        await self._look_again()
        return rx.toast.warning("These records have changed since. Look at them again: nothing was merged.")

    async def _decided_elsewhere(self) -> Answer:
        """Somebody else was faster: the pair is shown as it is now."""
        now = await self._look_again()
        if now.status == "open":
            return rx.toast.warning("One of these records is in the archive by now. Nothing was merged.")
        who = now.decided_by or "Someone else"
        return rx.toast.warning(f"{who} decided on this pair in the meantime. Nothing of yours was done.")

    async def _look_again(self) -> DuplicateOut:
        """Show the pair as it is now."""
        actor = await current_actor(self)
        now = await duplicates.get_duplicate(actor, read_id(self.id))
        fill(self, now, await fields_of(actor, now))
        return now


async def fields_of(actor: Actor, pair: DuplicateOut | None) -> Sequence[FieldOut]:
    """The fields that records such as these have."""
    return await records.fields_of(actor, cast("Feature", pair.resource)) if pair else []


def fill(state: DuplicateState, pair: DuplicateOut | None, known: Sequence[FieldOut]) -> None:
    """Show this pair, or none; `known` are the fields that it can have."""
    if pair is None:
        state.id, state.fields, state.same, state.records = "", [], [], []
        return
    state.seen = pair.version.etag
    state.id, state.status, state.decided_by = str(pair.id), pair.status, pair.decided_by
    state.kind, state.why = KINDS.get(pair.resource, pair.resource), why(pair)
    state.records = [_record("first", pair.first, pair.kept), _record("second", pair.second, pair.kept)]
    state.first_head, state.second_head = _head(pair.first, "1"), _head(pair.second, "2")
    labels = {one.key: (one.label, str(one.type)) for one in known}
    names = [*labels, *sorted({*pair.first.values, *pair.second.values} - {*labels})]
    fields: list[SideRow] = []
    same: list[tuple[str, str]] = []
    for name in names:
        label, kind = labels.get(name, (name, "text"))
        first, second = (said(side.values.get(name), kind) for side in (pair.first, pair.second))
        if pair.first.values.get(name) == pair.second.values.get(name):
            same += [(label, first)] if first else []
        else:
            fields.append(_row(name, label, (first, second), is_open=pair.status == "open"))
    state.fields, state.same = fields, same


def why(pair: DuplicateOut) -> str:
    """What they share: `Same email`, or `Names 94 % alike, same date`."""
    if pair.why == "name_and_date" and pair.score < _ALL:
        return f"Names {pair.score} % alike, same date"
    return _WHY[pair.why]


def _wanted(pair: DuplicateOut, data: Mapping[str, Any]) -> MergeIn:
    """The record that stays, and the fields for which it takes the other one's value. Invalid when none is to stay."""
    keep = data.get("keep")
    if keep not in {"first", "second"}:
        raise Invalid.field("keep", "must be chosen: which of the two records stays")
    kept, other = (pair.first, pair.second) if keep == "first" else (pair.second, pair.first)
    names = [name for name in other.values if other.values[name] != kept.values.get(name)]
    # What only one of them has is kept, whichever stays.
    take = [name for name in names if kept.values.get(name) is None or data.get(f"take:{name}", keep) != keep]
    return validated(MergeIn, {"keep": str(kept.id), "take": take})


def _row(name: str, label: str, texts: tuple[str, str], *, is_open: bool) -> SideRow:
    first, second = compare(*texts)
    return SideRow(
        key=name,
        label=label,
        before="",
        first=first,
        second=second,
        chosen=("first" if texts[0] else "second") if is_open else "",
        # There is nothing to choose where only one of them has a value.
        open=is_open and all(texts),
        seen="",
    )


def _record(value: str, side: DuplicateSide, kept: UUID | None) -> RecordRow:
    number = {"first": "Record 1", "second": "Record 2"}[value]
    known = f"from {', '.join(side.sources) or 'no connected CRM'}"
    if kept is not None:
        known = f"this one stayed, {known}" if side.id == kept else "merged into the other one"
    sources = f"{number} · {known}"
    return RecordRow(
        value, f"{RECORDS}/{side.id}", side.name or "Without a name", sources, words.iso(side.created_at)
    )


def _head(side: DuplicateSide, number: str) -> str:
    return f"Record {number}: {side.name or 'without a name'}"
