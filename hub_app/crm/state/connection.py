"""One connected CRM: what its page says above the tabs and on the first of them, and starting its jobs."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.integrations import IntegrationOut, IntegrationTested, ProviderOut, Reconciled
from hub_app.crm.schemas.jobs import CheckIn, SyncIn, SyncJobOut, TriggerType
from hub_app.crm.service import gallery, integrations, mappings, reconciliation, syncs
from hub_app.crm.state.connections import NEW, logo_of
from hub_app.crm.state.job_rows import NO_JOB, JobRow, is_open, job_row, skipped_words
from hub_app.crm.state.record_address import HERE as RECORDS
from hub_app.crm.state.record_address import RecordsAddress
from hub_app.crm.titles import kind_of
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import PageRequest
from hub_app.ui import words
from hub_app.ui.forms import Next
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.live import follow
from hub_app.ui.page_address import PageAddress, parameter

_IMPORTS = frozenset({"full_import", "incremental_sync", "field_mapping_update"})
TABS = ("overview", "jobs", "mapping", "quarantine", "settings")
VIEWS = ("figures", "findings", "log")
RULES = {
    "manual_review": "Ask me: nothing is overwritten until someone chooses",
    "newest_wins": "The newer change wins",
    "hub_wins": "Hub wins",
    "crm_wins": "The CRM wins",
}
DELETED = {"keep": "Keep them here, marked as gone", "archive": "Move them to the archive here"}
_DIRECTIONS = {"import_only": "Import only", "bidirectional": "Both ways", "export_only": "Export only"}
_STARTED: dict[str, str] = {
    "full_import": "The full import has started.",
    "incremental_sync": "The sync has started.",
    "export_to_crm": "The export has started.",
}
_RECENT = PageRequest(limit=20)


@dataclass(frozen=True)
class ConnectionAddress(PageAddress):
    """The tab; of the jobs the one that is open, what is seen of it, and where in its lists."""

    tab: str = parameter(TABS, default=TABS[0])
    job: str = parameter(longest=64, stays=False)
    view: str = parameter(VIEWS, default=VIEWS[0], stays=False)
    kind: str = parameter(longest=16, stays=False)
    level: str = parameter(("info", "warning", "error"), stays=False)
    place: str = parameter(longest=1000, stays=False)

    def of_job(self, job: object, **more: str) -> str:
        return self.url(tab="jobs", job=str(job), **more)


@dataclass(frozen=True)
class ReconciledRow:
    """The proof of one kind of record."""

    kind: str
    sentence: str
    proof: str
    at: str
    stated: str
    read: str
    here: str
    left: list[str]
    """What was read and is not here, and what waits for somebody."""


@dataclass(frozen=True)
class Found:
    """A connection as it is at one moment, with its latest jobs."""

    one: IntegrationOut
    resources: list[Reconciled]
    jobs: list[SyncJobOut]
    records: int
    lost: dict[str, int]


class ConnectionState(rx.State):
    """The connection's facts. `missing` when the tenant has none of this id."""

    loaded: bool = False
    missing: bool = False
    tab: str = TABS[0]
    here: str = ""
    id: str = ""
    name: str = ""
    provider: str = ""
    logo: str = ""
    status: str = ""
    reason: str = ""
    account: str = ""
    direction: str = ""
    rule: str = ""
    deleted: str = ""
    schedule: str = ""
    last_at: str = ""
    outcome: str = ""
    next_at: str = ""
    since: str = ""
    records: str = ""
    clients: str = ""
    """The address of the list of its clients."""
    reconnect: str = ""
    """Where the account is authorized again, for one that is by OAuth."""
    reads: bool = False
    imports: bool = False
    exports: bool = False
    current: JobRow = NO_JOB
    last_check: JobRow = NO_JOB
    asks: str = ""
    """The address of the import that waits for a confirmation."""
    asked: str = ""
    lost: str = ""
    """What is said of mapped fields that the CRM no longer has."""
    lost_at: str = ""
    reconciled: rx.Field[list[ReconciledRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = ConnectionAddress.at(self)
        self.tab, self.here = address.tab, address.path
        await self._load(address)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def refresh(self) -> None:
        """Look at the connection again, after it was changed."""
        await self._load(ConnectionAddress.at(self))

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def watch(self) -> None:
        """Show what changes. Reflex ends this when the page is left or its address changes."""
        address, actor = ConnectionAddress.at(self), await current_actor(self)

        async def show(found: Found) -> None:
            self._show(found, address)

        topics = [f"sync_connections:{actor.tenant_id}", f"sync_jobs:{actor.tenant_id}"]
        await follow(self, topics, lambda actor: find(actor, address), show)

    async def _load(self, address: ConnectionAddress) -> None:
        try:
            self._show(await find(await current_actor(self), address), address)
        except NotFound:
            self.missing, self.name = True, "No such connection"
        self.loaded = True

    def _show(self, found: Found, address: ConnectionAddress) -> None:
        one, config = found.one, found.one.sync_config
        self.missing, self.id, self.name = False, str(one.id), one.connection_name
        self.status, self.reason = one.connection_status, one.sync_error_details or ""
        self.account = one.account_name
        self.direction = _DIRECTIONS[config.sync_direction]
        self.rule, self.deleted = RULES[config.conflict_resolution], DELETED[config.deleted_records]
        every = config.sync_interval_minutes
        self.schedule = f"Every {interval(every)}" if config.auto_sync_enabled else "Only by hand"
        self.last_at, self.outcome = words.iso(one.last_sync_at), one.last_sync_status or ""
        self.next_at, self.since = words.iso(one.next_sync_at), words.iso(one.created_at)
        self.records = f"{found.records:,}"
        self.clients = RecordsAddress(RECORDS, crm=str(one.id)).url()
        self._show_lost(found.lost)
        self._show_provider(gallery.get_provider(one.crm_provider), one)
        self.reconciled = [_reconciled(each) for each in found.resources]
        rows = {job.id: job_row(job, address.of_job(job.id)) for job in found.jobs}
        self.current = next((rows[job.id] for job in found.jobs if is_open(job)), NO_JOB)
        imports = (job for job in found.jobs if job.job_type in _IMPORTS and not job.dry_run)
        self._show_asked(next(imports, None), address)
        checks = [job for job in found.jobs if job.job_type == "check" and not is_open(job)]
        self.last_check = rows[checks[0].id] if checks else NO_JOB

    def _show_asked(self, latest: SyncJobOut | None, address: ConnectionAddress) -> None:
        """Whether the latest import waits for somebody. What an earlier one has found is out of date."""
        asked = latest.needs_confirmation if latest and latest.job_status == "needs_confirmation" else {}
        counts = [f"{one['count']:,} {kind_of(name).lower()}" for name, one in asked.items()]
        self.asks = address.of_job(latest.id, view="findings") if latest and asked else ""
        self.asked = f"{', '.join(counts)} were not found at the CRM." if counts else ""

    def _show_lost(self, lost: dict[str, int]) -> None:
        counts = [f"{count:,} of {kind_of(name).lower()}" for name, count in lost.items()]
        self.lost = f"Fields that Hub no longer finds at the CRM: {', '.join(counts)}." if counts else ""
        self.lost_at = f"{self.here}?tab=mapping&resource={next(iter(lost))}" if counts else ""

    def _show_provider(self, provider: ProviderOut | None, one: IntegrationOut) -> None:
        self.provider = provider.name if provider else one.crm_provider
        self.logo = logo_of(one.crm_provider)
        direction = one.sync_config.sync_direction
        self.reads = provider is not None and provider.capabilities["read"] and one.auth_type != "file"
        self.reconnect = f"{NEW}?connection={one.id}" if one.auth_type == "oauth2" else ""
        self.imports = self.reads and direction != "export_only"
        self.exports = provider is not None and provider.capabilities["write"] and direction != "import_only"

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def sync(self, job_type: str) -> list[Next]:
        """Start a sync, a full import or an export."""
        kind = _type_of(job_type)
        actor, one = await current_actor(self), ConnectionAddress.at(self).id
        await syncs.start_sync(actor, one, SyncIn(job_type=kind))
        return [rx.toast.success(_STARTED[kind]), ConnectionState.refresh]

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def preview(self, job_type: str) -> EventSpec:
        """Start a preview, and look at it."""
        actor, address = await current_actor(self), ConnectionAddress.at(self)
        job = await syncs.start_sync(actor, address.id, SyncIn(job_type=_type_of(job_type)), dry_run=True)
        return rx.redirect(address.of_job(job.id))

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def check(self, mode: str) -> EventSpec:
        """Compare both sides, in full or by a sample, and look at what is found."""
        actor, address = await current_actor(self), ConnectionAddress.at(self)
        given = CheckIn(mode="sample" if mode == "sample" else "full")
        job = await syncs.start_check(actor, address.id, given)
        return rx.redirect(address.of_job(job.id, view="findings"))

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def cancel(self) -> list[Next]:
        """End the job that runs."""
        job = await syncs.cancel_job(await current_actor(self), UUID(self.current.id))
        ended = job.job_status == "cancelled"
        said = (
            "The job is cancelled." if ended else "The job ends before its next page. What it has done stays."
        )
        return [rx.toast.success(said), ConnectionState.refresh]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def pause(self) -> list[Next]:
        one = await integrations.pause_integration(await current_actor(self), ConnectionAddress.at(self).id)
        said = rx.toast.success(
            f"{one.connection_name} is paused. Nothing is synced until someone resumes it."
        )
        return [said, ConnectionState.refresh]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def resume(self) -> list[Next]:
        one = await integrations.resume_integration(await current_actor(self), ConnectionAddress.at(self).id)
        return [rx.toast.success(f"{one.connection_name} can be synced again."), ConnectionState.refresh]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def test(self) -> list[Next]:
        """Ask the CRM who this account is."""
        tested = await integrations.test_integration(await current_actor(self), ConnectionAddress.at(self).id)
        return [_told(tested), ConnectionState.refresh]


async def find(actor: Actor, address: ConnectionAddress) -> Found:
    """The connection of this address; NotFound."""
    one = await integrations.get_integration(actor, address.id)
    recent = await syncs.list_jobs(actor, one.id, _RECENT)
    counts = await integrations.count_records(actor, [one.id])
    lost = await mappings.count_lost(actor, one.id)
    proof = await reconciliation.get_reconciliation(actor, one.id) if address.tab == TABS[0] else None
    return Found(one, proof.resources if proof else [], recent.items, counts.get(one.id, 0), lost)


def interval(minutes: int) -> str:
    """`30 minutes`, `hour`, `4 hours`."""
    hours, rest = divmod(minutes, 60)
    if rest:
        return f"{minutes:,} minutes"
    return "hour" if hours == 1 else f"{hours} hours"


def _told(tested: IntegrationTested) -> EventSpec:
    return rx.toast.success(tested.message) if tested.success else rx.toast.error(tested.message)


def _type_of(job_type: str) -> TriggerType:
    """NotFound for none."""
    if job_type not in _STARTED:
        raise NotFound("There is no such job. Reload the page.")
    return cast("TriggerType", job_type)


def _reconciled(one: Reconciled) -> ReconciledRow:
    left = [f"{count:,} {skipped_words(why)}" for why, count in one.skipped.items()]
    waiting = (
        (one.repeated, "read twice, kept once"),
        (one.waiting_in_quarantine, "in quarantine: read, but not usable as they are"),
        (one.open_conflicts, "in conflict: changed on both sides"),
        (one.not_found, "here, but not found by that import"),
        (one.gone, "here, but gone at the CRM"),
        (one.merged, "merged into other records here"),
        (one.not_explained, "not explained: run a full import again"),
    )
    left += [f"{count:,} {said}" for count, said in waiting if count]
    stated = "Not stated" if one.stated is None else f"{one.stated:,}"
    known = one.at is not None
    return ReconciledRow(
        kind=kind_of(one.resource),
        sentence=one.sentence,
        proof="complete" if one.complete else "open" if known else "none",
        at=words.iso(one.at),
        stated=stated if known else "—",
        read=f"{one.read:,}" if known else "—",
        here=f"{one.here:,}",
        left=left,
    )
