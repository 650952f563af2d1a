"""IDs of PSAs that number their things."""

import re

from hub_app.psa.provider.errors import PSANotFoundError

_NUMBER = re.compile(r"[0-9]{1,9}")


def number(text: str) -> int | None:
    """An ID, perhaps written `#48213`; None for what cannot be one."""
    stripped = text.strip().removeprefix("#")
    return int(stripped) if _NUMBER.fullmatch(stripped) else None


def required(text: str, name: str) -> int:
    """An ID as the PSA of this name has them. Raises PSANotFoundError for what cannot be one."""
    found = number(text)
    if found is None:
        raise PSANotFoundError("Resource not found.", provider=name, sent=False)
    return found
