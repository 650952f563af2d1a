"""Jobs in words: what each is called, how far it is, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub_app.crm.schemas.jobs import SyncJobOut
from hub_app.crm.titles import kind_of, title_of
from hub_app.kernel.clock import utcnow
from hub_app.ui import words

_OPEN = {"pending", "running", "cancelling"}
_MINUTE = 60
_HOUR = 3600
_TRIGGERS = {"schedule": "By the schedule"}
# What the figures of a job count, in the order in which they are shown. Of a preview nothing has happened yet.
_FIGURES = (
    ("created", "created", "would be created"),
    ("updated", "updated", "would be updated"),
    ("unchanged", "unchanged", "unchanged"),
    ("conflicts", "in conflict", "in conflict"),
    ("quarantined", "set aside", "would be set aside"),
    ("gone", "gone at the CRM", "gone at the CRM"),
    ("pushed", "written to the CRM", "would be written to the CRM"),
    ("refused", "refused by the CRM", "refused by the CRM"),
    ("repeated", "read twice", "read twice"),
    ("warned", "values with a warning", "values with a warning"),
)
_CHECK = (
    ("unchanged", "the same on both sides"),
    ("updated", "different"),
    ("created", "missing here"),
    ("gone", "missing at the CRM"),
    ("quarantined", "in quarantine"),
)
_LINKING = (("updated", "linked", "would be linked"),)
_UNDO = (
    ("updated", "put back", "would be put back"),
    ("removed", "removed", "would be removed"),
)
_PAIRS = {"undo": _UNDO, "merge": _LINKING}
_TONES = {
    "created": "success",
    "updated": "info",
    "conflicts": "warning",
    "quarantined": "danger",
    "refused": "danger",
    "gone": "warning",
    "removed": "warning",
}
_CHECK_TONES = {"created": "danger", "updated": "warning", "gone": "danger"}
# These are shown even when there are none, so that the figures add up for whoever reads them.
_ALWAYS = {"created", "updated", "unchanged"}
_SKIPPED = {
    "before_connecting": "skipped: last changed before you connected",
    "deleted_there": "skipped: deleted at the CRM",
    "merged_here": "skipped: merged into another record here",
    "older_than_known": "skipped: older than what is already here",
    "changed_since": "kept: changed since",
    "sent_before": "not sent: was sent before, or is archived",
    "maybe_sent": "not sent again: may have arrived",
    "maybe_there": "not written: may already be at the CRM",
    "not_exact": "left for someone: not the same name, or not the same email",
    "several": "left for someone: several records fit",
    "not_settled": "left for someone: changes still wait to be synced or decided",
    "merged_again": "kept: merged into another record since",
    "location": "skipped: places, not people",
    "employee": "skipped: employees, not clients",
}


@dataclass(frozen=True)
class Figure:
    words: str
    count: str
    tone: str


@dataclass(frozen=True)
class KindRow:
    """What came of one kind of record."""

    kind: str
    read: str
    figures: list[Figure]


@dataclass(frozen=True)
class JobRow:
    """A job in a list or a card. `progress` says how far it is; measured is one whose total is known."""

    id: str
    href: str
    title: str
    status: str
    is_open: bool
    is_measured: bool
    done: int
    total: int
    progress: str
    figures: list[Figure]
    trigger: str
    by: str
    at: str
    duration: str


NO_JOB = JobRow("", "", "", "", False, False, 0, 0, "", [], "", "", "", "")


def job_row(job: SyncJobOut, href: str) -> JobRow:
    return JobRow(
        id=str(job.id),
        href=href,
        title=title_of(job.job_type, dry_run=job.dry_run),
        status=status_of(job),
        is_open=is_open(job),
        is_measured=bool(job.records_total),
        done=job.records_processed,
        total=job.records_total or 0,
        progress=progress_of(job, utcnow()),
        figures=figures_of(job),
        trigger=_TRIGGERS.get(job.trigger, "By hand"),
        by="" if job.trigger in _TRIGGERS else job.started_by,
        at=words.iso(job.created_at),
        duration=took(job.started_at, job.completed_at),
    )


def is_open(job: SyncJobOut) -> bool:
    """Whether it waits or runs."""
    return job.job_status in _OPEN


def status_of(job: SyncJobOut) -> str:
    """How a job stands; one that has come to its end by its outcome."""
    if job.job_status == "completed" and job.outcome == "partial":
        return "partial"
    return job.job_status


def progress_of(job: SyncJobOut, now: datetime) -> str:
    """How far a job is, with its rate and the time that is left, as far as these are known."""
    if job.job_status == "pending":
        return "Waiting to start"
    done, total = job.records_processed, job.records_total
    said = [f"{done:,} of {total:,} records" if total else f"{done:,} records so far"]
    seconds = (now - job.started_at).total_seconds() if job.started_at else 0
    if is_open(job) and done and seconds >= 1:
        rate = done / seconds
        said.append(f"{rate:,.0f} a second" if rate >= 1 else f"{rate * _MINUTE:,.0f} a minute")
        if total and total > done:
            # How much there is of the next kind is known when that begins.
            kind = next(reversed(job.counts), "")
            said.append(f"about {span((total - done) / rate)} left{f' for {kind}' if kind else ''}")
    return " · ".join(said)


def span(seconds: float) -> str:
    """`3 s`, `4 min`, `2 h`."""
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{round(seconds / _HOUR)} h"


def took(started: datetime | None, finished: datetime | None) -> str:
    """How long a job took; "" while it has not ended."""
    if started is None or finished is None:
        return ""
    whole = finished - started
    return (
        words.duration(round(whole / timedelta(milliseconds=1))) if whole.seconds < _MINUTE else _long(whole)
    )


def _long(whole: timedelta) -> str:
    minutes, seconds = divmod(round(whole.total_seconds()), _MINUTE)
    return f"{minutes} min {seconds} s"


def figures_of(job: SyncJobOut) -> list[Figure]:
    """What came of all records of a job."""
    summed: dict[str, Any] = {"skipped": {}}
    for tally in job.counts.values():
        _add(summed, tally)
    return figures(job.job_type, summed, dry_run=job.dry_run)


def kind_rows(job: SyncJobOut) -> list[KindRow]:
    """What came of each kind of record."""
    return [
        KindRow(
            kind=kind_of(kind) or "Records",
            read=_read(tally),
            figures=figures(job.job_type, tally, dry_run=job.dry_run),
        )
        for kind, tally in job.counts.items()
    ]


def _read(tally: Mapping[str, Any]) -> str:
    read, stated = tally.get("read", 0), tally.get("stated")
    if not read:
        return ""
    return f"{read:,} read" if stated is None else f"{read:,} read, {stated:,} stated by the CRM"


def _add(summed: dict[str, Any], tally: Mapping[str, Any]) -> None:
    for name, count in tally.items():
        if name == "skipped":
            for why, some in count.items():
                summed["skipped"][why] = summed["skipped"].get(why, 0) + some
        else:
            summed[name] = summed.get(name, 0) + (count or 0)


def figures(job_type: str, tally: Mapping[str, Any], *, dry_run: bool) -> list[Figure]:
    """A tally in words. What is 0 is left out, but for the figures that everybody looks for."""
    skipped: Mapping[str, int] = tally.get("skipped", {})
    always: set[str] = set()
    tones = _CHECK_TONES if job_type == "check" else _TONES
    if job_type == "check":
        pairs = list(_CHECK)
    elif job_type in _PAIRS:
        pairs = [(name, before if dry_run else after) for name, after, before in _PAIRS[job_type]]
    else:
        pairs = [(name, before if dry_run else after) for name, after, before in _FIGURES]
        always = _ALWAYS if tally.get("read") else set()
    found = [
        Figure(said, f"{tally.get(name, 0):,}", tones.get(name, "") if tally.get(name) else "")
        for name, said in pairs
        if tally.get(name) or name in always
    ]
    return found + [Figure(skipped_words(why), f"{count:,}", "") for why, count in skipped.items() if count]


def skipped_words(why: str) -> str:
    """Why records were skipped. A reason of the CRM's own is told by its name."""
    return _SKIPPED.get(why, f"skipped: {why.replace('_', ' ')}")
