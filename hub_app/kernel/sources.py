"""Outside systems whose records are kept in step (`Capability.sources`), by the family of their connections."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.kernel import capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNews:
    """What a job of syncing has to tell other programs: that it has begun, without an `outcome`, or how it ended (`success`, `partial`,
    `failed`, `cancelled`). `counts` are its figures by resource. `key` is the same however often the same is told.
    """

    tenant_id: UUID
    connection_id: UUID
    job_id: UUID
    job_type: str
    trigger: str
    key: str
    outcome: str = ""
    error: str = ""
    counts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


async def _keep_quiet(_session: AsyncSession, _news: JobNews) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFamily:
    """Connections of one capability. `open` takes the tenant's id, the connection's and what the job was asked for, such as a file
    to read, and gives an open source: one of the sync engine's (`sync/provider/source.py`), which the kernel does not know. It
    raises ApiError when nobody may use it.
    `page` is the address of a connection's page; `scope` the family of the tokens that may read and write its records.
    `label` says what a provider is called. `tell` is told that a job has begun and how it ends, in the transaction that writes it.
    """

    open: Callable[[UUID, UUID, Mapping[str, Any]], AbstractAsyncContextManager[object]]
    page: Callable[[UUID], str]
    label: Callable[[str], str]
    scope: str
    tell: Callable[[AsyncSession, JobNews], Awaitable[None]] = _keep_quiet


def families() -> Mapping[str, SourceFamily]:
    """All of them by their names."""
    return {name: one for capability in capabilities.every() for name, one in capability.sources.items()}
