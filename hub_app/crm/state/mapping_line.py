"""One line of a mapping in its form, with what it makes of the chosen record while somebody types; and new custom fields."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.mappings import CrmFieldMapping, MappingPreview, NewField
from hub_app.crm.service import mappings
from hub_app.crm.state import mapping_steps as steps_
from hub_app.crm.state import mapping_words as words
from hub_app.crm.state.mapping import FieldMappingState
from hub_app.crm.state.mapping_address import MappingAddress
from hub_app.crm.state.mapping_draft import draft_of, fields_of, index_of, put, seen_by, with_draft
from hub_app.crm.state.mapping_steps import StepRow
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import FieldError, HubError, Invalid, NotFound
from hub_app.kernel.validation import renamed, validated
from hub_app.ui.forms import DialogState, submits_data
from hub_app.ui.guard import current_actor, guarded, sentence
from hub_app.ui.inputs import form_of, is_on

_NEW = ""
_MOST_STEPS = 10


class MappingLineState(DialogState, rx.State):
    """The form of a line. `line` is the place in the draft of the one that is changed, "" for a new one."""

    line: str = _NEW
    form: str = ""
    """Tells the forms apart: each begins anew."""
    steps: rx.Field[list[StepRow]] = rx.field(default_factory=list)
    targets: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    sources: rx.Field[list[str]] = rx.field(default_factory=list)
    subject: str = ""
    """The record that the line is tried on."""
    result: str = ""
    wrong: str = ""
    others: str = ""
    """What is odd about other records of the sample."""
    _steps: list[tuple[str, str]] = []  # noqa: RUF012 - Reflex makes a copy for each tab
    _looked: int = 0
    _count: int = 0

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_add(self) -> None:
        await self._begin(_NEW, None)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self, line: str) -> None:
        draft = draft_of(await self.get_state(FieldMappingState))
        await self._begin(str(line), draft[index_of(draft, line)])

    async def _begin(self, line: str, mapping: CrmFieldMapping | None) -> None:
        mapped = await self.get_state(FieldMappingState)
        self._open("line")
        self._count += 1
        self.line, self.form = line, str(self._count)
        self.targets = [("", "Choose…"), *((one.key, one.label) for one in fields_of(mapped).values())]
        self.sources = [one.path for one in seen_by(mapped)]
        self.subject = dict(mapped.records).get(mapped.record, "")
        self.result, self.wrong, self.others = "", "", ""
        if mapping is None:
            self._steps = []
            self.values = {"direction": "in", "blanks": "overwrite"}
        else:
            self._steps, texts = steps_.texts_of(mapping)
            rule = "crm_wins" if mapping.rule == "source_wins" else mapping.rule or ""
            self.values = {
                "source": mapping.source,
                "target": mapping.target,
                "direction": mapping.direction,
                "required": "on" if mapping.required else "",
                "rule": rule,
                "blanks": mapping.blanks,
                **texts,
            }
            row = next((one for one in mapped.rows if one.id == line), None)
            self.result, self.others = (row.result, row.warning) if row else ("", "")
        self.steps = steps_.rows_of(self._steps, words.TRANSFORMS)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def add_step(self, kind: str) -> None:
        """Let another transform follow."""
        if kind not in words.TRANSFORMS or len(self._steps) >= _MOST_STEPS:
            return
        taken = {step for step, _ in self._steps}
        step = next(f"s{n}" for n in range(_MOST_STEPS * 2) if f"s{n}" not in taken)
        self.values = {**self.values, **steps_.usual(step, str(kind))}
        self._chain([*self._steps, (step, str(kind))])

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def remove_step(self, step: str) -> None:
        self._chain([one for one in self._steps if one[0] != step])

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def move_step(self, step: str, by: int) -> None:
        """Move a transform up (-1) or down (1)."""
        chain = [*self._steps]
        at = next((n for n, one in enumerate(chain) if one[0] == step), None)
        to = None if at is None else at + (1 if by == 1 else -1)
        if at is not None and to is not None and 0 <= to < len(chain):
            chain[at], chain[to] = chain[to], chain[at]
            self._chain(chain)

    def _chain(self, steps: Sequence[tuple[str, str]]) -> None:
        self._steps = [(step, kind) for step, kind in steps]
        self.steps = steps_.rows_of(self._steps, words.TRANSFORMS)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def look(self, data: dict[str, Any]) -> None:
        """Show what the line makes of the chosen record while somebody types."""
        actor, sent = await current_actor(self), form_of(data)
        async with self:
            self._looked += 1
            looked, connection_id = self._looked, MappingAddress.at(self).id
            mapped = await self.get_state(FieldMappingState)
            if not mapped.records:
                return
            record = mapped.record
            try:
                line = self._read(sent)
                given = with_draft(mapped, self._replaced(draft_of(mapped), line))
            except Invalid as error:
                self.result, self.others = "", ""
                self.wrong = sentence(error.errors[0].message) if error.errors else error.detail
                return
        try:
            found = await mappings.preview_field_mappings(actor, connection_id, given)
        except HubError as error:
            async with self:
                self.result, self.wrong = "", sentence(error.detail)
            return
        async with self:
            if self._looked == looked:
                self._show(found, record, line)

    def _show(self, found: MappingPreview, record: str, line: CrmFieldMapping) -> None:
        chosen = next((one for one in found.records if one.external_id == record), None)
        self.result = words.shown(chosen.values.get(line.target)) if chosen else ""
        self.wrong = " ".join(words.sentences(chosen.warnings.get(line.target, ()))) if chosen else ""
        self.others = words.warned_words(found).get(line.target, "")

    def _replaced(self, draft: Sequence[CrmFieldMapping], line: CrmFieldMapping) -> list[CrmFieldMapping]:
        if self.line == _NEW:
            return [*draft, line]
        at = index_of(draft, self.line)
        return [*draft[:at], line, *draft[at + 1 :]]

    def _read(self, data: Mapping[str, Any]) -> CrmFieldMapping:
        """The line that the form says. Raises Invalid, by the form's fields."""
        steps = [*self._steps]
        declared = {
            "source": str(data.get("source", "")).strip(),
            "target": str(data.get("target", "")),
            "transforms": steps_.transforms_of(steps, data),
            "direction": str(data.get("direction", "in")),
            "required": is_on(data.get("required")),
            "rule": str(data.get("rule", "")) or None,
            "blanks": str(data.get("blanks", "overwrite")),
        }
        if not declared["target"]:
            raise Invalid([FieldError("target", "must be chosen")])
        with renamed(lambda one: steps_.field_of(one, steps)):
            return validated(CrmFieldMapping, declared)

    @submits_data(Role.CUSTOMER_ADMIN)
    async def put_line(self, data: Mapping[str, Any]) -> Any:
        """Put the line into the draft."""
        line = self._read(data)
        mapped = await self.get_state(FieldMappingState)
        draft = self._replaced(draft_of(mapped), line)
        # Lines of one field are alternatives: what holds for one holds for all.
        terms = {name: getattr(line, name) for name in ("direction", "required", "rule", "blanks")}
        alike = [one if one.target != line.target else one.model_copy(update=terms) for one in draft]
        put(mapped, alike)
        return FieldMappingState.try_out


class NewFieldState(DialogState, rx.State):
    """The form of a new custom field. `path` is the field of the CRM that is to fill it, "" for none."""

    path: str = ""
    source: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def ask_new(self) -> None:
        self._open("field")
        self.path, self.source = "", ""
        self.values = {"type": "text"}

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_for(self, path: str) -> None:
        """Open the form for a field like this one of the CRM, with a suggested name, key and type."""
        mapped = await self.get_state(FieldMappingState)
        seen = next((one for one in seen_by(mapped) if one.path == path), None)
        if seen is None:
            raise NotFound("This field no longer exists. Reload the page.")
        self._open("field")
        self.path, self.source = seen.path, seen.label
        key = mappings.suggested_key(seen.label, list(fields_of(mapped)))
        kind = seen.type if seen.type in words.TYPES else "text"
        self.values = {"label": seen.label, "key": key, "type": kind}

    @submits_data(Role.CUSTOMER_ADMIN)
    async def put_field(self, data: Mapping[str, Any]) -> Sequence[EventSpec | Any]:
        """Have the field added when the mapping is saved, and filled by the field of the CRM that it is for."""
        mapped = await self.get_state(FieldMappingState)
        draft, known = draft_of(mapped), fields_of(mapped)
        label = str(data.get("label", "")).strip()
        key = str(data.get("key", "")).strip() or mappings.suggested_key(label, list(known))
        made = validated(NewField, {"label": label, "key": key, "type": str(data.get("type", "text"))})
        if made.key in known:
            raise Invalid.field("key", f"is the key of {known[made.key].label} already. Choose another one")
        put(mapped, draft, [made])
        seen = next((one for one in seen_by(mapped) if one.path == self.path), None)
        if seen is not None:
            line = mappings.proposed_mapping(seen, fields_of(mapped)[made.key])
            put(mapped, [*draft, line])
        said = f"{made.label} is added when you save the mapping."
        return [rx.toast.success(said), FieldMappingState.try_out]
