"""The dialog that restores an earlier version of a record, or some of its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.service import records
from hub_app.crm.state.record import RecordState
from hub_app.crm.state.record_address import RecordAddress
from hub_app.crm.state.record_history import change_row
from hub_app.kernel.actor import Role
from hub_app.kernel.edits import AsOpened
from hub_app.kernel.errors import EditConflict, FieldError, Invalid
from hub_app.ui import words
from hub_app.ui.forms import DialogState, Next, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id, ticked

_DIALOG = "restore"


@dataclass(frozen=True)
class RestorableRow:
    """A field as it is, and as it was then. `on`: it is restored unless somebody says otherwise."""

    key: str
    on: bool
    label: str
    before: str
    after: str


class RecordRestoringState(DialogState, rx.State):
    """What restoring a version would change, and what it was compared with."""

    number: str = ""
    at: str = ""
    rows: rx.Field[list[RestorableRow]] = rx.field(default_factory=list)
    staying: str = ""
    version_id: str = ""
    _seen: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each tab

    @rx.event
    @guarded(Role.ENGINEER)
    async def compare(self, version_id: str) -> None:
        """Open the dialog about this version."""
        await self._compare(read_id(version_id))
        self._open(_DIALOG)

    @submits_data(Role.ENGINEER)
    async def restore(self, data: Mapping[str, Any]) -> list[Next]:
        """Restore the fields that are ticked, as they were compared."""
        actor, record_id = await current_actor(self), RecordAddress.at(self).id
        chosen, offered = set(ticked(data, "field")), [one.key for one in self.rows]
        fields = [one for one in offered if one in chosen]
        if not fields:
            raise Invalid([FieldError("field", "must name at least one field to restore")])
        is_whole = fields == offered and actor.may(Role.CUSTOMER_ADMIN)
        made = await records.restore_record(
            actor,
            record_id,
            read_id(self.version_id),
            fields=None if is_whole else fields,
            expected=AsOpened(dict(self._seen)),
        )
        said = f"Restored from version {self.number}. What stood here before is version {made.record_version - 1}."
        return [rx.toast.success(said), RecordState.refresh]

    async def _compare(self, version_id: UUID) -> None:
        actor = await current_actor(self)
        found = await records.compare_record(actor, RecordAddress.at(self).id, version_id)
        # An engineer restores fields, each on purpose; the whole record is a customer admin's to restore.
        is_whole = actor.may(Role.CUSTOMER_ADMIN)
        self.rows = [
            RestorableRow(one.field, is_whole, row.label, row.before, row.after)
            for one in found.changes
            for row in [change_row(one)]
        ]
        self.number, self.at, self.version_id = (
            str(found.record_version),
            words.iso(found.at),
            str(version_id),
        )
        self.staying = ", ".join(found.staying)
        self._seen = dict(found.version.fields)

    async def _offer_theirs(self, conflict: EditConflict) -> EventSpec:
        """Someone else has changed the record meanwhile: compare with what it is now."""
        del conflict
        await self._compare(read_id(self.version_id))
        return rx.toast.error(
            "The record was changed while you looked. Nothing was restored: here is what differs now."
        )
