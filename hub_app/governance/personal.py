"""What governance and the kernel's audit log hold about people. Both are emptied by erasing itself."""

from hub_app.governance.tables import ErasedPerson, PrivacyFile, PrivacyRequest
from hub_app.kernel.personal import Personal
from hub_app.kernel.tables import AuditEntry, AuditHead, AuditPerson

_NO_PEOPLE = "By the rule of kernel/audit.py: ids and names of fields and things, never people's data"
_OWN_WAY = "Emptied in a way of its own (privacy/traces.py, kernel/audit_erasure.py)"
_DIGEST = "A keyed digest"
_WORDS = "Words of Hub's own, and numbers"

PERSONAL = [
    Personal(
        model=AuditEntry,
        what="Audit log",
        nothing={
            _NO_PEOPLE: ["action", "via", "target_type", "target_id", "summary"],
            _DIGEST: ["person", "previous", "mac"],
        },
    ),
    Personal(
        model=AuditPerson,
        what="Details in the audit log",
        nothing={_OWN_WAY: ["name", "email", "ip"], _DIGEST: ["person", "mac"]},
    ),
    Personal(model=AuditHead, what="Ends of the audit log", nothing={_DIGEST: ["mac"]}),
    Personal(
        model=PrivacyRequest,
        what="Requests",
        nothing={_OWN_WAY: ["person"], _WORDS: ["kind", "status", "counts", "error"]},
    ),
    Personal(model=PrivacyFile, what="Exports", nothing={_OWN_WAY: ["content"]}),
    Personal(model=ErasedPerson, what="Marks of erased persons", nothing={_DIGEST: ["digest"]}),
]
