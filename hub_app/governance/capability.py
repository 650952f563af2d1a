"""What governance brings."""

from datetime import timedelta
from typing import Any

from hub_app.governance import api
from hub_app.governance.service import verifications
from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.retention import Retention
from hub_app.kernel.scopes import Family
from hub_app.kernel.tables import AuditVerification


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.governance.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.router, api.installation, api.checks],
    pages=_add_pages,
    navigation=[
        NavEntry("Audit log", "/governance/audit", "scroll_text", group="Governance", order=2),
        NavEntry("Installation log", "/operator/audit", "scroll_text", group="Operator", order=7),
        NavEntry("Audit verification", verifications.PAGE, "shield_check", group="Operator", order=8),
    ],
    scopes={"audit": Family("the audit log", write=None)},
    periodic=verifications.PERIODIC,
    retention=[Retention(AuditVerification, after=timedelta(days=400))],
    health={"audit": verifications.health},
    notices=verifications.notices,
    gauges=verifications.gauges,
)
