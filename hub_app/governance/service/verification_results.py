"""Verifications of the audit log as people see them. Of one that Hub did not write, nothing is shown but that it is there."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.governance.schemas.audit import Finding, VerificationOut
from hub_app.governance.service.people import ERASED
from hub_app.kernel import audit_results, capabilities
from hub_app.kernel.audit_mac import Verdict
from hub_app.kernel.tables import AuditPerson, AuditVerification
from hub_app.kernel.tenancy import INSTALLATION

_MOST_LOGS = 100
_NOT_HUBS = "This result was changed or added outside of Hub. It says nothing about the audit log."
_OTHER_KEY = "This result names a key that Hub does not have, and cannot be checked."


async def names_of(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, str]:
    """What the operators who asked were called when they last did something for the installation."""
    found: dict[UUID, str] = {}
    for one in people:
        named = select(AuditPerson.name).where(
            AuditPerson.tenant_id == INSTALLATION, AuditPerson.actor_id == one
        )
        newest = await session.exec(named.order_by(col(AuditPerson.created_at).desc()).limit(1))
        found[one] = newest.first() or ERASED
    return found


async def tenants_of(rows: Sequence[AuditVerification]) -> dict[UUID, str]:
    """The names of the tenants of which something was found and is shown."""
    genuine = [row for row in rows if audit_results.is_genuine(row)]
    return await capabilities.tenant_names({UUID(one) for row in genuine for one in _findings_of(row)})


def shown(row: AuditVerification, tenants: Mapping[UUID, str], people: Mapping[UUID, str]) -> VerificationOut:
    verdict = audit_results.judge(row)
    if verdict is not Verdict.RIGHT:
        return _doubted(row, is_forged=verdict is Verdict.WRONG)
    findings = [_finding(UUID(one), row.problems[one], tenants) for one in _findings_of(row)]
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


def _findings_of(row: AuditVerification) -> list[str]:
    """The logs, by their tenants, of which the findings are shown: whoever damaged all would make an endless list."""
    return list(row.problems)[:_MOST_LOGS]
