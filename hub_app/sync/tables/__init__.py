"""Tables of the engine: connections and what they read, records and their history, jobs and what came of them."""

from hub_app.sync.tables.connections import SyncCollection, SyncConnection, SyncStream
from hub_app.sync.tables.findings import SyncConflict, SyncDuplicate, SyncFinding, SyncQuarantine
from hub_app.sync.tables.jobs import SyncIntent, SyncJob, SyncLog, SyncSeen
from hub_app.sync.tables.records import SyncData, SyncLink, SyncRecord, SyncReference, SyncVersion

__all__ = [
    "SyncCollection",
    "SyncConflict",
    "SyncConnection",
    "SyncData",
    "SyncDuplicate",
    "SyncFinding",
    "SyncIntent",
    "SyncJob",
    "SyncLink",
    "SyncLog",
    "SyncQuarantine",
    "SyncRecord",
    "SyncReference",
    "SyncSeen",
    "SyncStream",
    "SyncVersion",
]
