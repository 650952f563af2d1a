"""The time machine of a record's page: what the record was at a moment of its past, beside what it is now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import reflex as rx

from hub_app.crm.schemas.records import PastOut, RecordDetail
from hub_app.crm.service import records
from hub_app.crm.state.record_address import RecordAddress
from hub_app.crm.state.record_history import said, version_row
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import FieldError, Invalid, NotFound
from hub_app.sync.service.past import NotYetMade
from hub_app.ui import words
from hub_app.ui.forms import FormState, Next, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.live import follow

_AGO = (
    ("A day ago", timedelta(days=1)),
    ("A week ago", timedelta(days=7)),
    ("A month ago", timedelta(days=30)),
)


@dataclass(frozen=True)
class PastRow:
    """A field as it was, and where that differs as it is now."""

    label: str
    then: str
    now: str
    differs: bool


class RecordPastState(FormState, rx.State):
    """`shown` while a moment is looked at; `none` says why there is nothing to see of it."""

    shown: bool = False
    none: str = ""
    version_id: str = ""
    number: str = ""
    what: str = ""
    who: str = ""
    href: str = ""
    since: str = ""
    asked: str = ""
    archived_at: str = ""
    differs: int = 0
    is_now: bool = False
    rows: rx.Field[list[PastRow]] = rx.field(default_factory=list)
    earlier: str = ""
    later: str = ""
    close: str = ""
    ago: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = RecordAddress.at(self)
        self.errors, self.busy = {}, False
        self.ago = [(name, address.url(moment=_text(utcnow() - ago), version="")) for name, ago in _AGO]
        self.close = address.url(moment="", version="")
        self.values = {"moment": address.at_moment.strftime("%Y-%m-%dT%H:%M") if address.at_moment else ""}
        await self._load(await current_actor(self), address)

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Tell what differs from now while the record changes."""
        address = RecordAddress.at(self)
        if not address.is_past:
            return

        async def show(found: tuple[PastOut, RecordDetail]) -> None:
            self._show(found, address)

        try:
            topic = f"sync_record:{address.id}"
        except NotFound:
            return
        await follow(self, topic, lambda actor: _look(actor, address), show)

    async def _load(self, actor: Actor, address: RecordAddress) -> None:
        self.shown, self.none = False, ""
        if not address.is_past:
            return
        try:
            self._show(await _look(actor, address), address)
        except NotYetMade as error:
            self.none = error.detail
        except NotFound:
            self.none = "There is no such version of this record."

    def _show(self, found: tuple[PastOut, RecordDetail], address: RecordAddress) -> None:
        past, now = found
        row = version_row(past.made_by)
        self.shown, self.version_id, self.number = True, row.id, row.number
        self.what, self.who, self.href, self.since = row.what, row.who, row.href, words.iso(past.at)
        self.asked = words.iso(address.at_moment) if address.at_moment else ""
        self.archived_at = words.iso(past.archived_at)
        self.rows = _rows(past, now)
        self.differs = sum(one.differs for one in self.rows)
        self.is_now = past.later_id is None
        self.earlier = address.url(version=str(past.earlier_id), moment="") if past.earlier_id else ""
        self.later = address.url(version=str(past.later_id), moment="") if past.later_id else ""

    @submits_data(Role.CUSTOMER_VIEWER)
    async def go(self, data: Mapping[str, Any]) -> Next:
        """Look at the moment that was entered, in UTC."""
        try:
            moment = datetime.fromisoformat(str(data.get("moment", ""))).replace(tzinfo=UTC)
        except ValueError:
            raise Invalid([FieldError("moment", "must be a date and a time")]) from None
        return rx.redirect(RecordAddress.at(self).url(moment=_text(moment), version=""))


async def _look(actor: Actor, address: RecordAddress) -> tuple[PastOut, RecordDetail]:
    version_id = read_id(address.version) if address.version else None
    past = await records.get_past(actor, address.id, moment=address.at_moment, version_id=version_id)
    return past, await records.get_record(actor, address.id)


def _rows(past: PastOut, now: RecordDetail) -> list[PastRow]:
    """The fields that hold something now, or did then; those that differ first."""
    differing = {one.field for one in past.changes}
    fields = [one for one in now.known_fields if past.fields.get(one.key) or now.fields.get(one.key)]
    rows = [
        PastRow(
            one.label,
            said(past.fields.get(one.key)),
            said(now.fields.get(one.key)),
            one.key in differing,
        )
        for one in fields
    ]
    return sorted(rows, key=lambda one: not one.differs)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
