"""Finding, exporting and erasing a person: the requests, and the one that the address names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.schemas.privacy import EraseIn, PersonIn, PrivacyRequestOut
from hub_app.governance.service import privacy, privacy_requests
from hub_app.governance.service.privacy_requests import Preview
from hub_app.kernel import personal
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import Slice
from hub_app.ui import words
from hub_app.ui.forms import DialogState, Next, confirmed, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id, read_words
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow
from hub_app.ui.page_address import PageAddress, parameter

_PAGE = "/governance/privacy"
_FILE = "/v1/integration/privacy/requests/{id}/download"
KINDS = {"preview": "Search", "export": "Export", "erase": "Erasure"}
_FOUND = {"preview": "Found", "export": "Exported", "erase": "Erased"}
_STAYS = "Their account stays: it belongs to another tenant, or operates this installation."


@dataclass(frozen=True)
class PrivacyAddress(PageAddress):
    request: str = parameter(stays=False)


@dataclass(frozen=True)
class RequestRow:
    id: str
    href: str
    kind: str
    status: str
    records: str
    at: str


@dataclass(frozen=True)
class CountRow:
    what: str
    rows: str
    page: str


@dataclass(frozen=True)
class Look:
    """What the page shows: a page of requests, and the one that is open."""

    requests: Slice[PrivacyRequestOut]
    open: Preview | None


class PrivacyState(DialogState, PagedState, rx.State):
    """The requests of the tenant. `watch` keeps them up to date while the page is open."""

    allowed: bool = False
    rows: rx.Field[list[RequestRow]] = rx.field(default_factory=list)
    id: str = ""
    """Of the open request; "" for none."""
    kind: str = ""
    title: str = ""
    status: str = ""
    email: str = ""
    counts: rx.Field[list[CountRow]] = rx.field(default_factory=list)
    summary: str = ""
    losses: str = ""
    of_member: bool = False
    done: int = 0
    total: int = 0
    error: str = ""
    at: str = ""
    expires_at: str = ""
    file: str = ""
    asked_by: str = ""
    can_erase: bool = False
    no_erasing: str = ""
    """Why it cannot be erased; "" when it can."""
    can_repeat: bool = False
    can_delete: bool = False
    closed: str = ""
    """The address of the page without the open request."""
    _address = PrivacyAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        actor, address = await current_actor(self), PrivacyAddress.at(self)
        self._open("")
        self._close()
        self.allowed = actor.may(Role.CUSTOMER_ADMIN, privacy_requests.READ)
        self.loaded = True
        if not self.allowed:
            self.rows = []
            return None
        try:
            self._show(actor, await _look(actor, address), address)
        except NotFound as error:
            self._show(actor, await _look(actor, PrivacyAddress(address.path)), address)
            return rx.toast.error(error.detail)
        return None

    def _close(self) -> None:
        """Nothing of a person stays when no request is open."""
        self.id, self.email, self.losses, self.counts = "", "", "", []
        self.can_erase = self.can_repeat = self.can_delete = False

    def _show(self, actor: Actor, found: Look, address: PrivacyAddress) -> None:
        self.rows = [_row(one, address) for one in found.requests.items]
        self._turned(found.requests, address)
        self._close()
        self.closed = address.url()
        if found.open is not None:
            self._fill(actor, found.open)

    def _fill(self, actor: Actor, found: Preview) -> None:
        one = found.request
        self.id, self.kind, self.status, self.email = str(one.id), one.kind, one.status, found.email
        self.title, self.of_member = KINDS[one.kind], one.of_member
        pages = {table.name: table.page for table in personal.tables()}
        self.counts = [CountRow(c.what, f"{c.rows:,}", pages.get(c.table, "")) for c in one.counts]
        self.summary = _summary(one)
        self.losses = _losses(found) if one.kind == "preview" else ""
        self.done, self.total, self.error = one.done, one.total or 0, one.error
        self.at, self.expires_at = words.iso(one.created_at), words.iso(one.expires_at)
        ready = one.status == "ready"
        self.file = _FILE.format(id=one.id) if one.kind == "export" and ready else ""
        self.asked_by, self.can_repeat = one.asked_by_name, one.can_repeat
        self.can_delete = one.status != "running" and (one.kind, one.status) != ("erase", "done")
        self.no_erasing = _no_erasing(one, actor)
        self.can_erase = one.kind == "preview" and ready and not self.no_erasing

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        address, actor = PrivacyAddress.at(self), await current_actor(self)
        if not actor.may(Role.CUSTOMER_ADMIN, privacy_requests.READ):
            return

        async def find(actor: Actor) -> Look:
            return await _look(actor, address)

        async def show(found: Look) -> None:
            self._show(await current_actor(self), found, address)

        await follow(self, f"jobs:{actor.tenant_id}", find, show, pause_seconds=0.5)

    @submits_data(Role.CUSTOMER_ADMIN)
    async def find(self, data: Mapping[str, Any]) -> EventSpec:
        """Look for a person, and show what is found."""
        given = read(PersonIn, {}, email=str(data.get("email", "")), words=read_words(data.get("words")))
        return self._to(await privacy.find(await current_actor(self), given))

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def export(self) -> EventSpec:
        """Export the person who was found."""
        actor, address = await current_actor(self), PrivacyAddress.at(self)
        return self._to(await privacy.export_found(actor, read_id(address.request)))

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def again(self) -> EventSpec:
        """Ask anew for what came to nothing."""
        actor, address = await current_actor(self), PrivacyAddress.at(self)
        return self._to(await privacy.again(actor, read_id(address.request)))

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> list[Next]:
        """Delete the open request, and leave it."""
        actor, address = await current_actor(self), PrivacyAddress.at(self)
        await privacy_requests.delete_request(actor, read_id(address.request))
        return [rx.redirect(address.url(), replace=True), rx.toast.success("The request is deleted.")]

    @submits_data(Role.CUSTOMER_ADMIN)
    async def erase(self, data: Mapping[str, Any]) -> str:
        """Erase the person who was found, whose address was typed."""
        actor, address = await current_actor(self), PrivacyAddress.at(self)
        typed = str(data.get("confirmation", ""))
        await privacy.erase(actor, read(EraseIn, {}, preview_id=read_id(address.request), email=typed))
        self._show(actor, await _look(actor, address), address)
        return "The data is being erased. You can leave this page."

    def _to(self, request: PrivacyRequestOut) -> EventSpec:
        return rx.redirect(PrivacyAddress(_PAGE).url(request=str(request.id)))


async def _look(actor: Actor, address: PrivacyAddress) -> Look:
    """Raises NotFound when the address names no request of the tenant."""
    found = await privacy_requests.list_requests(actor, page_of(address))
    opened = await privacy_requests.get_preview(actor, read_id(address.request)) if address.request else None
    return Look(found, opened)


def _row(one: PrivacyRequestOut, address: PrivacyAddress) -> RequestRow:
    total = sum(count.rows for count in one.counts)
    return RequestRow(
        id=str(one.id),
        href=address.url(request=str(one.id)),
        kind=KINDS[one.kind],
        status=one.status,
        records=f"{total:,}" if one.finished_at else "",
        at=words.iso(one.created_at),
    )


def _summary(one: PrivacyRequestOut) -> str:
    """What was found, in a line; "" while it is looked for."""
    if one.finished_at is None or one.status in {"failed", "cancelled"}:
        return ""
    total = sum(count.rows for count in one.counts)
    if not total:
        return "No record mentions this person."
    return f"{_FOUND[one.kind]}: {total:,} {'record' if total == 1 else 'records'}."


def _no_erasing(one: PrivacyRequestOut, actor: Actor) -> str:
    """Why the person of a search cannot be erased by this actor; "" when they can."""
    if one.of_member:
        return "" if actor.may(Role.OWNER) else "Owners can erase members."
    return "" if one.counts else "There is nothing to erase."


def _losses(found: Preview) -> str:
    """What goes along when a member is erased."""
    if not found.request.of_member:
        return ""
    gone = [
        f"{count:,} {name.replace('_', ' ').replace('oauth', 'OAuth')}"
        for name, count in found.losses.items()
        if count
    ]
    gone = [one.removesuffix("s") if one.startswith("1 ") else one for one in gone]
    along = f" Deleted with it: {', '.join(gone)}." if gone else ""
    return (
        "This person is a member. Erasing ends their membership and their sessions here."
        + along
        + (f" {_STAYS}" if found.account_stays else " Their account is deleted.")
    )
