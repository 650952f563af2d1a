"""What work sessions, and what was posted of them, hold about people."""

from hub_app.kernel.personal import ERASED, Mentions, Personal, leaves, masked
from hub_app.psa.tables import (
    EditorSettings,
    NoteTemplate,
    PsaConnection,
    PsaMemberMapping,
    PsaPostLog,
    SessionTemplate,
    WorkSession,
)


def without_lines(value: str, mentions: Mentions) -> str:
    """A text without the lines that mention the person; nothing of it when they are still mentioned."""
    lines = [ERASED if mentions(line) else line for line in value.split("\n")]
    left = "\n".join(lines)
    return ERASED if mentions(left) else left


PERSONAL = [
    Personal(
        model=PsaConnection,
        what="PSA connections",
        page="/psa",
        alone={"display_name": leaves(ERASED), "error": leaves(ERASED), "settings": masked},
        nothing={
            "What opens doors: a program's, and nobody's data": ["secrets", "hints"],
            "An address of a system": ["site_url", "company_id", "server_version"],
            "Words of Hub's own": ["provider"],
        },
    ),
    Personal(
        model=PsaMemberMapping,
        what="Members of the PSA",
        page="/psa?tab=members",
        whole={
            "member_identifier": leaves(""),
            "member_name": leaves(ERASED),
            "member_email": leaves(""),
        },
        owner="user_id",
        deleted=True,
        nothing={"An ID of another system": ["member_id"], "Words of Hub's own": ["matched_by"]},
    ),
    Personal(
        model=WorkSession,
        what="Work sessions",
        page="/sessions",
        alone={
            "title": leaves(ERASED),
            "body": without_lines,
            "tags": masked,
            "ticket": masked,
        },
        names=["engineer"],
        nothing={"An ID of another system": ["psa_ticket_id"], "Words of Hub's own": ["status"]},
    ),
    Personal(
        model=PsaPostLog,
        what="Notes posted to tickets",
        page="/psa?tab=posts",
        alone={
            "text": without_lines,
            "session_title": leaves(ERASED),
            "ticket_summary": leaves(ERASED),
            "error": leaves(ERASED),
        },
        names=["started_by", "member_name"],
        nothing={
            "A digest": ["digest"],
            "IDs of another system": [
                "ticket_id",
                "member_id",
                "board_id",
                "status_before_id",
                "status_after_id",
                "external_note_id",
                "external_time_id",
            ],
            "A reference of Hub's own": ["reference"],
            "Words of Hub's own, and of the PSA's set-up": [
                "status",
                "provider",
                "note_type",
                "status_before",
                "status_after",
                "note_state",
                "time_state",
                "status_state",
                "error_code",
            ],
        },
    ),
    Personal(
        model=SessionTemplate,
        what="Templates of sessions",
        page="/sessions?tab=templates",
        alone={
            "name": leaves(ERASED),
            "title": leaves(ERASED),
            "body": without_lines,
            "tags": masked,
        },
    ),
    Personal(
        model=NoteTemplate,
        what="Templates of notes",
        page="/sessions?tab=templates",
        alone={"text": without_lines},
        nothing={
            "An ID and a name of another system's set-up": ["board_id", "board_name"],
            "Words of Hub's own": ["note_type"],
        },
    ),
    Personal(
        model=EditorSettings,
        what="Snippets for work sessions",
        page="/sessions?tab=templates",
        alone={"snippets": masked},
        nothing={"Words of Hub's own": ["toolbar", "theme"]},
    ),
]
