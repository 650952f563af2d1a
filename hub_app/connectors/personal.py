"""What connectors hold about people: what was sent to APIs and what they answered, and settings that name somebody."""

from hub_app.connectors.tables import (
    CachedAnswer,
    Connector,
    ConnectorAction,
    ConnectorCredential,
    Execution,
    RunKey,
)
from hub_app.kernel.personal import ERASED, Personal, leaves, masked

_WORDS = "Words of Hub's own, or identifiers that programs use"
_CREDENTIAL = "What opens doors: a program's, and nobody's data"
_API = "How an API is called: its host, and names in requests"
_DIGEST = "A digest"

PERSONAL = [
    Personal(
        model=Execution,
        what="Executions",
        page="/connectors/executions",
        whole={
            "url": leaves(""),
            "request_headers": leaves({}),
            "request_body": leaves(""),
            "response_headers": leaves({}),
            "response_body": leaves(""),
            "error_detail": leaves(""),
        },
        names=["actor_name"],
        nothing={_WORDS: ["action", "trigger", "method", "error_kind"]},
        part_of=("plan_run", "plan_run_id"),
        topics=lambda row: [f"executions:{row.connector_id}", f"executions:{row.tenant_id}"],
    ),
    Personal(
        model=RunKey,
        what="Idempotency keys",
        whole={"answer": leaves(None)},
        nothing={_DIGEST: ["key", "fingerprint"]},
        deleted=True,
    ),
    Personal(
        model=CachedAnswer,
        what="Cached responses",
        whole={"answer": leaves("")},
        nothing={_DIGEST: ["key"], _WORDS: ["action"]},
        deleted=True,
    ),
    Personal(
        model=Connector,
        what="Connectors",
        page="/connectors",
        alone={"display_name": leaves(ERASED), "description": leaves(""), "default_headers": masked},
        nothing={
            _WORDS: ["name", "auth_type"],
            _API: ["base_url", "auth_header", "auth_prefix", "auth_query"],
        },
        topics=lambda row: [f"connector:{row.id}"],
    ),
    Personal(
        model=ConnectorAction,
        what="Actions of connectors",
        page="/connectors",
        alone={
            "name": leaves(ERASED),
            "description": leaves(""),
            "endpoint": leaves(f"/{ERASED.lower()}"),
            "parameters": masked,
            "body": masked,
            # An empty one would select everything.
            "selection": leaves(ERASED.lower()),
            "pagination": masked,
        },
        nothing={_WORDS: ["slug", "method"]},
        topics=lambda row: [f"connector:{row.connector_id}"],
    ),
    Personal(
        model=ConnectorCredential,
        what="Credentials",
        page="/connectors",
        alone={"last_error": leaves("")},
        nothing={_CREDENTIAL: ["value", "hint"], _WORDS: ["type"]},
        topics=lambda row: [f"connector:{row.connector_id}"],
    ),
]
