"""Fields of which a CRM tells no longer, and what may be taken in their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.crm.schemas.mappings import (
    CrmFieldMapping,
    FieldMappingsOut,
    ProposalOut,
    Remaps,
    ResourceMappingOut,
)
from hub_app.crm.state.mapping_draft import Dumped, MappingDraftState, dumped
from hub_app.kernel.errors import NotFound

_WHY = {"absent": "not there", "unreadable": "of another type"}


@dataclass(frozen=True)
class LostRow:
    """A field that was lost, with one of those that may be taken for it. `id` is empty for one that has none."""

    id: str
    label: str
    why: str
    source: str
    since: str
    kept: str
    offer: str
    path: str
    evidence: str
    effect: str


class MappingLostState(MappingDraftState, mixin=True):
    """Those of the kind of record that is shown, but for lines that were changed in the draft."""

    lost: rx.Field[list[LostRow]] = rx.field(default_factory=list)
    lost_looked: bool = False
    """Whether what may have become of them has been looked for."""
    _lost: list[Dumped] = []  # noqa: RUF012 - Reflex makes a copy for each tab
    _remaps: list[Dumped] = []  # noqa: RUF012 - as above

    def _take(self, row: str) -> str:
        """Have the draft read a lost field from where a proposal says; what the field is called."""
        target, _, number = str(row).partition(" ")
        remap = next((one for one in self._remaps if one["field"] == target), None)
        if remap is None or not number.isdecimal() or int(number) >= len(remap["proposals"]):
            raise NotFound("This proposal no longer exists. Reload the page.")
        made = remap["proposals"][int(number)]["field_mapping"]
        self._put([made if one == remap["replaces"] else one for one in self._draft])
        return str(remap["label"])

    def _know(self, found: FieldMappingsOut, now: ResourceMappingOut) -> None:
        super()._know(found, now)
        self._lost = [one.model_dump(mode="json") for one in now.lost]

    def _proposed(self, found: Remaps) -> None:
        self._remaps = [
            {
                **one.model_dump(mode="json"),
                "replaces": dumped(one.replaces),
                "proposals": [
                    {**two.model_dump(mode="json"), "field_mapping": dumped(two.field_mapping)}
                    for two in one.proposals
                ],
            }
            for one in found.lost
        ]
        self.lost_looked = True

    def _show_lost(self) -> None:
        by_field = {str(one["field"]): one for one in self._remaps}
        self.lost = []
        for one in self._lost:
            now = _lines(self._draft, one["field"])
            is_told_again = self.lost_looked and one["field"] not in by_field
            if now and now == _lines(self._saved, one["field"]) and not is_told_again:
                source = CrmFieldMapping.model_validate(now[0]).source
                self.lost += _rows(one, source, by_field.get(one["field"], {}).get("proposals", ()))


def _lines(draft: list[Dumped], target: str) -> list[Dumped]:
    return [one for one in draft if one["target"] == target]


def _rows(lost: Mapping[str, Any], source: str, proposals: Any) -> list[LostRow]:
    """A row for each proposal, or one that has none."""
    count = int(lost["records"])
    known = {
        "label": str(lost["label"]),
        "why": _WHY[lost["why"]],
        "source": source,
        "since": str(lost["since"]),
        "kept": f"{count:,} {'record keeps its' if count == 1 else 'records keep their'} value",
    }
    made = [ProposalOut.model_validate(one) for one in proposals]
    rows = [
        LostRow(
            id=f"{lost['field']} {number}",
            offer=one.source.label,
            path=one.source.path,
            evidence=_evidence(one),
            effect=_effect(one),
            **known,
        )
        for number, one in enumerate(made)
    ]
    return rows or [LostRow(id="", offer="", path="", evidence="", effect="", **known)]


def _evidence(one: ProposalOut) -> str:
    if one.same:
        return f"The same value in {one.same:,} of {one.compared:,} records"
    return (
        "A similar name" if one.compared == 0 else f"A similar name; other values in {one.compared:,} records"
    )


def _effect(one: ProposalOut) -> str:
    count = one.would_change
    changed = f"would change {count:,} {'record' if count == 1 else 'records'} of the sample"
    odd = f", {one.unreadable:,} could not be read" if one.unreadable else ""
    return f"{'would change no record of the sample' if count == 0 else changed}{odd}"
