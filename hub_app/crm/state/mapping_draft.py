"""The mapping of a connection as it is being changed: a draft in this tab until it is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import reflex as rx

from hub_app.crm.schemas.mappings import (
    CrmFieldMapping,
    Feature,
    FieldMappingsIn,
    FieldMappingsOut,
    FieldOut,
    NewField,
    ResourceMappingOut,
    SourceFieldOut,
)
from hub_app.crm.state import mapping_words as words
from hub_app.crm.state.mapping_address import MappingAddress
from hub_app.crm.state.mapping_words import LineRow, SourceRow
from hub_app.kernel.errors import Conflict, Invalid, NotFound
from hub_app.ui.guard import FormState, sentence
from hub_app.ui.inputs import read
from hub_app.ui.lists import FilteredState

_OTHERS = 10
_NEVER = "0 %"
_LONG = 12
Dumped = dict[str, Any]


@dataclass(frozen=True)
class _Unsaved:
    """The draft of a mapping whose page was left."""

    draft: list[Dumped]
    added: list[Dumped]
    saved: list[Dumped]
    version: str


class MappingDraftState(FilteredState, FormState, mixin=True):
    """The draft, and what is shown of it. It survives leaving the page and coming back, until it is saved or discarded: some others too."""

    loaded: bool = False
    resource: str = ""
    resources: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    rows: rx.Field[list[LineRow]] = rx.field(default_factory=list)
    unmapped: rx.Field[list[SourceRow]] = rx.field(default_factory=list)
    targets: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    """Fields that nothing fills yet, to choose from."""
    added: rx.Field[list[str]] = rx.field(default_factory=list)
    """The labels of the custom fields that are saved with the mapping."""
    is_long: bool = False
    """Whether the fields that are left out are so many that one searches among them."""
    sought: str = ""
    mapped: str = ""
    sure: int = 0
    changed: bool = False
    failure: str = ""
    meanwhile: str = ""
    outdated: int = 0
    """Records that have not been looked at since the mapping changed."""
    reads: bool = True
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

    def _keep_draft(self) -> None:
        if self.changed:
            kept = _Unsaved(self._draft, self._added, self._saved, self._version)
            self._others[self.place] = kept
        while len(self._others) > _OTHERS:
            del self._others[next(iter(self._others))]

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

    def _resource(self) -> Feature:
        return cast("Feature", self.resource)

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
        self._show_lost()
        self.mapped = f"{len(taken & fields.keys()):,} of {len(fields):,} fields mapped"
        self.sure = sum(
            bool(one["sure"]) and one["field_mapping"]["target"] not in taken for one in self._suggested
        )

    def _show_lost(self) -> None:
        """Show what the CRM no longer tells of."""

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


def draft_of(state: MappingDraftState) -> list[CrmFieldMapping]:
    """The lines as they are being changed. Conflict while they are not loaded."""
    if not state.loaded:
        raise Conflict("The mapping is not loaded yet. Try again.")
    return [CrmFieldMapping.model_validate(one) for one in state._draft]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - this module's own state; a public one would be an event


def put(state: MappingDraftState, draft: Sequence[CrmFieldMapping], new: Sequence[NewField] = ()) -> None:
    """Make this the draft, with new custom fields that it needs."""
    state._added = [*state._added, *(one.model_dump(mode="json") for one in new)]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
    state._put([dumped(one) for one in draft])  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above


def fields_of(state: MappingDraftState) -> dict[str, FieldOut]:
    """The fields that may be filled, by their keys."""
    return state._field_by_key()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above


def seen_by(state: MappingDraftState) -> list[SourceFieldOut]:
    """The fields that were seen at the CRM."""
    return [SourceFieldOut.model_validate(one) for one in state._seen]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above


def with_draft(state: MappingDraftState, draft: Sequence[CrmFieldMapping]) -> FieldMappingsIn:
    """The mapping with another draft, to be tried."""
    now = state._given()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
    return now.model_copy(update={"field_mappings": list(draft)})


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
