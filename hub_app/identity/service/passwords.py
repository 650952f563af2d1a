"""Passwords: argon2id, hashed in threads of their own so that a login never holds up the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, cast

from passlib.context import CryptContext
from pydantic import SecretStr


class _Hasher(Protocol):
    """What Hub uses of passlib, which has no types."""

    def hash(self, secret: str) -> str: ...
    def verify_and_update(self, secret: str, hash: str) -> tuple[bool, str | None]: ...  # noqa: A002 - passlib's name
    def dummy_verify(self) -> bool: ...


# OWASP's second choice: 19 MiB, two passes; about 25 ms on two cores of a virtual machine.
_context = cast(
    "_Hasher",
    CryptContext(
        schemes=["argon2"],
        argon2__type="ID",
        argon2__memory_cost=19456,
        argon2__time_cost=2,
        argon2__parallelism=1,
    ),
)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


async def hash_password(password: SecretStr) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hash, password)


async def verify(password: SecretStr, stored: str | None) -> tuple[bool, str | None]:
    """Whether it is the password, and its new hash where the stored one has old parameters.

    Without a stored hash the same work is done for nothing: an unknown account answers as late as a known one.
    """
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, stored)


def _hash(password: SecretStr) -> str:
    return _context.hash(password.get_secret_value())


def _verify(password: SecretStr, stored: str | None) -> tuple[bool, str | None]:
    if stored is None:
        _context.dummy_verify()
        return False, None
    return _context.verify_and_update(password.get_secret_value(), stored)
