"""The mapping of a connection as it is being changed: a draft in this tab until it is saved."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.mappings import (
    ApplyMappingsIn,
    CrmFieldMapping,
    Discovered,
    Feature,
    FieldMappingsIn,
    FieldMappingsOut,
    FieldOut,
    MappingPreview,
    NewField,
    ResourceMappingOut,
    SourceFieldOut,
)
from hub_app.crm.service import integrations, mappings
from hub_app.crm.state import mapping_words as words
from hub_app.crm.state.mapping_address import WORDS, MappingAddress
from hub_app.crm.state.mapping_words import LineRow, ResultRow, SourceRow
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.edits import AsOpened
from hub_app.kernel.errors import Conflict, EditConflict, HubError, Invalid, NotFound
from hub_app.ui.guard import FormState, current_actor, guarded, sentence
from hub_app.ui.inputs import read
from hub_app.ui.lists import FilteredState

_OTHERS = 10
_NEVER = "0 %"
_LONG = 12
_LONGEST = 100
Dumped = dict[str, Any]


@dataclass(frozen=True)
class _Unsaved:
    """The draft of a mapping whose page was left."""

    draft: list[Dumped]
    added: list[Dumped]
    saved: list[Dumped]
    version: str


class FieldMappingState(FilteredState, FormState, rx.State):
    """The draft. It survives leaving the page and coming back, until it is saved or discarded: some others too."""

    loaded: bool = False
    resource: str = ""
    resources: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    rows: rx.Field[list[LineRow]] = rx.field(default_factory=list)
    unmapped: rx.Field[list[SourceRow]] = rx.field(default_factory=list)
    targets: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    """Fields that nothing fills yet, to choose from."""
    added: rx.Field[list[str]] = rx.field(default_factory=list)
    """The labels of the custom fields that are saved with the mapping."""
    mapped: str = ""
    sure: int = 0
    changed: bool = False
    failure: str = ""
    meanwhile: str = ""
    outdated: int = 0
    """Records that have not been looked at since the mapping changed."""
    reads: bool = True
    reading: bool = False
    sampled: bool = False
    """Whether records of the CRM were read."""
    none_seen: bool = False
    is_long: bool = False
    """Whether the fields that are left out are so many that one searches among them."""
    sought: str = ""
    trouble: str = ""
    """Why no sample could be read."""
    records: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    record: str = ""
    results: rx.Field[list[ResultRow]] = rx.field(default_factory=list)
    refused: str = ""
    impact: str = ""
    slow: str = ""
    place: str = ""
    """The page whose mapping this is."""
    _address = MappingAddress
    _version: str = ""
    _their_version: str = ""
    _draft: list[Dumped] = []  # noqa: RUF012 - Reflex makes a copy for each tab
    _saved: list[Dumped] = []  # noqa: RUF012 - as above
    _theirs: list[Dumped] = []  # noqa: RUF012 - as above
    _added: list[Dumped] = []  # noqa: RUF012 - as above
    _fields: list[Dumped] = []  # noqa: RUF012 - as above
    _seen: list[Dumped] = []  # noqa: RUF012 - as above
    _suggested: list[Dumped] = []  # noqa: RUF012 - as above
    _warned: dict[str, str] = {}  # noqa: RUF012 - as above
    _values: Dumped = {}  # noqa: RUF012 - as above
    _others: dict[str, _Unsaved] = {}  # noqa: RUF012 - as above

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> Any:
        address = MappingAddress.at(self)
        if address.tab != "mapping":
            return None
        actor = await current_actor(self)
        self._arrived(address)
        try:
            one = await integrations.get_integration(actor, address.id)
            found = await mappings.get_field_mappings(actor, address.id)
        except NotFound:  # The page says so.
            self.loaded = False
            return None
        self.reads = one.sync_config.sync_direction != "export_only"
        self.resources = [(two.resource, WORDS[two.resource]) for two in found.resources]
        now = _of(found, address.resource)
        self.resource, self.record = now.resource, address.record
        here = f"{address.path}?{now.resource}"
        if self.place != here or not self.changed:
            self._keep_draft()
            if self.place != here:
                self._forget_sample()
            self.place = here
            self._know(found, now)
            kept = self._others.pop(here, None)
            if kept is None:
                self._put(self._saved)
            else:
                self._saved, self._version, self._added = kept.saved, kept.version, kept.added
                self._put(kept.draft)
        self._show()
        self.loaded = True
        # Not beside this handler: it begins with what is shown by now.
        return FieldMappingState.read_samples

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def read_samples(self) -> None:
        """Read some records of the CRM, and show what the mapping makes of them. Viewers are shown none: it is a call."""
        await self._read_samples(anew=False)

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def read_again(self) -> None:
        await self._read_samples(anew=True)

    async def _read_samples(self, *, anew: bool) -> None:
        actor = await current_actor(self)
        is_here = MappingAddress.at(self).tab == "mapping" and self.loaded
        if not is_here or not actor.role.includes(Role.ENGINEER):
            return
        async with self:
            self.reading, self.trouble = True, ""
            place, connection_id, resource = self.place, MappingAddress.at(self).id, self._resource()
        try:
            found = await mappings.discover_fields(actor, connection_id, resource, anew=anew)
        except HubError as error:
            async with self:
                self.reading, self.trouble = False, error.detail
            return
        async with self:
            if self.place == place:
                self.reading = False
                self._discovered(found)
        await self._try(actor)

    @rx.event(background=True)
    @guarded(Role.ENGINEER)
    async def try_out(self) -> None:
        """Show what the draft makes of the sample."""
        await self._try(await current_actor(self))

    async def _try(self, actor: Actor) -> None:
        async with self:
            if self.trouble or not self._seen or self.place == "":
                return
            place, draft = self.place, [*self._draft]
            connection_id, given = MappingAddress.at(self).id, self._given()
        try:
            found = await mappings.preview_field_mappings(actor, connection_id, given)
        except HubError as error:
            async with self:
                self.impact, self.slow = "", sentence(error.detail)
            return
        async with self:
            # What was typed meanwhile is tried by an event of its own.
            if self.place == place and self._draft == draft:
                self._tried(found)

    @rx.event
    @guarded(Role.ENGINEER)
    def seek(self, text: str) -> None:
        """Show the fields that are left out and have these words in their name, path or sample."""
        self.sought = str(text)[:_LONGEST]
        self._show()

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def map_to(self, path: str, target: str) -> Any:
        """Have a field of the CRM fill this one."""
        seen = next((one for one in self._seen if one["path"] == path), None)
        field = self._field_by_key().get(str(target))
        if seen is None or field is None:
            raise NotFound("This field no longer exists. Reload the page.")
        made = mappings.proposed_mapping(SourceFieldOut.model_validate(seen), field)
        self._put([*self._draft, dumped(made)])
        return [
            rx.toast.success(f"{seen['label']} fills {field.label}. Save the mapping to keep it."),
            FieldMappingState.try_out,
        ]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def match_rest(self) -> Any:
        """Map all fields that are surely alike."""
        taken = {one["target"] for one in self._draft}
        sure = [one["field_mapping"] for one in self._suggested if one["sure"]]
        new = [one for one in sure if one["target"] not in taken]
        if not new:
            return rx.toast.info("No other field is surely alike. Choose a field for each that you need.")
        self._put([*self._draft, *new])
        what = "1 field is mapped" if len(new) == 1 else f"{len(new):,} fields are mapped"
        return [rx.toast.success(f"{what}. Check them, then save."), FieldMappingState.try_out]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def remove(self, line: str) -> EventSpec | Any:
        at = index_of(self._draft, line)
        self._put([*self._draft[:at], *self._draft[at + 1 :]])
        return FieldMappingState.try_out

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def discard(self) -> Any:
        """Go back to the mapping that is saved."""
        address = MappingAddress.at(self)
        found = await mappings.get_field_mappings(await current_actor(self), address.id)
        self._know(found, _of(found, self.resource))
        self._put(self._saved)
        return FieldMappingState.try_out

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def save(self) -> AsyncIterator[Any]:
        """Save the mapping of this kind of record, unless someone else changed it meanwhile."""
        self.busy, self.failure = True, ""
        yield None
        actor, address = await current_actor(self), MappingAddress.at(self)
        expected = AsOpened({self.resource: self._version})
        try:
            found = await mappings.replace_field_mappings(actor, address.id, self._given(), expected=expected)
        except Invalid as error:
            self._refuse(error)
            return
        self._know(found, _of(found, self.resource))
        self._put(self._saved)
        yield rx.toast.success("The mapping is saved.")
        yield FieldMappingState.try_out

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def apply(self, preview: bool) -> Any:  # noqa: FBT001 - an event's argument
        """Look at all records of this kind again, or tell what that would change."""
        given = ApplyMappingsIn(resources=[self._resource()], dry_run=preview is True)
        address = MappingAddress.at(self)
        job = await mappings.apply_field_mappings(await current_actor(self), address.id, given)
        said = "The preview has started." if preview is True else "The records are looked at again."
        return [rx.toast.success(said), rx.redirect(f"{address.path}?tab=jobs&job={job.id}")]

    async def _offer_theirs(self, conflict: EditConflict) -> EventSpec:
        del conflict  # The mapping of a kind of record is saved as a whole.
        found = await mappings.get_field_mappings(await current_actor(self), MappingAddress.at(self).id)
        now = _of(found, self.resource)
        self._theirs = [dumped(one) for one in now.field_mappings]
        self._their_version = found.version.fields[now.resource]
        self.meanwhile, self.busy = _difference(self._saved, self._theirs), False
        return rx.call_script("window.hub.focusChoice()")

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    def keep_mine(self) -> None:
        """Let the next save overwrite what someone else made of the mapping, as long as it is still that."""
        if self.meanwhile:
            self._saved, self._version, self.meanwhile = self._theirs, self._their_version, ""
            self.changed = self._is_changed()

    def _keep_draft(self) -> None:
        if self.changed:
            kept = _Unsaved(self._draft, self._added, self._saved, self._version)
            self._others[self.place] = kept
        while len(self._others) > _OTHERS:
            del self._others[next(iter(self._others))]

    def _forget_sample(self) -> None:
        self._seen, self._suggested, self._warned, self._values = [], [], {}, {}
        self.records, self.results, self.impact, self.slow, self.refused = [], [], "", "", ""
        self.trouble, self.reading, self.sampled, self.sought = "", False, False, ""

    def _resource(self) -> Feature:
        return cast("Feature", self.resource)

    def _know(self, found: FieldMappingsOut, now: ResourceMappingOut) -> None:
        """This is the mapping that is saved."""
        self._saved = [dumped(one) for one in now.field_mappings]
        self._fields = [one.model_dump(mode="json") for one in now.fields]
        self._version, self._added = found.version.fields[now.resource], []
        self.outdated, self.meanwhile = now.outdated, ""

    def _put(self, draft: Sequence[Mapping[str, Any]]) -> None:
        """Make this the draft."""
        self._draft = [dict(one) for one in draft]
        self.changed, self.failure, self.busy = self._is_changed(), "", False
        self._show()

    def _is_changed(self) -> bool:
        return self._draft != self._saved or bool(self._added)

    def _given(self) -> FieldMappingsIn:
        return read(
            FieldMappingsIn,
            {},
            resource=self.resource,
            field_mappings=self._draft,
            custom_fields=self._added,
        )

    def _field_by_key(self) -> dict[str, FieldOut]:
        """All fields, also those that are saved with the mapping."""
        new = [{**one, "custom": True} for one in self._added]
        known = [FieldOut.model_validate(one) for one in [*self._fields, *new]]
        return {one.key: one for one in known}

    def _show(self, refused: Mapping[int, str] | None = None) -> None:
        """Show the draft, with what was refused of it by the numbers of its lines."""
        draft = [CrmFieldMapping.model_validate(one) for one in self._draft]
        fields = self._field_by_key()
        seen = {str(one["path"]): SourceFieldOut.model_validate(one) for one in self._seen}
        taken = {one.target for one in draft}
        sources = {one.source for one in draft}
        self.rows = words.line_rows(draft, fields, seen, self._values, self._warned, refused or {})
        offered = {str(one["field_mapping"]["source"]): one for one in self._suggested}
        left = [one for path, one in seen.items() if path not in sources]
        rows = [_source_row(one, offered.get(one.path), fields, taken) for one in left]
        # What may be wanted comes first, what is empty everywhere last.
        rows.sort(key=lambda row: (row.suggested == "", row.filled == _NEVER))
        self.is_long = len(rows) > _LONG
        self.unmapped = [row for row in rows if _is_sought(row, self.sought)]
        self.targets = [(one.key, one.label) for one in fields.values() if one.key not in taken]
        self.added = [str(one["label"]) for one in self._added]
        self.mapped = f"{len(taken & fields.keys()):,} of {len(fields):,} fields mapped"
        self.sure = sum(
            bool(one["sure"]) and one["field_mapping"]["target"] not in taken for one in self._suggested
        )

    def _discovered(self, found: Discovered) -> None:
        self._seen = [one.model_dump(mode="json") for one in found.source_fields]
        self._suggested = [one.model_dump(mode="json") for one in found.suggestions]
        self.sampled, self.none_seen = True, not self._seen
        self._show()

    def _tried(self, found: MappingPreview) -> None:
        """Show what the draft makes of the sample, and of the chosen record of it."""
        self.records = [(one.external_id, one.name) for one in found.records]
        chosen = next((one for one in found.records if one.external_id == self.record), None)
        chosen = chosen or next(iter(found.records), None)
        fields = self._field_by_key()
        self._warned = words.warned_words(found)
        self._values = dict(chosen.values) if chosen else {}
        self.record = chosen.external_id if chosen else ""
        self.results = words.result_rows(chosen, self._given().field_mappings, fields) if chosen else []
        self.refused = (chosen.refused or "") if chosen else ""
        self.impact = words.impact_words(found, fields)
        milliseconds = found.microseconds_per_record / 1000
        self.slow = (
            f"This mapping takes {milliseconds:,.1f} ms for each record: an import will be slow. Use paths in place of expressions."
            if found.slow
            else ""
        )
        self._show()

    def _refuse(self, error: Invalid) -> None:
        """Show what was refused beside the lines, and the rest above them."""
        beside: dict[int, str] = {}
        for one in error.errors:
            _, _, below = one.field.partition("field_mappings.")
            number = below.partition(".")[0]
            if number.isdigit():
                beside[int(number)] = sentence(one.message)
            else:
                self.failure = sentence(one.message)
        self.busy = False
        self.failure = self.failure or "Correct the lines that are marked below."
        self._show(beside)


def dumped(mapping: CrmFieldMapping) -> Dumped:
    """A line as a draft keeps it."""
    return mapping.model_dump(mode="json")


def index_of(draft: Sequence[object], line: object) -> int:
    """Where in the draft a line is; NotFound when it is not."""
    text = str(line)
    if not text.isdecimal() or int(text) >= len(draft):
        raise NotFound("This line no longer exists. Reload the page.")
    return int(text)


def draft_of(state: FieldMappingState) -> list[CrmFieldMapping]:
    """The lines as they are being changed. Conflict while they are not loaded."""
    if not state.loaded:
        raise Conflict("The mapping is not loaded yet. Try again.")
    return [CrmFieldMapping.model_validate(one) for one in state._draft]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - this module's own state; a public one would be an event


def put(state: FieldMappingState, draft: Sequence[CrmFieldMapping], new: Sequence[NewField] = ()) -> None:
    """Make this the draft, with new custom fields that it needs."""
    state._added = [*state._added, *(one.model_dump(mode="json") for one in new)]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
    state._put([dumped(one) for one in draft])  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above


def fields_of(state: FieldMappingState) -> dict[str, FieldOut]:
    """The fields that may be filled, by their keys."""
    return state._field_by_key()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above


def seen_by(state: FieldMappingState) -> list[SourceFieldOut]:
    """The fields that were seen at the CRM."""
    return [SourceFieldOut.model_validate(one) for one in state._seen]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above


def with_draft(state: FieldMappingState, draft: Sequence[CrmFieldMapping]) -> FieldMappingsIn:
    """The mapping with another draft, to be tried."""
    now = state._given()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
    return now.model_copy(update={"field_mappings": list(draft)})


def _of(found: FieldMappingsOut, resource: str) -> ResourceMappingOut:
    """That of the resource, or of the first one."""
    return next((one for one in found.resources if one.resource == resource), found.resources[0])


def _source_row(
    one: SourceFieldOut, offer: Mapping[str, Any] | None, fields: Mapping[str, FieldOut], taken: set[str]
) -> SourceRow:
    target = str(offer["field_mapping"]["target"]) if offer else ""
    target = target if target in fields and target not in taken else ""
    return SourceRow(
        path=one.path,
        label=one.label if one.label != one.path else "",
        sample=words.example_of(one),
        filled=f"{round(100 * one.filled)} %",
        suggested=target,
        hint=f"Looks like {fields[target].label}" if target else "",
    )


def _is_sought(row: SourceRow, text: str) -> bool:
    said = f"{row.label} {row.path} {row.sample}".casefold()
    return all(word in said for word in text.casefold().split())


def _difference(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> str:
    """What became of the mapping, naming each field: `Changed: email. Added: notes.`"""

    def by_target(lines: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = {}
        for one in lines:
            found.setdefault(str(one["target"]), []).append(one)
        return found

    old, new = by_target(before), by_target(now)
    told = {
        "Changed": [name for name in new if name in old and new[name] != old[name]],
        "Added": [name for name in new if name not in old],
        "Removed": [name for name in old if name not in new],
    }
    said = [f"{what}: {', '.join(names)}." for what, names in told.items() if names]
    return " ".join(said) or "It was changed and then changed back."
