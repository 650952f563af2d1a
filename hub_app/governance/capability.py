"""What governance brings."""

from typing import Any

from hub_app.governance import api
from hub_app.governance.api import consents
from hub_app.governance.service import consent_status
from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.scopes import Family


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.governance.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.router, consents.router],
    pages=_add_pages,
    navigation=[
        NavEntry("Consents", "/governance/consents", "handshake", group="Governance", order=1),
        NavEntry("Audit log", "/governance/audit", "scroll_text", group="Governance", order=2),
    ],
    notices=consent_status.notices,
    scopes={
        "audit": Family("the audit log", write=None),
        "consents": Family("consents", write="give, renew and revoke consents"),
    },
)
