"""Random secrets that Hub hands out once and keeps as a hash only."""

import hashlib
import secrets


def new_secret() -> str:
    """256 random bits as 43 url-safe characters."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256, hexadecimal: enough for a secret of 256 random bits, and quick to look up."""
    return hashlib.sha256(secret.encode()).hexdigest()
