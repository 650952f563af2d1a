"""REST of CRMs."""

from hub_app.crm.api import (
    conflicts,
    custom,
    duplicates,
    exports,
    importing,
    inbound,
    integrations,
    mappings,
    quarantine,
    records,
)

ROUTERS = [
    integrations.providers,
    integrations.router,
    integrations.of_jobs,
    custom.router,
    importing.router,
    inbound.router,
    inbound.keys,
    conflicts.router,
    duplicates.router,
    records.router,
    exports.router,
    mappings.router,
    mappings.of_fields,
    quarantine.router,
    quarantine.of_rows,
]
