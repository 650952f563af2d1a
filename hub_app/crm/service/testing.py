"""Asking a CRM who an account is: its connection works, or does not, by what it says."""

from dataclasses import dataclass, replace
from uuid import UUID

from hub_app.apiclient.errors import ApiError, advice
from hub_app.crm.provider import Provider
from hub_app.crm.service import FAMILY, accounts, custom
from hub_app.kernel import audit, db
from hub_app.kernel.actor import Actor
from hub_app.sync.service import access, connections, jobs

_FAILED = "Failed to establish connection"


@dataclass(frozen=True, slots=True)
class Test:
    """What a test came to: why it failed, "" when it did not; what the account is called; of a custom CRM the first pages."""

    why: str
    name: str
    pages: list[custom.FirstPage] | None


async def test(actor: Actor, connection_id: UUID) -> Test:
    """Test a connection, which is `connected` or in `error` by it. An import that had stopped because the account did not work goes
    on where it was. Nothing is asked where only files are taken.
    """
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        provider = accounts.provider_of(connection.provider)
        account = await accounts.account_of(session, connection_id)
        reads = provider.reads(account.auth_type)
        takes = accounts.takes_leads(provider, account)
    tested = await _asked(actor, provider, connection_id) if reads else Test("", "", None)
    if takes and not tested.why:
        tested = replace(tested, why=await _lead_trouble(actor, provider, connection_id))
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id, lock=True)
        account = await accounts.account_of(session, connection_id, lock=True)
        if tested.why:
            await connections.failed(session, connection, tested.why)
        else:
            account.name = tested.name
            session.add(account)
            await custom.map_first(session, account, tested.pages or ())
            digest, had_failed = (
                accounts.digest_of(provider, account, tested.name),
                connection.status == "error",
            )
            is_same = connection.account == digest
            await connections.connected(session, connection, digest)
            if had_failed and is_same:
                await jobs.go_on(session, actor, FAMILY, connection)
        outcome = "failed" if tested.why else "success"
        await audit.act(session, actor, "crm.integration.tested", connection, outcome=outcome)
    return tested


async def _asked(actor: Actor, provider: Provider, connection_id: UUID) -> Test:
    name, why = "", ""
    pages: list[custom.FirstPage] | None = None
    try:
        async with accounts.open_source(actor.tenant_id, connection_id) as source:
            if provider.on_connector:
                pages = await custom.read_first_pages(source)
                why = custom.failure_of(pages)
            name = "" if why else await source.probe()
    except ApiError as error:
        why = trouble(provider, error)
    return Test(why, name, pages)


async def _lead_trouble(actor: Actor, provider: Provider, connection_id: UUID) -> str:
    """Why the CRM does not take leads; "" when it does, or does not say."""
    try:
        async with accounts.open_source(actor.tenant_id, connection_id, {"leads": True}) as source:
            await source.probe()
    except ApiError as error:
        return str(error) if error.kind == "auth" else trouble(provider, error)
    return ""


def trouble(provider: Provider, error: ApiError) -> str:
    """Why an account does not work, and what to do about it."""
    if error.kind == "credential" and error.reauthorize:
        return str(error)
    if error.kind == "auth":
        secrets = " and the ".join(one.label for one in provider.fields if one.secret)
        todo = (
            f"Check the {secrets}, and what it may read."
            if secrets
            else "Reconnect it, and allow Hub what it asks for."
        )
        return f"{provider.name} did not let this account in ({error.status}). {todo}"
    return f"{str(error).rstrip('.') or _FAILED}. {advice(error.kind, server=provider.name)}".strip()
