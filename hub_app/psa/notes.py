"""The text of a note as a PSA gets it, with the reference by which Hub finds it again."""

import hashlib
import secrets

from hub_app.psa.plain import as_note

# Without letters that are read as digits, so that people can say it on the phone.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 5
UNKNOWN_REFERENCE = "HUB-·····"
"""Stands in a preview for the reference that a note will have."""


def new_reference() -> str:
    """One such as HUB-3F9K2. It tells the notes of one ticket apart."""
    return "HUB-" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def composed(markdown: str, reference: str, signed: str = "") -> str:
    """The note of a Markdown text, "" for a text that says nothing. `signed` names who wrote it, where the PSA does not."""
    text = as_note(markdown)
    closing = f"{signed} via Hub. Ref {reference}" if signed else f"Ref {reference}"
    return f"{text}\n\n{closing}" if text else ""


def of_time(title: str, reference: str) -> str:
    """The notes of a time entry."""
    return f"{title} Ref {reference}" if title.endswith((".", "!", "?")) else f"{title}. Ref {reference}"


def digest(markdown: str, note_type: str) -> str:
    """What tells one note from another, whatever its reference is."""
    text = " ".join(as_note(markdown).split())
    return hashlib.sha256(f"{note_type}\n{text}".encode()).hexdigest()
