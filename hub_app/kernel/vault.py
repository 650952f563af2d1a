"""Secrets at rest: AES-256-GCM, bound to the row they belong to, under a ring of keys.

A sealed value is `version (1 byte) · key id (4 bytes) · nonce (12 bytes) · ciphertext and tag`. The key is derived by
HKDF-SHA256 from ENCRYPTION_KEY; the associated data names tenant, table, row and field, so that a value copied
into another row does not open. The key id says which key of the ring sealed it.
"""

import os
from collections.abc import Sequence
from functools import cache
from uuid import UUID

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub_app.kernel.errors import Conflict
from hub_app.kernel.settings import decode_key, get_settings
from hub_app.kernel.tenancy import InstallationOwned, TenantOwned

_VERSION = b"\x01"
_HEAD = 1 + 4
_NONCE = 12


class SealedType(sa.types.TypeDecorator[bytes]):
    """The column type of sealed values. It marks what `rotate-keys` must seal again."""

    impl = sa.LargeBinary
    cache_ok = True


class SealBroken(Conflict):
    """A sealed value does not open: wrong key, or it was moved or changed. The sentence says what to do."""

    title = "Stored secret cannot be opened"


class Vault:
    """Seals with the first key of its ring, opens with any of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        derived = [_derive(key) for key in keys]
        self._ring = {key_id: AESGCM(key) for key_id, key in reversed(derived)}
        self._newest = derived[0][0]

    def seal(self, value: str, *, tenant_id: UUID, table: str, row_id: UUID, field: str) -> bytes:
        nonce = os.urandom(_NONCE)
        place = _place(tenant_id, table, row_id, field)
        return (
            _VERSION + self._newest + nonce + self._ring[self._newest].encrypt(nonce, value.encode(), place)
        )

    def open(self, sealed: bytes, *, tenant_id: UUID, table: str, row_id: UUID, field: str) -> str:
        """The value again; SealBroken when it was sealed elsewhere, changed, or by a key that is not here."""
        key = self._ring.get(sealed[1:_HEAD])
        if key is None or sealed[:1] != _VERSION:
            raise SealBroken(
                "A secret that is stored here was sealed with another ENCRYPTION_KEY. Enter it again, or let whoever runs"
                " Hub name the former key in ENCRYPTION_KEYS_OLD."
            )
        nonce, body = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        try:
            return key.decrypt(nonce, body, _place(tenant_id, table, row_id, field)).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(
                "A secret that is stored here was changed, or does not belong here. Enter it again."
            ) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the newest key sealed it."""
        return sealed[1:_HEAD] == self._newest


def _derive(key: bytes) -> tuple[bytes, bytes]:
    out = HKDF(algorithm=hashes.SHA256(), length=36, salt=None, info=b"hub vault 1").derive(key)
    return out[:4], out[4:]


def _place(tenant_id: UUID, table: str, row_id: UUID, field: str) -> bytes:
    return b"/".join((tenant_id.bytes, table.encode(), row_id.bytes, field.encode()))


@cache
def get_vault() -> Vault:
    settings = get_settings()
    return Vault([decode_key(key) for key in (settings.encryption_key, *settings.encryption_keys_old)])


Keeper = TenantOwned | InstallationOwned
"""A row that may keep secrets."""


def seal_field(row: Keeper, field: str, value: str) -> None:
    """Seal `value` into a column of this row, whose tenant and id must be set."""
    sealed = get_vault().seal(value, tenant_id=row.tenant_id, table=_table(row), row_id=row.id, field=field)
    setattr(row, field, sealed)


def open_field(row: Keeper, field: str) -> str:
    """What `seal_field` sealed into this column of this row; SealBroken."""
    return get_vault().open(
        getattr(row, field), tenant_id=row.tenant_id, table=_table(row), row_id=row.id, field=field
    )


def _table(row: Keeper) -> str:
    return type(row).__tablename__


_HINT_FROM = 8


def hint(secret: str) -> str:
    """How a secret is shown where a person must recognise it: `••••••ghij`; short ones show nothing."""
    return "••••••" + (secret[-4:] if len(secret) >= _HINT_FROM else "")
