"""The operator's page of queues: how one of them stands, by tenant, and what failed in it."""

from dataclasses import dataclass, field
from datetime import datetime

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.paging import Slice
from hub_app.operation.schemas import (
    FailureFilter,
    FailureOut,
    QueueFilter,
    QueueOut,
    RetryIn,
    TenantStanding,
)
from hub_app.operation.service import queues
from hub_app.ui import words
from hub_app.ui.forms import RowDialogState, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.ui.lists import PagedState, page_of
from hub_app.ui.live import follow
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.spans import SPANS, since

SPAN = "24h"
_MOST_TENANTS = 50
_POLL_SECONDS = 10
_NO_TOPIC = "queues"
_TENANT = "/operator/tenants/{}"


@dataclass(frozen=True)
class Look:
    """What the page shows of a queue: its figures, with what failed counted from `since`, and a page of that."""

    queue: QueueOut
    failures: Slice[FailureOut]
    # Each look begins its period a little later.
    since: datetime | None = field(compare=False)


@dataclass(frozen=True)
class QueuesAddress(PageAddress):
    queue: str = parameter(longest=32)
    tenant: str = parameter(longest=36)
    span: str = parameter(SPANS, default=SPAN)

    def filter(self, begin: datetime | None) -> FailureFilter:
        return read(FailureFilter, {}, tenant_id=self.tenant or None, since=begin)


@dataclass(frozen=True)
class QueueRow:
    name: str
    label: str
    href: str


@dataclass(frozen=True)
class StandingRow:
    id: str
    name: str
    href: str
    waiting: str
    on_hold: str
    running: str
    failed: str
    has_failed: bool
    due_since: str


@dataclass(frozen=True)
class FailureRow:
    id: str
    tenant_id: str
    tenant: str
    href: str
    kind: str
    tries: str
    at: str


class QueuesState(RowDialogState, PagedState, rx.State):
    """One queue. `rows` are its tenants, `failures` one page of what failed. `refused` for people who do not run this Hub."""

    refused: bool = False
    queue: str = ""
    queues: rx.Field[list[QueueRow]] = rx.field(default_factory=list)
    rows: rx.Field[list[StandingRow]] = rx.field(default_factory=list)
    more_tenants: str = ""
    waiting: str = ""
    on_hold: str = ""
    running: str = ""
    failed: str = ""
    due_since: str = ""
    failures: rx.Field[list[FailureRow]] = rx.field(default_factory=list)
    span: str = SPAN
    tenant: str = ""
    tenant_name: str = ""
    tenant_href: str = ""
    without_tenant: str = ""
    left_out: str = ""
    asked: str = ""
    """How much the dialog is about, and from when."""
    _since: datetime | None = None
    _address = QueuesAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        actor = await current_actor(self)
        self.refused = not actor.is_operator
        if self.refused:
            self.rows, self.failures, self.loaded = [], [], True
            return
        await self._show(await _look(actor, QueuesAddress.at(self)))

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show how the queue moves. Reflex ends this when the page is left."""
        if (await current_actor(self)).is_operator:
            address = QueuesAddress.at(self)
            await follow(
                self, _NO_TOPIC, lambda actor: _look(actor, address), self._show, poll_seconds=_POLL_SECONDS
            )

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def retry(self, tenant_id: str, work_id: str) -> EventSpec:
        actor = await current_actor(self)
        address = QueuesAddress.at(self)
        await queues.retry(actor, _chosen(address), read_id(tenant_id), read_id(work_id))
        await self._show(await _look(actor, address))
        return rx.toast.success("It is being tried again.")

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def ask_retry(self, row_id: str) -> None:
        """Ask whether all of this tenant is to be tried again."""
        row = self._about("retry", row_id)
        self.asked = f"{row.failed} failed in the {SPANS[self.span].lower()}."

    @confirmed(Role.CUSTOMER_VIEWER)
    async def retry_all(self) -> str:
        """Have all of the tenant that the dialog is about tried again."""
        actor, address = await current_actor(self), QueuesAddress.at(self)
        # What the figure beside the button counts.
        given = RetryIn(tenant_id=read_id(self.subject_id), since=self._since)
        detail = await queues.retry_all(actor, _chosen(address), given)
        await self._show(await _look(actor, address))
        return detail

    async def _show(self, found: Look) -> None:
        one, page, self._since = found.queue, found.failures, found.since
        address = QueuesAddress.at(self)
        self.queue, self.left_out = one.name, one.retry_leaves_out
        self.queues = [
            QueueRow(name, label, address.url(queue=name, tenant="", cursor=""))
            for name, label in queues.labels().items()
        ]
        self.waiting, self.running, self.failed = f"{one.waiting:,}", f"{one.running:,}", f"{one.failed:,}"
        self.on_hold = f"{one.on_hold:,}" if one.on_hold else ""
        self.due_since = words.iso(one.due_since)
        self.rows = [_standing(tenant, address) for tenant in one.tenants[:_MOST_TENANTS]]
        more = len(one.tenants) - _MOST_TENANTS
        self.more_tenants = f"{more:,} more tenants are not shown." if more > 0 else ""
        self.failures = [_failure(row) for row in page.items]
        self.span, self.tenant = address.span, address.tenant
        self.tenant_name = next((row.name for row in self.rows if row.id == address.tenant), "one tenant")
        self.tenant_href = _TENANT.format(address.tenant) if address.tenant else ""
        self.without_tenant = address.url(tenant="", cursor="")
        self._turned(page, address)


def _chosen(address: QueuesAddress) -> str:
    known = list(queues.labels())
    return address.queue if address.queue in known else known[0]


async def _look(actor: Actor, address: QueuesAddress) -> Look:
    """The chosen queue alone: counting costs what waits and failed in it."""
    name, begin = _chosen(address), since(address.span)
    queue = await queues.get_queue(actor, name, QueueFilter(since=begin))
    failures = await queues.list_failures(actor, name, address.filter(begin), page_of(address))
    return Look(queue, failures, begin)


def _standing(one: TenantStanding, address: QueuesAddress) -> StandingRow:
    return StandingRow(
        id=str(one.tenant_id),
        name=one.tenant_name,
        href=address.url(tenant=str(one.tenant_id), cursor=""),
        waiting=f"{one.waiting:,}",
        on_hold=f"{one.on_hold:,}" if one.on_hold else "",
        running=f"{one.running:,}",
        failed=f"{one.failed:,}",
        has_failed=one.failed > 0,
        due_since=words.iso(one.due_since),
    )


def _failure(one: FailureOut) -> FailureRow:
    return FailureRow(
        id=str(one.id),
        tenant_id=str(one.tenant_id),
        tenant=one.tenant_name,
        href=_TENANT.format(one.tenant_id),
        kind=one.label,
        tries=f"{one.tries:,}",
        at=words.iso(one.failed_at),
    )
