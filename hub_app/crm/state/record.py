"""The page of one record: what it holds, who else knows it, and the archive."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.records import RecordDetail, RelatedOut, SourceOut
from hub_app.crm.service import records
from hub_app.crm.state.record_address import HERE, KINDS, ONE, RecordAddress, RecordsAddress
from hub_app.crm.state.record_words import Detail, day, details, figure
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import words
from hub_app.ui.forms import DialogState, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.live import follow


@dataclass(frozen=True)
class PersonCard:
    initials: str
    name: str
    role: str
    emails: list[str]
    phones: list[str]


@dataclass(frozen=True)
class RelatedRow:
    """A record that names this one, or is named by it. `href` is "" for one that has not been imported."""

    href: str
    name: str
    kind: str
    relation: str
    date: str
    status: str
    value: str


@dataclass(frozen=True)
class SourceRow:
    href: str
    name: str
    crm: str
    external_id: str
    state: str
    read_at: str
    gone_at: str
    waits: bool


class RecordState(DialogState, rx.State):
    """The record's facts. `missing` when the tenant has none of this id."""

    loaded: bool = False
    missing: bool = False
    tab: str = "details"
    here: str = ""
    id: str = ""
    of: str = "clients"
    kind: str = "Clients"
    one: str = "client"
    all_of_them: str = HERE
    name: str = ""
    status: str = ""
    summary: str = ""
    archived_at: str = ""
    changed_at: str = ""
    details: rx.Field[list[Detail]] = rx.field(default_factory=list)
    custom: rx.Field[list[Detail]] = rx.field(default_factory=list)
    people: rx.Field[list[PersonCard]] = rx.field(default_factory=list)
    related: rx.Field[list[RelatedRow]] = rx.field(default_factory=list)
    sources: rx.Field[list[SourceRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        address = RecordAddress.at(self)
        self.tab, self.here = address.tab, address.path
        await self._load()

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes while the page is open."""
        address = RecordAddress.at(self)

        async def look(actor: Actor) -> RecordDetail:
            return await records.get_record(actor, address.id)

        async def show(found: RecordDetail) -> None:
            self._show(found)

        try:
            record_id = address.id
        except NotFound:
            return
        await follow(self, f"sync_record:{record_id}", look, show)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def refresh(self) -> None:
        """Look at the record again, after it was saved."""
        await self._load()

    async def _load(self) -> None:
        try:
            self._show(await records.get_record(await current_actor(self), RecordAddress.at(self).id))
        except NotFound:
            self.missing, self.name = True, "No such record"
        self.loaded = True

    def _show(self, one: RecordDetail) -> None:
        self.missing, self.id, self.of = False, str(one.id), one.resource
        self.kind, self.one = KINDS[one.resource], ONE[one.resource]
        self.all_of_them = RecordsAddress(HERE, of=one.resource).url()
        self.name, self.status = one.name or "(no name)", one.status
        self.archived_at, self.changed_at = words.iso(one.archived_at), words.iso(one.updated_at)
        self.summary = _summary(one)
        standard = [field for field in one.known_fields if not field.custom]
        self.details = details(standard, one.fields)
        self.custom = details([field for field in one.known_fields if field.custom], one.fields)
        people = cast("list[Mapping[str, Any]]", one.fields.get("people") or [])
        self.people = [_person(each) for each in people]
        self.related = [_related(each) for each in one.related]
        self.sources = [_source(each) for each in one.sources]

    @confirmed(Role.ENGINEER)
    async def archive(self) -> str:
        record_id = RecordAddress.at(self).id
        await records.archive_record(await current_actor(self), record_id, archived=True)
        await self._load()
        return f"{self.name} is archived."

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def unarchive(self) -> EventSpec:
        record_id = RecordAddress.at(self).id
        await records.archive_record(await current_actor(self), record_id, archived=False)
        await self._load()
        return rx.toast.success(f"{self.name} is back in the list.")


def _summary(one: RecordDetail) -> str:
    """The key facts below the name; those of the first person where the record has none of its own."""
    feeding = {
        field.column: one.fields.get(field.key) for field in reversed(one.known_fields) if field.column
    }
    own = (feeding.get("email") or one.email, feeding.get("phone") or one.phone, day(one.date))
    value = f"{figure(one.value)} {one.fields.get('currency') or ''}".strip() if one.value else ""
    return " · ".join(str(fact)[:100] for fact in (*own, value) if fact)


def _person(one: Mapping[str, Any]) -> PersonCard:
    parts = [one[part] for part in ("first_name", "last_name") if one.get(part)]
    name = one.get("name") or " ".join(parts) or "(no name)"
    initials = "".join(word[0] for word in name.split()[:2] if word[0].isalpha()).upper()
    return PersonCard(
        initials, name, one.get("role", ""), list(one.get("emails", ())), list(one.get("phones", ()))
    )


def _related(one: RelatedOut) -> RelatedRow:
    kind = ONE.get(one.resource, one.field.replace("_", " "))
    return RelatedRow(
        href=f"{HERE}/{one.id}" if one.id else "",
        name=one.name if one.id else f"Not imported yet ({one.external_id})",
        kind=kind[:1].upper() + kind[1:],
        relation="to" if one.direction == "to" else "from",
        date=day(one.date),
        status=one.status,
        value=figure(one.value) if one.value else "",
    )


def _source(one: SourceOut) -> SourceRow:
    return SourceRow(
        href=f"/crm/connections/{one.integration_id}",
        name=one.integration_name,
        crm=one.crm_name,
        external_id=one.external_id,
        state=one.state,
        read_at=words.iso(one.last_read_at),
        gone_at=words.iso(one.gone_at),
        waits=one.waits_to_be_sent,
    )
