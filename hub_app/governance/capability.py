"""What governance brings."""

from datetime import timedelta
from typing import Any

from sqlmodel import or_

from hub_app.governance import api
from hub_app.governance.personal import PERSONAL
from hub_app.governance.privacy.work import JOBS
from hub_app.governance.tables import PrivacyFile, PrivacyRequest
from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.retention import Retention
from hub_app.kernel.scopes import Family
from hub_app.kernel.settings import get_settings


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.governance.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.router, api.of_privacy],
    pages=_add_pages,
    navigation=[
        NavEntry("Audit log", "/governance/audit", "scroll_text", group="Governance", order=2),
        NavEntry("Privacy", "/governance/privacy", "user_search", group="Governance", order=3),
    ],
    scopes={
        "audit": Family("the audit log", write=None),
        "privacy": Family("requests for a person's data", "export and erase a person's data"),
    },
    jobs=JOBS,
    retention=[
        Retention(PrivacyFile, by="expires_at"),
        # What was never confirmed, and what a process died over too often.
        Retention(
            PrivacyRequest,
            by="expires_at",
            only=[or_(PrivacyRequest.kind == "preview", PrivacyRequest.status == "running")],
        ),
        Retention(
            PrivacyRequest, after=lambda: timedelta(days=get_settings().consent_audit_log_retention_days)
        ),
    ],
    personal=PERSONAL,
)
