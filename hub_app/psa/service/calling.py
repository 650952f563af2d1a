"""Calling the tenant's PSA: its connection, opened, and what it said a moment ago.

What is kept is kept per connection and state of it: a connection that was changed, or another tenant's, finds nothing of it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID

from cachetools import TTLCache
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.call import Credential
from hub_app.apiclient.client import Client
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.quota import Quota
from hub_app.governance.service import consents
from hub_app.kernel import audit, db, signals
from hub_app.kernel.actor import Actor
from hub_app.kernel.errors import Conflict
from hub_app.psa.provider import Account, OpenClient, Provider, PSAProvider
from hub_app.psa.service import accounts, consent
from hub_app.psa.tables import PsaConnection

SECONDS = 300.0
"""For so long an answer of a PSA's is shown without asking again."""
NOT_CONNECTED = "No active PSA connection configured for this account."
TOPIC = "psa_posts"
_TIMEOUT = 30.0
_PATIENCE = 120.0
_MOST_BODY = 16 * 2**20
_MOST_CONNECTIONS = 200
_MOST_ANSWERS = 400
Value = TypeVar("Value")


@dataclass
class _Known:
    """What is known of one connection as it is: its secrets, its address, and its answers. For SECONDS at most."""

    settings: dict[str, str]
    secrets: dict[str, str] = field(repr=False)
    memory: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    answers: TTLCache[str, Any] = field(
        default_factory=lambda: TTLCache[str, Any](maxsize=_MOST_ANSWERS, ttl=SECONDS)
    )
    loading: dict[str, "asyncio.Task[Any]"] = field(default_factory=dict[str, "asyncio.Task[Any]"])


_Key = tuple[UUID, UUID, datetime]
_known: TTLCache[_Key, _Known] = TTLCache(maxsize=_MOST_CONNECTIONS, ttl=SECONDS)


def forget_tickets() -> None:
    """Something was posted, here or by another process: tickets are not what they were."""
    for one in list(_known.values()):
        for kept in (one.answers, one.loading):
            for key in [key for key in kept if key.startswith("ticket ")]:
                kept.pop(key, None)


signals.on(TOPIC, forget_tickets)


@dataclass(frozen=True, slots=True)
class Psa:
    """The PSA of a tenant, ready to be called."""

    connection_id: UUID
    provider: Provider
    client: PSAProvider
    _of: _Known = field(repr=False)

    async def once(self, key: str, load: Callable[[], Awaitable[Value]], *, refresh: bool = False) -> Value:
        """What `load` gave within the last minutes; with `refresh` what it gives from now on. Many who ask at once wait for one call."""
        if not refresh and key in self._of.answers:
            return cast("Value", self._of.answers[key])
        task = None if refresh else self._of.loading.get(key)
        if task is None:
            self._of.answers.pop(key, None)
            task = self._of.loading[key] = asyncio.create_task(self._load(key, load), name=f"PSA {key}")
        return await asyncio.shield(task)

    async def _load(self, key: str, load: Callable[[], Awaitable[Value]]) -> Value:
        this = asyncio.current_task()
        try:
            found = await load()
            # What was asked for before something was posted, or before a later call, may be old.
            if self._of.loading.get(key) is this:
                self._of.answers[key] = found
        finally:
            if self._of.loading.get(key) is this:
                del self._of.loading[key]
        return found


async def connection_of(session: AsyncSession) -> PsaConnection | None:
    """The tenant's connection, in the open transaction."""
    return (await session.exec(select(PsaConnection))).one_or_none()


async def active(session: AsyncSession) -> PsaConnection:
    """The tenant's connection; Conflict when there is none, or it is switched off."""
    found = await connection_of(session)
    if found is None or not found.is_active:
        raise Conflict(NOT_CONNECTED)
    return found


@asynccontextmanager
async def opened(actor: Actor, *, patience: float = _PATIENCE) -> AsyncIterator[Psa]:
    """The tenant's PSA, for as long as the block lasts. Conflict when there is none; ConsentRevoked when it must not be called. No
    transaction may be open.
    """
    async with db.read(actor.tenant_id) as session:
        row = await active(session)
    await consents.require(actor.tenant_id, consent.NAME, row.id)
    yield await _psa(actor, row, patience)


async def _psa(actor: Actor, row: PsaConnection, patience: float) -> Psa:
    provider = accounts.provider_of(row.provider)
    key = (row.tenant_id, row.id, row.updated_at)
    known = _known.get(key)
    if known is None:
        # Its secrets are opened: once for the calls of some minutes.
        async with db.begin(actor.tenant_id) as session:
            await audit.act(session, actor, "psa.credential_used", row)
        known = _Known(accounts.settings_of(row, provider), accounts.secrets_of(row))
        _known[key] = known
    account = accounts.account_of(
        provider, known.settings, known.secrets, memory=known.memory, patience=patience
    )
    return Psa(row.id, provider, connect(provider, account, row.tenant_id, row.id), known)


def connect(provider: Provider, account: Account, tenant_id: UUID, connection_id: UUID | None) -> PSAProvider:
    """What calls the PSA by an account; without an id that of a connection which is not saved."""
    return provider.connect(account, _opening(provider, tenant_id, connection_id))


def _opening(provider: Provider, tenant_id: UUID, connection_id: UUID | None) -> OpenClient:
    before = partial(_still_consented, tenant_id, connection_id) if connection_id is not None else None

    def open_client(credential: Credential) -> Client:
        return Client(
            credential,
            tenant_id,
            quota=Quota(f"psa {connection_id or tenant_id}", provider.rates),
            before=before,
            timeout=_TIMEOUT,
            max_body=_MOST_BODY,
        )

    return open_client


async def _still_consented(tenant_id: UUID, connection_id: UUID) -> None:
    refusal = await consents.refusal_of(tenant_id, consent.NAME, connection_id)
    if refusal:
        raise ApiError("consent", refusal, sent=False)


def forget() -> None:
    """Nothing is known any more: for tests, which use one process for many installations."""
    _known.clear()
