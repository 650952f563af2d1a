"""The audit log: a filtered page of it, and one entry in the drawer."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.schemas import AuditFilter, AuditOut
from hub_app.governance.service import audit_log, people
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.ui.lists import BrowsedState, DrawerState
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.spans import SPANS, since

_EXPORT = "/v1/integration/audit/export"
_NO_PERSON = "Hub"


@dataclass(frozen=True)
class AuditAddress(PageAddress):
    actor: str = parameter()
    action: str = parameter(longest=100)
    target: str = parameter(longest=64)
    span: str = parameter(SPANS)
    entry: str = parameter(stays=False)

    @property
    def is_filtered(self) -> bool:
        return any((self.actor, self.action, self.target, self.span))

    def filter(self) -> AuditFilter:
        return read(
            AuditFilter,
            {},
            actor_id=self.actor or None,
            action=self.action or None,
            target_id=self.target or None,
            since=since(self.span),
        )

    def export(self, form: str) -> str:
        """Where the filtered log is downloaded."""
        chosen = self.filter().model_dump(mode="json", exclude_none=True)
        return f"{_EXPORT}?{urlencode({**chosen, 'format': form})}"


@dataclass(frozen=True)
class AuditRow:
    id: str
    href: str
    what: str
    action: str
    who: str
    via: str
    target: str
    at: str


class AuditState(BrowsedState, rx.State):
    """One page of the log."""

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
    _address = AuditAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, address = await current_actor(self), AuditAddress.at(self)
        found = await audit_log.list_entries(actor, address.filter(), self._page())
        # A probe for each act and person: not again with every entry that is opened.
        if not (address.entry and self.actions):
            choices = await audit_log.choices(actor)
            self.actions = [("", "All"), *((one, words.act(one)) for one in choices.actions)]
            self.actors = [("", "Everyone"), *((str(one), name) for one, name in choices.actors)]
        self.actor, self.action, self.span = address.actor, address.action, address.span
        self.target, self.filtered = address.target, address.is_filtered
        self.without_target = address.url(target="", cursor="")
        self.as_csv, self.as_json_lines = address.export("csv"), address.export("jsonl")
        self.rows = [_row(one, address) for one in found.items]
        self.selected = address.entry
        self._turned(found, address)
        self._beside_selected(self.rows)


class AuditEntryState(DrawerState, rx.State):
    """The open drawer."""

    what: str = ""
    action: str = ""
    who: str = ""
    email: str = ""
    ip: str = ""
    via: str = ""
    target: str = ""
    others: str = ""
    """The address of all entries about the same thing; "" when it is about none."""
    at: str = ""
    sequence: str = ""
    summary: str = ""
    mac: str = ""
    _address = AuditAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        address = AuditAddress.at(self)
        self.id = ""
        if not address.entry:
            return None
        try:
            self._show(await audit_log.get_entry(await current_actor(self), read_id(address.entry)), address)
        except NotFound as error:
            return rx.toast.error(error.detail)
        return None

    def _show(self, one: AuditOut, address: AuditAddress) -> None:
        self.id, self.what, self.action = str(one.id), words.act(one.action), one.action
        self.who, self.email, self.ip = _who(one.actor_id, one.actor_name), one.actor_email, one.ip
        self.via, self.target, self.at = one.via, _target(one), words.iso(one.created_at)
        self.others = address.url(target=one.target_id, cursor="") if one.target_id else ""
        self.sequence, self.mac = f"{one.sequence:,}", one.mac
        self.summary = orjson.dumps(one.summary, option=orjson.OPT_INDENT_2).decode() if one.summary else ""


def _row(one: AuditOut, address: AuditAddress) -> AuditRow:
    return AuditRow(
        id=str(one.id),
        href=address.url(entry=str(one.id)),
        what=words.act(one.action),
        action=one.action,
        who=_who(one.actor_id, one.actor_name),
        via=one.via,
        target=_target(one),
        at=words.iso(one.created_at),
    )


def _who(actor_id: UUID | None, name: str) -> str:
    return name or (_NO_PERSON if actor_id is None else people.ERASED)


def _target(one: AuditOut) -> str:
    """What it was done to, in a few words: its kind, and its name or the end of its id."""
    kind = one.target_type.replace("_", " ").replace("oauth", "OAuth")
    name = one.summary.get("name")
    return f"{kind} {name or words.short(one.target_id)}".strip() if one.target_id else kind
