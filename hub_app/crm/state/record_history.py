"""The history of one record, with what each version changed."""

from dataclasses import dataclass
from typing import Any, cast

import reflex as rx

from hub_app.crm.schemas.records import ChangeOut, VersionOut
from hub_app.crm.service import records
from hub_app.crm.service.record_files import in_words
from hub_app.crm.state.record_address import RecordAddress
from hub_app.crm.state.record_words import day, figure
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import Slice
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow

_KINDS = {
    "created": "Created",
    "updated": "Changed by a sync",
    "linked": "Matched with the CRM",
    "sent": "Sent to the CRM as a lead",
    "edited": "Edited",
    "resolved": "Conflict resolved",
    "archived": "Archived",
    "unarchived": "Brought back",
    "restored": "Restored",
    "gone": "Gone at the CRM",
    "undone": "Undone",
    "merged": "Merged",
    "taken_apart": "Taken apart",
    "update": "Sent to the CRM",
    "create": "Created at the CRM",
    "pushed": "Confirmed by the CRM",
    "refused": "Refused by the CRM",
    "restore": "Former values sent to the CRM",
}
_JOBS = {
    "full_import": "Full import",
    "incremental_sync": "Sync",
    "export_to_crm": "Export",
    "field_mapping_update": "Mapping update",
    "undo": "Undo",
    "deletions": "Marking of deletions",
    "retry": "Retry",
    "merge": "Linking of exact matches",
}
_LONGEST = 400


@dataclass(frozen=True)
class ChangeRow:
    """A field before and after; "" where it had no value."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class VersionRow:
    """`who` did it: a person, or the job at `href`. `is_current`: the record is still as it was then. `past` shows it as it was, ""
    for what changed nothing of the record.
    """

    id: str
    number: str
    what: str
    who: str
    href: str
    at: str
    undone: bool
    is_current: bool
    changes: list[ChangeRow]
    past: str = ""


class RecordHistoryState(PagedState, rx.State):
    """One page of the versions of a record, newest first."""

    rows: rx.Field[list[VersionRow]] = rx.field(default_factory=list)
    _address = RecordAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = RecordAddress.at(self)
        self.loaded = False
        if address.tab != "history":
            return
        try:
            self._show(await _look(await current_actor(self), address), address)
        except NotFound:
            return  # The page says so.

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show new versions while the page is open."""
        address = RecordAddress.at(self)
        try:
            topic = f"sync_record:{address.id}"
        except NotFound:
            return
        if address.tab != "history":
            return

        async def show(found: Slice[VersionOut]) -> None:
            self._show(found, address)

        await follow(self, topic, lambda actor: _look(actor, address), show)

    def _show(self, found: Slice[VersionOut], address: RecordAddress) -> None:
        self.rows = [version_row(one, address) for one in found.items]
        self._turned(found, address)


async def _look(actor: Actor, address: RecordAddress) -> Slice[VersionOut]:
    return await records.list_versions(actor, address.id, page_of(address))


def version_row(one: VersionOut, address: RecordAddress | None = None) -> VersionRow:
    """A version in words; with the page's address it leads to the record as it was."""
    job = f"{_JOBS.get(one.job_type, one.job_type)} · {one.integration_name}" if one.job_id else ""
    is_of_lost_job = not one.job_id and one.kind in {"updated", "linked", "gone", "update", "create"}
    return VersionRow(
        id=str(one.id),
        number=str(one.version),
        what=_KINDS.get(one.kind, one.kind.replace("_", " ").capitalize()),
        who=job or (one.made_by if not is_of_lost_job else "A sync of a CRM that was disconnected"),
        href=f"/crm/connections/{one.integration_id}?tab=jobs&job={one.job_id}" if one.job_id else "",
        at=words.iso(one.at),
        undone=one.undone,
        is_current=one.is_current,
        changes=[change_row(each) for each in one.changes],
        past=address.url(version=str(one.id), moment="")
        if address and (one.changes or one.kind == "created")
        else "",
    )


def change_row(one: ChangeOut) -> ChangeRow:
    """A field before and after, in words."""
    return ChangeRow(one.label, said(one.before), said(one.after))


def said(value: Any) -> str:
    """A value of any type in words."""
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case int() | float():
            return figure(value)
        case list():
            parts = cast("list[Any]", value)
            text = ", ".join(in_words(one) if isinstance(one, dict) else str(one) for one in parts)
        case _:
            text = day(str(value))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
