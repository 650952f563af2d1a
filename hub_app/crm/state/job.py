"""One job of a connection, in the drawer: its figures, what it found, its log, and what can be done about it."""

from dataclasses import dataclass
from typing import get_args

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.schemas.importing import ImportIn
from hub_app.crm.schemas.jobs import FindingOut, LogOut, SyncIn, SyncJobOut, TriggerType
from hub_app.crm.service import importing, integrations, leads, matches, syncs
from hub_app.crm.state.connection import ConnectionAddress
from hub_app.crm.state.findings import FindingRow, Labels, LogRow, finding_row, kinds_of, log_row, none_words
from hub_app.crm.state.job_rows import KindRow, is_open, kind_rows, progress_of, status_of, took
from hub_app.crm.titles import kind_of, title_of
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.kernel.validation import validated
from hub_app.ui import words
from hub_app.ui.forms import DialogState, Next, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import DrawerState

_ROWS = 25
# What can be started from its preview: not what needs the page of the mapping.
_RUNNABLE = {*get_args(TriggerType), "merge"}
_UNDOABLE = {
    "full_import", "incremental_sync", "field_mapping_update", "export_to_crm", "retry", "deletions", "merge",
}  # fmt: skip


@dataclass(frozen=True)
class ConfirmRow:
    """A list of records that a job could not find at the CRM, and that somebody has to confirm."""

    kind: str
    text: str
    digest: str


@dataclass(frozen=True)
class JobLook:
    """A job as it is at one moment, with the page of its findings or of its log that is looked at."""

    job: SyncJobOut
    findings: Slice[FindingOut] | None
    logs: Slice[LogOut] | None
    labels: Labels
    links: bool = False


class SyncJobState(DrawerState, DialogState, rx.State):
    """The open job. `id` is "" while none is open."""

    title: str = ""
    status: str = ""
    is_open: bool = False
    is_measured: bool = False
    done: int = 0
    total: int = 0
    progress: str = ""
    error: str = ""
    about: str = ""
    at: str = ""
    duration: str = ""
    kinds: rx.Field[list[KindRow]] = rx.field(default_factory=list)
    view: str = "figures"
    views: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    kind: str = ""
    none_found: str = ""
    lists_all: bool = False
    found_kinds: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    findings: rx.Field[list[FindingRow]] = rx.field(default_factory=list)
    level: str = ""
    logs: rx.Field[list[LogRow]] = rx.field(default_factory=list)
    before: str = ""
    after: str = ""
    confirms: rx.Field[list[ConfirmRow]] = rx.field(default_factory=list)
    undoes: str = ""
    undone_by: str = ""
    is_preview: bool = False
    can_cancel: bool = False
    can_retry: bool = False
    can_undo: bool = False
    can_undo_now: bool = False
    links: bool = False
    """Whether what would be undone is a linking of records, which is taken apart and leaves the connection as it is."""
    can_run: bool = False
    """Whether it is a preview of what can be done now."""
    _digests: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each tab
    _undoes: str = ""
    _address = ConnectionAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        self._open("")
        address = ConnectionAddress.at(self)
        if address.tab != "jobs" or not address.job:
            self.id = ""
            return None
        try:
            fill_job(self, await look_at_job(await current_actor(self), address), address)
        except NotFound:
            self.id = ""
            return rx.toast.error("There is no such job. It may belong to a connection that was deleted.")
        return None

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def choose_kind(self, kind: str) -> EventSpec:
        """Go to the findings of one kind."""
        return rx.redirect(self._here(view="findings", kind=str(kind)))

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def choose_level(self, level: str) -> EventSpec:
        """Go to the log's entries of one level."""
        return rx.redirect(self._here(view="log", level=str(level)))

    def _here(self, **more: str) -> str:
        address = ConnectionAddress.at(self)
        return address.of_job(address.job, **more)

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def cancel(self) -> EventSpec:
        actor, address = await current_actor(self), ConnectionAddress.at(self)
        ended = await syncs.cancel_job(actor, read_id(address.job))
        fill_job(self, await look_at_job(actor, address), address)
        is_over = ended.job_status == "cancelled"
        return rx.toast.success(
            "The job is cancelled."
            if is_over
            else "The job ends before its next page. What it has done stays."
        )

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def retry(self) -> EventSpec:
        """Let the job go on where it stopped."""
        actor, address = await current_actor(self), ConnectionAddress.at(self)
        await syncs.retry_job(actor, read_id(address.job))
        fill_job(self, await look_at_job(actor, address), address)
        return rx.toast.success("The job continues where it stopped.")

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def run(self) -> EventSpec:
        """Do what the preview that is open has shown, and look at it."""
        actor, address = await current_actor(self), ConnectionAddress.at(self)
        seen = await syncs.get_job(actor, read_id(address.job))
        if seen.job_type == "merge":
            job = await matches.link_matches(actor, address.id)
        elif seen.file_id is not None:
            job = await importing.start_import(actor, address.id, seen.file_id, ImportIn())
        else:
            given = validated(SyncIn, {"job_type": seen.job_type, "job_config": seen.job_config})
            job = await syncs.start_sync(actor, address.id, given)
        return rx.redirect(address.of_job(job.id))

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def preview_undo(self) -> EventSpec:
        """Start the preview of an undo, and look at it."""
        actor, address = await current_actor(self), ConnectionAddress.at(self)
        job = await syncs.undo_job(actor, read_id(address.job), dry_run=True)
        return rx.redirect(address.of_job(job.id))

    @confirmed(Role.CUSTOMER_ADMIN)
    async def undo(self) -> list[Next]:
        """Take the job back whose preview is open, and look at that."""
        actor, undone = await current_actor(self), read_id(self._undoes)
        job = await syncs.undo_job(actor, undone)
        address = ConnectionAddress.at(self)
        paused = "The connection is paused, so that the next sync does not bring the changes again."
        said = f"The undo has started. {'' if self.links else paused}".strip()
        return [rx.toast.success(said), rx.redirect(address.of_job(job.id))]

    @confirmed(Role.CUSTOMER_ADMIN)
    async def confirm(self) -> list[Next]:
        """Confirm that the listed records are gone at the CRM, and look at the job that marks them."""
        actor, address = await current_actor(self), ConnectionAddress.at(self)
        job = await syncs.confirm_job(actor, read_id(address.job), dict(self._digests))
        return [
            rx.toast.success("Confirmed. The records are being marked."),
            rx.redirect(address.of_job(job.id)),
        ]


def fill_job(view: SyncJobState, seen: JobLook, address: ConnectionAddress) -> None:
    """Show a job. (No method: Reflex makes an event of every public one.)"""
    job = seen.job
    view.id, view.title, view.status = (
        str(job.id),
        title_of(job.job_type, dry_run=job.dry_run),
        status_of(job),
    )
    view.is_open, view.is_measured, view.links = is_open(job), bool(job.records_total), seen.links
    view.done, view.total = job.records_processed, job.records_total or 0
    view.progress, view.error = progress_of(job, utcnow()), job.error_details or ""
    view.about = "By the schedule" if job.trigger == "schedule" else f"By {job.started_by}"
    view.at, view.duration = words.iso(job.created_at), took(job.started_at, job.completed_at)
    view.kinds = kind_rows(job)
    view.view, view.kind, view.level = address.view, address.kind, address.level
    view.views = {name: address.of_job(job.id, view=name) for name in ("figures", "findings", "log")}
    # A list that somebody is to confirm is whole.
    view.lists_all = bool(job.needs_confirmation)
    view.none_found = none_words(job.job_type)
    view.found_kinds = kinds_of(job.job_type, dry_run=job.dry_run)
    view.findings = [finding_row(one, seen.labels) for one in seen.findings.items] if seen.findings else []
    view.logs = [log_row(one) for one in seen.logs.items] if seen.logs else []
    _page_inside(view, seen.findings or seen.logs, address)
    _offer(view, job, address)


def _page_inside(
    view: SyncJobState, found: Slice[FindingOut] | Slice[LogOut] | None, address: ConnectionAddress
) -> None:
    def at(cursor: str | None) -> str:
        more = {"view": address.view, "kind": address.kind, "level": address.level}
        return address.of_job(address.job, **more, place=cursor) if cursor else ""

    view.before = at(found.previous_cursor) if found else ""
    view.after = at(found.next_cursor) if found else ""


def _offer(view: SyncJobState, job: SyncJobOut, address: ConnectionAddress) -> None:
    """Say what can be done about the job."""
    ended = not is_open(job)
    changed = (
        job.records_created
        + job.records_updated
        + sum(tally.get("gone", 0) + tally.get("pushed", 0) for tally in job.counts.values())
    )
    view.can_cancel = job.job_status in {"pending", "running"}
    view.can_retry = job.job_status in {"failed", "cancelled"} and job.undone_by_job_id is None
    # What was sent as a lead stays there, and is chosen anew each time.
    is_of_leads = leads.RESOURCE in job.counts
    view.can_undo = (
        ended
        and not is_of_leads
        and job.job_type in _UNDOABLE
        and not job.dry_run
        and job.undone_by_job_id is None
        and changed > 0
    )
    view.is_preview = job.dry_run
    view.can_run = job.dry_run and job.job_status == "completed" and job.job_type in _RUNNABLE
    view.can_run = view.can_run and not is_of_leads
    view.can_undo_now = job.dry_run and job.job_type == "undo" and job.job_status == "completed"
    view.undoes = address.of_job(job.undoes_job_id) if job.undoes_job_id else ""
    view.undone_by = address.of_job(job.undone_by_job_id) if job.undone_by_job_id else ""
    view._undoes = str(job.undoes_job_id or "")  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as in fill_job
    asked = job.needs_confirmation if job.job_status == "needs_confirmation" else {}
    view._digests = {name: one["digest"] for name, one in asked.items()}  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    view.confirms = [
        ConfirmRow(
            kind_of(name),
            f"{one['why']} {one['count']:,} records would be marked as gone.",
            one["digest"],
        )
        for name, one in asked.items()
    ]


async def look_at_job(actor: Actor, address: ConnectionAddress) -> JobLook:
    """The job that the address names, and what is looked at of it. NotFound for none, or another connection's."""
    job = await syncs.get_job(actor, read_id(address.job))
    if job.integration_id != address.id:
        raise NotFound("This connection has no such job.")
    page = PageRequest(limit=_ROWS, cursor=address.place or None)
    findings, logs, labels = None, None, dict[str, dict[str, str]]()
    if address.view == "findings":
        findings = await syncs.list_findings(actor, job.id, page, kind=address.kind)
        labels = await integrations.field_labels(actor, address.id)
    elif address.view == "log":
        logs = await syncs.list_logs(actor, job.id, page, level=address.level)
    undone = await syncs.get_job(actor, job.undoes_job_id) if job.undoes_job_id else None
    return JobLook(job, findings, logs, labels, links=undone is not None and undone.job_type == "merge")
