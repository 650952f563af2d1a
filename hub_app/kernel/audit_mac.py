"""The codes that prove the audit log: HMAC-SHA256 under a key that the database never holds.

A code is `key id : digest`, both hexadecimal. Key and id are derived by HKDF-SHA256 from SECRET_KEY, so a code tells
which SECRET_KEY made it. Each kind of row has its own domain: no code can stand in for another.

What is written here has to verify for as long as the log is kept. It never changes; a new format gets a new name.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import cache
from typing import Protocol
from uuid import UUID

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub_app.kernel.settings import get_settings

_ENTRY = (
    "tenant_id", "id", "created_at", "sequence", "actor_id", "person", "via", "action", "target_type", "target_id",
    "summary", "previous",
)  # fmt: skip
_CODE = re.compile(r"[0-9a-f]{8}:[0-9a-f]{64}")
_START = ("tenant_id", "sequence", "entry", "kept_from")
_PERSON = ("tenant_id", "person", "actor_id", "name", "email", "ip", "created_at")
_VERIFICATION = (
    "id", "created_at", "source", "asked_by", "outcome", "started_at", "finished_at", "entries", "problems", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    value: bytes


class Verdict(Enum):
    """What a code says of its row. OTHER_KEY: it was made with a SECRET_KEY that is not here, or merely claims so."""

    RIGHT = auto()
    WRONG = auto()
    OTHER_KEY = auto()


class Entry(Protocol):
    """The columns of `audit_entry` that its code covers, with `created_at` in UTC."""

    tenant_id: UUID
    id: UUID
    created_at: datetime
    sequence: int
    actor_id: UUID | None
    person: str
    via: str
    action: str
    target_type: str
    target_id: str
    summary: dict[str, object]
    previous: str


class Person(Protocol):
    """The columns of `audit_person` that its code covers."""

    tenant_id: UUID
    person: str
    actor_id: UUID | None
    name: str
    email: str
    ip: str
    created_at: datetime


class Start(Protocol):
    """The columns of `audit_start` that its code covers."""

    tenant_id: UUID
    sequence: int
    entry: str
    kept_from: datetime


class Verification(Protocol):
    """The columns of `audit_verification` that its code covers."""

    id: UUID
    created_at: datetime
    source: str
    asked_by: UUID | None
    outcome: str
    started_at: datetime | None
    finished_at: datetime | None
    entries: int
    problems: dict[str, list[str]]
    note: str


@cache
def _derived(secret: str) -> Key:
    out = HKDF(algorithm=hashes.SHA256(), length=36, salt=None, info=b"hub audit 1").derive(secret.encode())
    return Key(out[:4].hex(), out[4:])


def newest() -> Key:
    """The key that everything new is written with."""
    return _derived(get_settings().secret_key.get_secret_value())


def key_of(code: str) -> Key | None:
    """The key that made this code; None when it is not here."""
    settings = get_settings()
    wanted = code.partition(":")[0]
    keys = (_derived(one.get_secret_value()) for one in (settings.secret_key, *settings.secret_keys_old))
    return next((key for key in keys if key.id == wanted), None)


def entry(row: Entry, key: Key) -> str:
    return _code("entry", {name: getattr(row, name) for name in _ENTRY}, key)


def head(tenant_id: UUID, sequence: int, last: str, key: Key) -> str:
    """The code of a chain's end; `last` is that of its last entry, "" before the first."""
    return _code("head", {"tenant_id": tenant_id, "sequence": sequence, "last": last}, key)


def start(row: Start, key: Key) -> str:
    """The code of a chain's beginning."""
    return _code("start", {name: getattr(row, name) for name in _START}, key)


def link(head_code: str) -> str:
    """What an entry keeps of the end that it was added to: enough to compare, too little to put that end back."""
    return hashlib.sha256(head_code.encode()).hexdigest()


def person_id(tenant_id: UUID, actor_id: UUID | None, name: str, email: str, ip: str, key: Key) -> str:
    """What entries call a person: without the key nobody finds out who it is, not even by guessing addresses."""
    content = {"tenant_id": tenant_id, "actor_id": actor_id, "name": name, "email": email, "ip": ip}
    return _code("who", content, key).partition(":")[2]


def person(row: Person, key: Key) -> str:
    return _code("person", _of_person(row), key)


def tombstone(row: Person, key: Key) -> str:
    """The code of a person whom Hub has erased, over the emptied row."""
    return _code("erased person", _of_person(row), key)


def verification(row: Verification, key: Key) -> str:
    """The code of a verification's row, as it stands now."""
    return _code("verification", {name: getattr(row, name) for name in _VERIFICATION}, key)


def anchor(line: Mapping[str, object], before: str, key: Key) -> str:
    """The code of an anchor file's line, chained to that of the line before."""
    return _code("anchor", {**line, "before": before}, key)


def verdict(code: str, expected: str | None) -> Verdict:
    """`expected` is what the code should be; None when its key is not here. What is no code at all was made with no key."""
    if expected is None:
        return Verdict.OTHER_KEY if _CODE.fullmatch(code) else Verdict.WRONG
    return Verdict.RIGHT if hmac.compare_digest(code.encode(), expected.encode()) else Verdict.WRONG


def of_entry(row: Entry, code: str) -> Verdict:
    key = key_of(code)
    return verdict(code, key and entry(row, key))


def of_start(row: Start, code: str) -> Verdict:
    key = key_of(code)
    return verdict(code, key and start(row, key))


def of_verification(row: Verification, code: str) -> Verdict:
    key = key_of(code)
    return verdict(code, key and verification(row, key))


def of_person(row: Person, code: str) -> Verdict:
    """A person's row is right when it is what its name stands for, or an erased one's tombstone."""
    key = key_of(code)
    if key is None:
        return verdict(code, None)
    if not (row.name or row.email or row.ip) and verdict(code, tombstone(row, key)) is Verdict.RIGHT:
        return Verdict.RIGHT
    if row.person != person_id(row.tenant_id, row.actor_id, row.name, row.email, row.ip, key):
        return Verdict.WRONG
    return verdict(code, person(row, key))


def _of_person(row: Person) -> dict[str, object]:
    return {name: getattr(row, name) for name in _PERSON}


def _code(domain: str, content: Mapping[str, object], key: Key) -> str:
    body = orjson.dumps([domain, dict(content)], option=orjson.OPT_SORT_KEYS)
    return f"{key.id}:{hmac.digest(key.value, body, 'sha256').hex()}"
