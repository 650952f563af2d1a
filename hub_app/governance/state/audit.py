"""An audit log, a tenant's or the installation's: a filtered page of it, and one entry in the drawer."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.schemas.audit import AuditOut
from hub_app.governance.service import audit_log, verifications
from hub_app.governance.state.audit_address import AuditAddress, target_of, tenant_page, who_of
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import BrowsedState, DrawerState

_CHOICES_SECONDS = 60


@dataclass(frozen=True)
class AuditRow:
    id: str
    href: str
    what: str
    action: str
    who: str
    via: str
    target: str
    tenant: str
    """The page of the tenant that it is about; "" when it is about something else, or the tenant is gone."""
    at: str


class AuditLogState(BrowsedState, mixin=True):
    """One page of a log."""

    rows: rx.Field[list[AuditRow]] = rx.field(default_factory=list)
    actor: str = ""
    actors: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    action: str = ""
    actions: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    span: str = ""
    target: str = ""
    without_target: str = ""
    filtered: bool = False
    as_csv: str = ""
    as_json_lines: str = ""
    _choices_at: float = 0.0
    _address = AuditAddress

    async def _fill(self, actor: Actor, log: str) -> None:
        """Show the log that the actor reads; REST has it under `log`."""
        address = AuditAddress.at(self)
        found = await audit_log.list_entries(actor, address.filter(), self._page())
        now = utcnow().timestamp()
        # A probe for each act and person: not again with every filter and entry.
        if now - self._choices_at > _CHOICES_SECONDS:
            self._choices_at = now
            choices = await audit_log.choices(actor)
            self.actions = [("", "All"), *((one, words.act(one)) for one in choices.actions)]
            self.actors = [("", "Everyone"), *((str(one), name) for one, name in choices.actors)]
        self.actor, self.action, self.span = address.actor, address.action, address.span
        self.target, self.filtered = address.target, address.is_filtered
        self.without_target = address.url(target="", cursor="")
        self.as_csv, self.as_json_lines = address.export(log, "csv"), address.export(log, "jsonl")
        names = await audit_log.tenant_names(actor, found.items)
        self.rows = [_row(one, address, names) for one in found.items]
        self.selected = address.entry
        self._turned(found, address)
        self._beside_selected(self.rows)


class EntryState(DrawerState, mixin=True):
    """The open drawer of a log."""

    what: str = ""
    action: str = ""
    who: str = ""
    email: str = ""
    ip: str = ""
    via: str = ""
    target: str = ""
    tenant: str = ""
    """The page of the tenant that it is about; "" for none."""
    others: str = ""
    """The address of all entries about the same thing; "" when it is about none."""
    theirs: str = ""
    """The address of all that the same person did; "" when it was Hub."""
    at: str = ""
    sequence: str = ""
    summary: str = ""
    mac: str = ""
    _address = AuditAddress

    async def _fill(self, actor: Actor) -> EventSpec | None:
        """Show the entry that the address names, in the log that the actor reads."""
        address = AuditAddress.at(self)
        self.id = ""
        if not address.entry:
            return None
        try:
            one = await audit_log.get_entry(actor, read_id(address.entry))
            self._show(one, address, await audit_log.tenant_names(actor, [one]))
        except NotFound as error:
            return rx.toast.error(error.detail)
        return None

    def _show(self, one: AuditOut, address: AuditAddress, names: Mapping[str, str]) -> None:
        self.id, self.what, self.action = str(one.id), words.act(one.action), one.action
        self.who, self.email, self.ip = who_of(one.actor_id, one.actor_name), one.actor_email, one.ip
        self.via, self.target, self.at = words.by(one.via), target_of(one, names), words.iso(one.created_at)
        self.tenant = tenant_page(one, names)
        self.others = address.url(target=one.target_id, cursor="") if one.target_id else ""
        self.theirs = address.url(actor=str(one.actor_id), cursor="") if one.actor_id else ""
        self.sequence, self.mac = f"{one.sequence:,}", one.mac
        self.summary = orjson.dumps(one.summary, option=orjson.OPT_INDENT_2).decode() if one.summary else ""


class AuditState(AuditLogState, rx.State):
    """The tenant's log, and what its last verification found."""

    verified_at: str = ""
    whole: str = ""
    findings: rx.Field[list[str]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor = await current_actor(self)
        await self._fill(actor, "/v1/integration/audit")
        own = await verifications.own_log(actor)
        self.verified_at, self.findings = words.iso(own.verified_at), own.findings
        self.whole = {True: "yes", False: "no", None: ""}[own.whole]


class AuditEntryState(EntryState, rx.State):
    """The open drawer of the tenant's log."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        return await self._fill(await current_actor(self))


class InstallationLogState(AuditLogState, rx.State):
    """The installation's own log. `refused` for people who do not run this Hub."""

    refused: bool = False

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor = await current_actor(self)
        self.refused = not actor.is_operator
        if self.refused:
            self.rows, self.loaded = [], True
            return
        await self._fill(audit_log.of_installation(actor), "/v1/integration/operator/audit")


class InstallationEntryState(EntryState, rx.State):
    """The open drawer of the installation's log."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        actor = await current_actor(self)
        self.id = ""
        return await self._fill(audit_log.of_installation(actor)) if actor.is_operator else None


def _row(one: AuditOut, address: AuditAddress, names: Mapping[str, str]) -> AuditRow:
    return AuditRow(
        id=str(one.id),
        href=address.url(entry=str(one.id)),
        what=words.act(one.action),
        action=one.action,
        who=who_of(one.actor_id, one.actor_name),
        via=words.by(one.via),
        target=target_of(one, names),
        tenant=tenant_page(one, names),
        at=words.iso(one.created_at),
    )
