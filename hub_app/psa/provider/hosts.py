"""Which hosts a PSA may be reached at: its maker's own, and those that the operator lists for systems on their own network."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?|\[[0-9A-Fa-f:]+\](:\d{1,5})?")


def host_of(site: str) -> str:
    """The host, with its port, of what somebody entered with or without a scheme; "" for what is none."""
    text = site.strip()
    if "://" in text:
        try:
            parts = urlsplit(text)
        except ValueError:
            return ""
        if parts.scheme.lower() not in {"http", "https"} or "@" in parts.netloc:
            return ""
        text = parts.netloc
    else:
        text = text.rstrip("/")
    return text.lower() if _HOST.fullmatch(text) else ""


def is_listed(host: str, allowed: Sequence[str]) -> bool:
    """Whether the operator listed the host, with its port or without one."""
    return host in allowed or host.rpartition(":")[0] in allowed


def is_permitted(host: str, patterns: Sequence[str], allowed: Sequence[str]) -> bool:
    """Whether a PSA with hosts of these patterns may be reached at it."""
    if is_listed(host, allowed):
        return True
    return ":" not in host and any(fnmatchcase(host, pattern) for pattern in patterns)


def origin(site: str, host: str, allowed: Sequence[str]) -> str:
    """Where a host is called: by https, and by http only where the operator listed it and the site says so."""
    plain = site.strip().lower().startswith("http://") and is_listed(host, allowed)
    return f"{'http' if plain else 'https'}://{host}"
