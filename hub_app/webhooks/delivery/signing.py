"""Signatures by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), scheme `v1`."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence

_PREFIX = "whsec_"
_SHORTEST, _LONGEST, _OURS = 24, 64, 32


def new_secret() -> str:
    """A new signing secret: `whsec_` and the base64 of 32 random bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_OURS)).decode()


def decode_secret(secret: str) -> bytes:
    """The key of a secret; ValueError with a sentence when it is not one."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"must be whsec_ followed by the base64 of {_SHORTEST} to {_LONGEST} bytes")
    return key


def sign(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one entry for each key, separated by spaces."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(key, signed, "sha256") for key in keys)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)
