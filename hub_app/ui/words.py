"""How times, durations, shares, answers and JSON are said on every screen."""

from datetime import datetime
from http import HTTPStatus

import orjson

from hub_app.kernel import capabilities

_ERRORS = {
    "dns": "host not found",
    "connect": "connection failed",
    "tls": "TLS failed",
    "timeout": "timeout",
    "refused_address": "address refused",
    "too_large": "too large",
    "protocol": "not HTTP",
    "internal": "not sent",
    "erased": "data erased",
}
_SECOND_MS = 1000
_KIB = 1024


def iso(at: datetime | None) -> str:
    """A time as `time(…)` takes it; "" for none."""
    return "" if at is None else at.isoformat()


def duration(milliseconds: int | None) -> str:
    """`41 ms`, `1.2 s`, and "" for none."""
    if milliseconds is None:
        return ""
    return f"{milliseconds} ms" if milliseconds < _SECOND_MS else f"{milliseconds / _SECOND_MS:.1f} s"


def at_most(milliseconds: int | None) -> str:
    """A bound that a duration does not exceed, `≤ 25 ms`; a dash without one."""
    return "—" if milliseconds is None else f"≤ {duration(milliseconds)}"


def size(count: int) -> str:
    """`812 KiB`, `1.4 GiB`."""
    size, units = count / _KIB, ["KiB", "MiB", "GiB", "TiB"]
    while size >= _KIB and len(units) > 1:
        size, units = size / _KIB, units[1:]
    return f"{size:,.0f} {units[0]}" if size >= 100 or units[0] == "KiB" else f"{size:,.1f} {units[0]}"  # noqa: PLR2004 - three digits are enough


def share(part: float | None) -> str:
    """A rate of 0..1 as `98.2 %`; a dash without one."""
    return "—" if part is None else f"{100 * part:.1f} %"


def answer(status_code: int | None, error_kind: str) -> str:
    """What came back, in a word: `200`, `timeout`, or "" when nothing was tried yet."""
    return str(status_code) if status_code is not None else _ERRORS.get(error_kind, error_kind)


def phrase(status_code: int) -> str:
    """`503 Service Unavailable`."""
    try:
        return f"{status_code} {HTTPStatus(status_code).phrase}"
    except ValueError:
        return str(status_code)


def short(identifier: str) -> str:
    """The end of an id, which is what tells one UUIDv7 from its neighbours."""
    return f"…{identifier[-8:]}"


def pretty(text: str) -> str:
    """JSON with its lines indented; other text as it is."""
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return text


def by(via: str) -> str:
    """How an audited act came: `Actor.via`."""
    return {"browser": "Browser", "token": "API token", "system": "Hub itself"}.get(via, via)


def act(action: str) -> str:
    """An audited act in words (`Capability.acts`); without any, `webhook.endpoint.secret_rotated` is "Endpoint secret
    rotated".
    """
    for capability in capabilities.every():
        if action in capability.acts:
            return capability.acts[action]
    parts = action.split(".")
    text = " ".join(parts[-2:]).replace("_", " ")
    return text[:1].upper() + text[1:]
