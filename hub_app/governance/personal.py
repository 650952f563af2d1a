"""What governance and the kernel's audit log hold about people."""

from hub_app.governance.service import consents
from hub_app.governance.tables import (
    ConsentGrant,
    ConsentRevocation,
    ConsentSetting,
    ErasedPerson,
    PrivacyFile,
    PrivacyRequest,
)
from hub_app.kernel.personal import Personal, leaves
from hub_app.kernel.tables import AuditEntry, AuditHead, AuditPerson, AuditStart

_NO_PEOPLE = "By the rule of kernel/audit.py: ids and names of fields and things, never people's data"
_OWN_WAY = "Emptied in a way of its own (privacy/work.py, kernel/audit_erasure.py)"
_DIGEST = "A keyed digest"
_IDS = "Kinds, and ids that programs use"
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
    Personal(
        model=ConsentGrant,
        what="Consents",
        page="/governance/consents",
        alone={"name": leaves(""), "description": leaves("")},
        owner="user_id",
        of_owner={"ip": leaves("")},
        nothing={_IDS: ["consent_type", "resource_type", "resource_id", "source"]},
        # What is known of consents without reading them has names too.
        topics=lambda _: [consents.TOPIC],
    ),
    Personal(
        model=ConsentRevocation,
        what="Revocations of consents",
        page="/governance/consents",
        owner="user_id",
        of_owner={"ip": leaves("")},
    ),
    Personal(model=ConsentSetting, what="How consent is asked for"),
    Personal(model=AuditHead, what="Ends of the audit log", nothing={_DIGEST: ["mac"]}),
    Personal(model=AuditStart, what="Beginnings of the audit log", nothing={_DIGEST: ["entry", "mac"]}),
    Personal(
        model=PrivacyRequest,
        what="Requests",
        nothing={_OWN_WAY: ["person"], _WORDS: ["kind", "status", "counts", "error"]},
    ),
    Personal(model=PrivacyFile, what="Exports", nothing={_OWN_WAY: ["content"]}),
    Personal(model=ErasedPerson, what="Marks of erased persons", nothing={_DIGEST: ["digest"]}),
]
