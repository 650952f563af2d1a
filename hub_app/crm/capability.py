"""What CRMs bring."""

from typing import Any
from uuid import UUID

from hub_app.crm import api
from hub_app.crm.personal import PERSONAL
from hub_app.crm.service import (
    FAMILY,
    accounts,
    authorizing,
    conflicts,
    consent,
    events,
    exports,
    gallery,
    records,
    syncs,
    ties,
)
from hub_app.crm.tables import CrmExport, CrmFile
from hub_app.kernel.activity import Activity
from hub_app.kernel.capability import Capability
from hub_app.kernel.navigation import NavEntry
from hub_app.kernel.retention import Retention
from hub_app.kernel.scopes import Family
from hub_app.kernel.sources import SourceFamily


def _add_pages(app: Any) -> None:
    # They bring Reflex along, which only a process that serves screens needs.
    from hub_app.crm.pages import register

    register(app)


def _page(connection_id: UUID) -> str:
    return f"/crm/connections/{connection_id}"


CAPABILITY = Capability(
    routers=api.ROUTERS,
    pages=_add_pages,
    navigation=[
        NavEntry("Connections", "/crm/connections", "unplug", group="CRM", order=1),
        NavEntry("Clients", "/crm/clients", "users", group="CRM", order=2),
        NavEntry(
            "Conflicts", "/crm/conflicts", "git_compare", group="CRM", order=3, waiting=conflicts.count_open
        ),
    ],
    activity=Activity(
        topic="sync_jobs", current=syncs.current_work, cancel=syncs.cancel_job, retry=syncs.retry_job
    ),
    search=records.search,
    acts={"crm.credential_used": "Credential used"},
    scopes={"crm": Family("connected CRMs, their records and sync jobs")},
    sources={
        FAMILY: SourceFamily(
            open=accounts.open_source, page=_page, label=consent.label_of, scope="crm", tell=events.tell
        )
    },
    status={"crm": gallery.status},
    users={"connector": ties.count_users_of_connector},
    lost={"connector": ties.lose_connector, "member": ties.lose_member},
    member_losses=ties.member_losses,
    consents={consent.NAME: consent.KIND},
    authorizable={authorizing.KIND: authorizing.AUTHORIZABLE},
    personal=PERSONAL,
    jobs=exports.KINDS,
    retention=[
        Retention(CrmFile, by="expires_at", runs_out=True),
        Retention(CrmExport, by="expires_at", runs_out=True),
    ],
)
