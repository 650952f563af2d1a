"""What syncing holds about people: nearly everything. Records, their history, and what was read and could not become one."""

from datetime import datetime

from hub_app.kernel.personal import ERASED, Personal, leaves, masked
from hub_app.sync.tables import (
    SyncCollection,
    SyncConflict,
    SyncConnection,
    SyncData,
    SyncDuplicate,
    SyncFinding,
    SyncIntent,
    SyncJob,
    SyncLink,
    SyncLog,
    SyncQuarantine,
    SyncRecord,
    SyncReference,
    SyncSeen,
    SyncStream,
    SyncVersion,
)

_WORDS = "Words of Hub's own, or identifiers that programs use"
_FOREIGN = "The source's own identifier or version of a record"
_DIGEST = "A digest"
_PAGE = "/crm/clients"


def _archive(record: SyncRecord, now: datetime) -> None:
    """A record without its data is in nobody's list."""
    record.archived_at = record.archived_at or now


PERSONAL = [
    Personal(
        model=SyncRecord,
        what="Records",
        page=_PAGE,
        whole={
            "name": leaves(ERASED), "email": leaves(""), "phone": leaves(""), "date": leaves(""),
            "search": leaves(""), "status": leaves(""),
        },
        settle=_archive,
        topics=lambda row: [f"sync_records:{row.tenant_id}", f"sync_record:{row.id}"],
    ),
    Personal(
        model=SyncData,
        what="Values of records",
        page=_PAGE,
        whole={"contents": leaves({})},
        nothing={"When fields were changed": ["stamps"]},
        part_of=("sync_record", "id"),
    ),
    Personal(
        model=SyncLink,
        what="What sources said of records",
        page=_PAGE,
        whole={"base": leaves({}), "base_hub": leaves({})},
        nothing={_FOREIGN: ["external_id", "external_version"], _WORDS: ["state"], _DIGEST: ["payload_hash"]},
        part_of=("sync_record", "record_id"),
    ),
    Personal(
        model=SyncReference,
        what="References between records",
        nothing={_FOREIGN: ["external_id"], _WORDS: ["field"]},
        part_of=("sync_record", "record_id"),
    ),
    Personal(
        model=SyncVersion,
        what="History of records",
        page=_PAGE,
        whole={"before": leaves({}), "after": leaves({}), "link_change": leaves(None)},
        names=["made_by"],
        nothing={_WORDS: ["kind"], "When fields were changed": ["stamps"]},
    ),
    Personal(
        model=SyncConflict,
        what="Conflicts",
        page="/crm/conflicts",
        whole={"fields": leaves({}), "chosen": leaves({})},
        names=["resolved_by"],
        nothing={_WORDS: ["status"]},
        part_of=("sync_record", "record_id"),
    ),
    Personal(
        model=SyncQuarantine,
        what="Quarantined records",
        page="/crm/connections",
        whole={"raw": leaves(None), "reason": leaves("")},
        nothing={_FOREIGN: ["external_id"], _WORDS: ["status"]},
        deleted=True,
    ),
    Personal(
        model=SyncDuplicate,
        what="Possible duplicates",
        whole={"merged": leaves({})},
        names=["decided_by"],
        nothing={_WORDS: ["why", "status"]},
        part_of=("sync_record", "first_id"),
    ),
    Personal(
        model=SyncFinding,
        what="Findings of previews and checks",
        page="/crm/connections",
        whole={"name": leaves(""), "detail": leaves({})},
        nothing={_FOREIGN: ["external_id"], _WORDS: ["kind", "resource"]},
        deleted=True,
    ),
    Personal(
        model=SyncLog,
        what="Logs of syncing",
        page="/crm/connections",
        whole={"message": leaves(ERASED), "detail": leaves({})},
        nothing={_FOREIGN: ["external_id"], _WORDS: ["level", "resource"]},
    ),
    Personal(
        model=SyncIntent,
        what="Writes to sources",
        page="/crm/connections",
        whole={"sent": leaves({}), "former": leaves({}), "fields": leaves({}), "error": leaves("")},
        nothing={_FOREIGN: ["external_id"], _WORDS: ["kind", "status"]},
        part_of=("sync_record", "record_id"),
    ),
    Personal(
        model=SyncJob,
        what="Sync jobs",
        page="/crm/connections",
        alone={"error": leaves("")},
        names=["started_by"],
        nothing={
            _WORDS: [
                "status", "type", "trigger", "config", "checkpoint", "counts", "outcome", "error_kind", "confirm",
            ]
        },
    ),
    Personal(
        model=SyncSeen, what="What a job has read", nothing={_FOREIGN: ["external_ids"]}
    ),
    Personal(
        model=SyncConnection,
        what="Connections",
        page="/crm/connections",
        alone={"name": leaves(ERASED), "reason": leaves("")},
        nothing={
            _WORDS: ["family", "provider", "status", "direction", "rule", "deletions", "last_sync_status"],
            _DIGEST: ["account"],
        },
        topics=lambda row: [f"sync_connections:{row.tenant_id}"],
    ),
    Personal(
        model=SyncStream,
        what="Mappings",
        page="/crm/connections",
        alone={"mapping": masked},
        nothing={_WORDS: ["resource"], "Figures": ["last_full", "lost"], _DIGEST: ["account"]},
    ),
    Personal(
        model=SyncCollection,
        what="Fields of records",
        page=_PAGE,
        alone={"fields": masked},
        nothing={_WORDS: ["family", "name"]},
    ),
]  # fmt: skip
