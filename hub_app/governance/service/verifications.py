"""Verifications of the audit log: what they found, for operators; and of a tenant's own log, for its members."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.audit import Finding, OwnVerification, VerificationOut
from hub_app.governance.service.audit_log import READ, of_installation
from hub_app.governance.service.people import ERASED
from hub_app.kernel import audit, audit_results, audit_runs, capabilities, db, paging, scheduler
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.audit_mac import Verdict
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict
from hub_app.kernel.figures import Gauge
from hub_app.kernel.notices import Notice
from hub_app.kernel.scheduler import Periodic
from hub_app.kernel.tables import AuditEntry, AuditPerson, AuditVerification
from hub_app.kernel.tenancy import INSTALLATION

PAGE = "/operator/audit-verification"
TASK = "governance.verify_audit"
_LATE = timedelta(days=2)
_MOST_LOGS = 100
_SEE = "See Audit verification in the Operator section."
_NOT_HUBS = "This result was changed or added outside of Hub. It says nothing about the audit log."
_OTHER_KEY = "This result names a key that Hub does not have, and cannot be checked."
_TOLD = {
    "changed": "The audit log failed verification: entries were changed outside of Hub.",
    "unchecked": "The audit log could not be verified completely: some entries name a key that Hub does not have.",
    "forged": "Results of audit verifications were changed outside of Hub: they may hide changes of the audit log.",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """How the log stands, by `newest`: the last genuine verification that says something about it."""

    state: audit_results.State | None
    newest: VerificationOut | None
    under_way: VerificationOut | None


async def list_verifications(actor: Actor, page: paging.PageRequest) -> paging.Slice[VerificationOut]:
    """For operators: every verification, newest first."""
    actor.require_operator()
    async with db.system("an operator looks at verifications of the audit log") as session:
        newest_first = paging.newest_first(AuditVerification.id)
        found = await paging.fetch(session, select(AuditVerification), newest_first, page)
        people = await _names(session, {one.asked_by for one in found.items if one.asked_by is not None})
    names = await _tenants(found.items)
    return found.holding([_out(one, names, people) for one in found.items])


async def summarize(actor: Actor) -> Summary:
    """For operators: what is known of the log now, and the verification that waits or runs."""
    actor.require_operator()
    async with db.system("an operator looks at the audit log's state") as session:
        standing = await audit_results.standing(session)
        found = [standing.newest, await audit_runs.under_way(session)]
        people = await _names(session, {one.asked_by for one in found if one and one.asked_by})
    names = await _tenants([one for one in found if one])
    return Summary(standing.state, *(one and _out(one, names, people) for one in found))


async def verify_now(actor: Actor) -> VerificationOut:
    """For operators: have a process that works in the background verify the log, at once. Conflict while one does."""
    actor.require_operator()
    async with db.system("an operator has the audit log verified", write=True) as session:
        if await audit_runs.under_way(session) is not None:
            raise Conflict("A verification is already under way. Wait for its result.")
        asked = await audit_runs.ask(session, actor.person)
        await scheduler.run_now(session, TASK)
        await audit.act(session, of_installation(actor), "audit.verification_requested", asked)
    return _out(asked, {}, {actor.person: actor.name})


async def own_log(actor: Actor) -> OwnVerification:
    """When the tenant's own log was last verified, and whether it was whole."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    async with db.system("a tenant asks about its own audit log") as session:
        standing = await audit_results.standing(session)
        began = await _began(session, actor.tenant_id)
    last = standing.newest
    # A log that was begun after that was not looked at.
    if last is None or last.started_at is None or (began is not None and began > last.started_at):
        return OwnVerification(verified_at=None, whole=None, findings=[])
    findings = last.problems.get(str(actor.tenant_id), [])
    # Where a row could not be read at all, nobody knows whose it is; nor what a forged result hides.
    unknown = standing.state == "forged" or (last.outcome != "whole" and not last.problems)
    return OwnVerification(
        verified_at=last.started_at,
        whole=None if unknown and not findings else not findings,
        findings=findings,
    )


async def verify_daily() -> None:
    """The scheduler's verification."""
    await audit_runs.run("scheduler", beside_others=True)


async def health() -> tuple[bool, str]:
    """Whether the log was whole when it was last verified, and is verified at all."""
    async with db.system("the audit log's health") as session:
        standing = await audit_results.standing(session)
        began = await _began(session, INSTALLATION)
    last = standing.newest
    if standing.state == "forged":
        return False, f"Results of audit verifications were changed outside of Hub. {_SEE}"
    if standing.state is None or last is None:
        is_new = began is None or began > utcnow() - _LATE
        return is_new, "The audit log has not been verified yet."
    if standing.state != "whole":
        return False, f"The audit log failed verification. {_SEE}"
    if last.created_at < utcnow() - _LATE:
        return False, "The audit log was last verified more than two days ago."
    return True, "The audit log was intact when it was last verified."


async def gauges() -> Sequence[Gauge]:
    """Whether the log was whole when it was last verified, and when that was; nothing before the first time."""
    async with db.system("the audit log's figures") as session:
        standing = await audit_results.standing(session)
    if standing.state is None:
        return []
    about = "1 when the audit log was intact at its last verification."
    found = [Gauge("hub_audit_intact", about, standing.state == "whole")]
    if standing.newest is not None:
        at = "When the audit log was last verified, in seconds since 1970."
        verified = standing.newest.created_at.timestamp()
        found.append(Gauge("hub_audit_verified_timestamp_seconds", at, verified))
    return found


async def notices(actor: Actor) -> Sequence[Notice]:
    """For operators: that the log, or what was found of it, was changed, until a later verification finds all of it whole."""
    if not actor.is_operator:
        return []
    async with db.system("does the audit log verify?") as session:
        state = (await audit_results.standing(session)).state
    if state is None or state == "whole":
        return []
    return [Notice(_TOLD[state], "Audit verification", PAGE, "danger")]


PERIODIC = [
    Periodic(
        TASK,
        timedelta(days=1),
        verify_daily,
        "Verifies the audit log of every tenant, and tells operators when it was changed.",
    )
]


async def _began(session: AsyncSession, tenant_id: UUID) -> datetime | None:
    """When this chain was begun."""
    first = select(AuditEntry.created_at).where(AuditEntry.tenant_id == tenant_id, AuditEntry.sequence == 1)
    return (await session.exec(first)).first()


async def _names(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, str]:
    """What the operators who asked were called when they last did something for the installation."""
    found: dict[UUID, str] = {}
    for one in people:
        named = select(AuditPerson.name).where(
            AuditPerson.tenant_id == INSTALLATION, AuditPerson.actor_id == one
        )
        newest = await session.exec(named.order_by(col(AuditPerson.created_at).desc()).limit(1))
        found[one] = newest.first() or ERASED
    return found


async def _tenants(rows: Sequence[AuditVerification]) -> dict[UUID, str]:
    """The names of the tenants of which something was found and is shown."""
    genuine = [row for row in rows if audit_results.is_genuine(row)]
    return await capabilities.tenant_names({UUID(one) for row in genuine for one in _shown(row)})


def _shown(row: AuditVerification) -> list[str]:
    """The logs, by their tenants, of which the findings are shown: whoever damaged all would make an endless list."""
    return list(row.problems)[:_MOST_LOGS]


def _out(row: AuditVerification, tenants: Mapping[UUID, str], people: Mapping[UUID, str]) -> VerificationOut:
    verdict = audit_results.judge(row)
    if verdict is not Verdict.RIGHT:
        return _doubted(row, is_forged=verdict is Verdict.WRONG)
    findings = [_finding(UUID(one), row.problems[one], tenants) for one in _shown(row)]
    more = len(row.problems) - len(findings)
    note = f"{row.note} {more:,} more logs were changed.".strip() if more else row.note
    return VerificationOut.model_validate(
        {
            **row.model_dump(exclude={"problems"}),
            "asked_by_name": "" if row.asked_by is None else people.get(row.asked_by, ERASED),
            "findings": findings,
            "note": note,
        }
    )


def _doubted(row: AuditVerification, *, is_forged: bool) -> VerificationOut:
    """A row of which nothing is to be believed but that it is there."""
    return VerificationOut(
        id=row.id,
        created_at=row.created_at,
        source="unknown",
        asked_by=None,
        asked_by_name="",
        outcome="forged" if is_forged else "unchecked",
        started_at=None,
        finished_at=None,
        entries=0,
        findings=[],
        note=_NOT_HUBS if is_forged else _OTHER_KEY,
    )


def _finding(tenant_id: UUID, sentences: list[str], tenants: Mapping[UUID, str]) -> Finding:
    is_tenant = tenant_id != INSTALLATION
    name = tenants.get(tenant_id, "A tenant that is gone") if is_tenant else "The installation"
    return Finding(tenant_id=tenant_id if is_tenant else None, log=name, sentences=sentences)
