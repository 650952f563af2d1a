"""What OAuth brings."""

from datetime import timedelta
from typing import Any

from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.retention import Retention
from hub_app.kernel.scopes import Family
from hub_app.oauth import api, service, worker
from hub_app.oauth.personal import PERSONAL
from hub_app.oauth.service import consent
from hub_app.oauth.tables import OauthFlow


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.oauth.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.router],
    pages=_add_pages,
    scopes={"oauth": Family("OAuth connections")},
    navigation=[
        NavEntry("OAuth connections", "/apps/connections", "link", group="Apps", order=1),
        NavEntry("OAuth apps", "/operator/oauth-apps", "app_window", group="Operator", order=1),
    ],
    running=worker.running,
    periodic=worker.PERIODIC,
    # Ended ones stay for a day, so that whoever comes back late is told what happened.
    retention=[Retention(OauthFlow, by="expires_at", after=timedelta(days=1), runs_out=True)],
    search=service.search,
    status={"oauth": service.status},
    member_losses=service.member_losses,
    consents={consent.NAME: consent.KIND},
    personal=PERSONAL,
)
