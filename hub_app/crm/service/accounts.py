"""The account behind a connection: what was entered, kept sealed, and opened for calls alone."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.client import Client
from hub_app.apiclient.errors import ApiError
from hub_app.apiclient.quota import Quota, rates
from hub_app.connectors.service.clients import Use
from hub_app.crm import providers
from hub_app.crm.provider import Account, Provider, Source
from hub_app.crm.service import FAMILY, consent, custom, files, oauth
from hub_app.crm.tables import CrmAccount
from hub_app.governance.service import consents
from hub_app.kernel import audit, db, rows
from hub_app.kernel.actor import system_actor
from hub_app.kernel.errors import FieldError, Invalid
from hub_app.kernel.settings import get_settings
from hub_app.kernel.vault import hint, open_field, seal_field
from hub_app.sync.service import connections

_PATIENCE = 60.0
"""Seconds for which a call waits by itself until the CRM's limits let it through; for longer the job is put off."""
_MOST_BODY = 16 * 2**20
NOTHING: Mapping[str, Any] = MappingProxyType({})


def provider_of(provider_id: str) -> Provider:
    """Invalid, naming `crm_provider`, for one that there is not."""
    found = providers.every().get(provider_id)
    if found is None:
        known = ", ".join(providers.every())
        raise Invalid.field("crm_provider", f"is not a CRM that Hub knows. It must be one of {known}")
    return found


def auth_type_of(provider: Provider, wanted: str | None) -> str:
    """How an account is signed in; Invalid, naming `auth_type`, for a way that the provider does not have."""
    if wanted is not None and wanted not in provider.auth_types:
        raise Invalid.field("auth_type", f"must be {' or '.join(provider.auth_types)} for {provider.name}")
    return wanted or provider.auth_type


def check_entered(
    provider: Provider,
    auth_type: str,
    entered: Mapping[str, str],
    *,
    known: Mapping[str, str] | None = None,
) -> None:
    """Invalid, naming each field that is not asked for, and each that is and has no value here or in what is `known`."""
    asked = {one.key: one for one in provider.asked(auth_type)}
    errors = [FieldError(f"auth_config.{key}", "is not a known field") for key in entered if key not in asked]
    for one in asked.values():
        given = entered.get(one.key, (known or {}).get(one.key, one.default))
        if not given and not one.optional:
            errors.append(FieldError(f"auth_config.{one.key}", "is required"))
    if errors:
        raise Invalid(errors)


def put(account: CrmAccount, provider: Provider, entered: Mapping[str, str]) -> None:
    """Keep what was entered: secrets sealed, with a hint of each. What is not given stays."""
    secret = {one.key for one in provider.fields if one.secret}
    account.settings = account.settings | {key: text for key, text in entered.items() if key not in secret}
    given = {key: text for key, text in entered.items() if key in secret and text}
    if given:
        seal_field(account, "secrets", orjson.dumps(secrets_of(account) | given).decode())
        account.hints = account.hints | {key: hint(text) for key, text in given.items()}


def secrets_of(account: CrmAccount) -> dict[str, str]:
    return orjson.loads(open_field(account, "secrets")) if account.secrets else {}


def takes_leads(provider: Provider, account: CrmAccount) -> bool:
    """Whether new clients can be sent to the CRM by this account."""
    return provider.capabilities.leads and bool(account.hints.get(provider.lead_key))


async def account_of(session: AsyncSession, connection_id: UUID, *, lock: bool = False) -> CrmAccount:
    """The account of a connection that is there, in the open transaction."""
    return await rows.get(session, CrmAccount, connection_id, lock=lock)


@asynccontextmanager
async def open_source(
    tenant_id: UUID,
    connection_id: UUID,
    config: Mapping[str, Any] = NOTHING,
    *,
    changes: Mapping[str, str] = NOTHING,
) -> AsyncIterator[Source]:
    """The connection's source, for as long as the block lasts: the CRM, its way in for leads, or the file, as a job's
    `config` says; with `changes` of its settings, which are only tried. ApiError when
    nobody may use it, or nothing can be called.
    """
    refusal = await consents.refusal_of(tenant_id, consent.NAME, connection_id)
    if refusal:
        raise ApiError("consent", refusal)
    if "file_id" in config:
        async with files.opened(tenant_id, UUID(config["file_id"])) as source:
            yield source
        if not config.get("kept"):
            await files.done(tenant_id, UUID(config["file_id"]))
        return
    actor = system_actor(tenant_id, "Sync")
    async with db.begin(tenant_id) as session:
        account = await account_of(session, connection_id)
        (connection,) = await connections.among(session, FAMILY, [connection_id])
        provider = provider_of(connection.provider)
        if not provider.on_connector:
            await audit.act(session, actor, "crm.credential_used", account)
    if provider.on_connector:
        use = Use(
            rates=custom.limits_of(account),
            patience=_PATIENCE,
            max_body=_MOST_BODY,
            before=partial(_still_consented, tenant_id, connection_id),
        )
        async with custom.opened(actor, provider, account, use) as source:
            yield source
        return
    known = Account(settings={**account.settings, **changes}, secrets=secrets_of(account))
    make = provider.leads if config.get("leads") else provider.source
    can = takes_leads(provider, account) if config.get("leads") else provider.reads(account.auth_type)
    if make is None or provider.credential is None or not can:
        raise ApiError("params", f"{provider.name} has no API that Hub can call. Upload a file instead.")

    async def ready(refused: str) -> Client:
        token = await oauth.token(provider, account, refused) if account.auth_type == "oauth2" else ""
        entered = replace(known, secrets={"access_token": token}) if token else known
        return _client(provider, entered, tenant_id, connection_id)

    yield make(known, ready)


def _client(provider: Provider, account: Account, tenant_id: UUID, connection_id: UUID) -> Client:
    if provider.credential is None:
        raise RuntimeError(f"{provider.id} has no way to call it.")
    return Client(
        provider.credential(account),
        tenant_id,
        quota=_quota(provider, connection_id),
        before=partial(_still_consented, tenant_id, connection_id),
        patience=_PATIENCE,
        max_body=_MOST_BODY,
        # Such a site knows who calls by nothing else.
        keeps_cookies=provider.requires_scraping,
    )


def _quota(provider: Provider, connection_id: UUID) -> Quota:
    """How often an account may be called: as the provider says, unless whoever runs Hub says otherwise."""
    own = get_settings().crm_rate_limits.get(provider.id)
    if own is None:
        return Quota(f"crm {connection_id}", provider.rates, provider.groups)
    return Quota(f"crm {connection_id}", rates(per_minute=own[0], per_hour=own[1]))


async def _still_consented(tenant_id: UUID, connection_id: UUID) -> None:
    refusal = await consents.refusal_of(tenant_id, consent.NAME, connection_id)
    if refusal:
        raise ApiError("consent", refusal)


def digest_of(provider: Provider, account: CrmAccount, name: str) -> str:
    """What tells one account of a CRM from another: what it calls itself, where it is, and what was declared of it."""
    said = [provider.id, name, *(f"{key}={text}" for key, text in sorted(account.settings.items()))]
    if account.source:
        said.append(orjson.dumps(account.source, option=orjson.OPT_SORT_KEYS).decode())
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
