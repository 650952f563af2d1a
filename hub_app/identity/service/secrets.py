"""Random secrets that Hub hands out once and keeps as a hash only."""

import secrets


def new_secret() -> str:
    """256 random bits as 43 url-safe characters."""
    return secrets.token_urlsafe(32)
