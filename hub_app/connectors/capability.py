"""What connectors bring."""

from datetime import timedelta
from typing import Any

from hub_app.connectors import api
from hub_app.connectors.personal import PERSONAL
from hub_app.connectors.service import consent, lookup, status
from hub_app.connectors.tables import CachedAnswer, Connector, Execution, RunKey
from hub_app.kernel import search
from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.retention import Retention
from hub_app.kernel.scopes import Family
from hub_app.kernel.settings import get_settings


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.connectors.pages import register

    register(app)


CAPABILITY = Capability(
    routers=[api.router, api.of_executions],
    pages=_add_pages,
    acts={"connector.credential_used": "Credential used"},
    scopes={"connectors": Family("connectors, their runs and plans")},
    navigation=[
        NavEntry("Connectors", "/connectors", "plug", group="Connectors", order=1),
        NavEntry("Executions", "/connectors/executions", "square_terminal", group="Connectors", order=2),
    ],
    retention=[
        Retention(RunKey, by="expires_at", runs_out=True),
        Retention(CachedAnswer, by="expires_at", runs_out=True),
        Retention(Execution, after=lambda: timedelta(days=get_settings().execution_retention_days)),
    ],
    search=search.by_name(
        Connector,
        "Connector",
        "/connectors/{id}",
        name="display_name",
        also=["base_url"],
        scope=lookup.READ,
    ),
    status={"connectors": status.counts},
    consents={consent.NAME: consent.KIND},
    personal=PERSONAL,
)
