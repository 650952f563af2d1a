"""What governance brings."""

from datetime import timedelta
from typing import Any

from sqlmodel import col, or_

from hub_app.governance.api import audit, consents, privacy
from hub_app.governance.personal import PERSONAL
from hub_app.governance.service import consent_renewal, verifications
from hub_app.governance.service import privacy as privacy_service
from hub_app.governance.tables import PrivacyFile, PrivacyRequest
from hub_app.kernel import audit_retention
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.capability import Capability
from hub_app.kernel.clock import utcnow
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.notices import Notice
from hub_app.kernel.retention import Retention
from hub_app.kernel.scheduler import Periodic
from hub_app.kernel.scopes import Family
from hub_app.kernel.settings import get_settings
from hub_app.kernel.tables import AuditVerification


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.governance.pages import register

    register(app)


async def _drop_old_entries() -> None:
    await audit_retention.drop(utcnow() - _kept())


async def _notices(actor: Actor) -> list[Notice]:
    return [*await verifications.notices(actor), *await consent_renewal.notices(actor)]


def _kept() -> timedelta:
    return timedelta(days=get_settings().consent_audit_log_retention_days)


CAPABILITY = Capability(
    routers=[audit.router, audit.installation, audit.checks, consents.router, privacy.router],
    pages=_add_pages,
    navigation=[
        NavEntry("Consents", "/governance/consents", "handshake", group="Governance", order=1),
        NavEntry("Audit log", "/governance/audit", "scroll_text", group="Governance", order=2),
        NavEntry(
            "Privacy",
            "/governance/privacy",
            "user_search",
            group="Governance",
            order=3,
            min_role=Role.CUSTOMER_ADMIN,
        ),
        NavEntry("Installation log", "/operator/audit", "scroll_text", group="Operator", order=7),
        NavEntry("Audit verification", verifications.PAGE, "shield_check", group="Operator", order=8),
    ],
    scopes={
        "audit": Family("the audit log", write=None),
        "consents": Family("consents", write="give, renew and revoke consents"),
        "privacy": Family("requests for a person's data", "export and erase a person's data"),
    },
    acts={"audit.begun": "Log of a tenant begun", "audit.exported": "Audit log downloaded"},
    jobs=privacy_service.KINDS,
    periodic=[
        Periodic(
            "governance.drop_old_entries",
            timedelta(days=1),
            _drop_old_entries,
            "Drops audit entries that are older than the retention setting allows.",
        ),
        *verifications.PERIODIC,
    ],
    retention=[
        Retention(AuditVerification, after=timedelta(days=400)),
        Retention(PrivacyFile, by="expires_at", runs_out=True),
        # What was never confirmed, what failed, and what a process died over too often. Of a suspended tenant, what runs waits.
        Retention(
            PrivacyRequest,
            by="expires_at",
            only=[
                col(PrivacyRequest.status) != "running",
                or_(PrivacyRequest.kind == "preview", col(PrivacyRequest.status) == "failed"),
            ],
            runs_out=True,
        ),
        Retention(PrivacyRequest, by="expires_at", only=[col(PrivacyRequest.status) == "running"]),
        Retention(PrivacyRequest, after=_kept),
    ],
    health={"audit": verifications.health},
    health_pages={"audit": verifications.PAGE},
    notices=_notices,
    personal=PERSONAL,
    gauges=verifications.gauges,
)
