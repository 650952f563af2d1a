"""Trying the selectors of a site that is read by its pages: what each finds on a live list, and on the first record's page."""

from collections.abc import Mapping
from uuid import UUID

from hub_app.apiclient.errors import ApiError
from hub_app.crm.provider import pages
from hub_app.crm.schemas.selectors import SelectorOut, SelectorsTried
from hub_app.crm.service import FAMILY, WRITE, accounts, testing
from hub_app.kernel import audit, db, underway
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict
from hub_app.sync.service import access


@underway.counted
async def check_selectors(
    actor: Actor, connection_id: UUID, given: Mapping[str, str] | None = None
) -> SelectorsTried:
    """What each selector finds now, with those that are `given` in place of the connection's own; nothing is saved. Conflict for a CRM
    that is not read by its pages.
    """
    actor.require(Role.CUSTOMER_ADMIN, WRITE)
    async with db.read(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        account = await accounts.account_of(session, connection_id)
    provider = accounts.provider_of(connection.provider)
    if not provider.requires_scraping:
        raise Conflict(f"{provider.name} is not read by its pages: it has no selectors.")
    given = dict(given or {})
    # An address is changed in the settings alone: nobody's password goes to one that is only tried.
    given.pop("base_url", None)
    known = account.settings | accounts.secrets_of(account)
    accounts.check_entered(provider, account.auth_type, given, known=known)
    labels = {one.key: one.label for one in provider.fields}
    found: list[SelectorOut] = []
    problem = ""
    try:
        async with accounts.open_source(actor.tenant_id, connection_id, changes=given) as source:
            for one in await pages.tried(source):
                selector = given.get(one.key) or account.settings.get(one.key) or provider.default_of(one.key)
                found.append(
                    SelectorOut(
                        key=one.key,
                        label=labels[one.key],
                        selector=selector,
                        count=one.count,
                        first=one.first,
                    )
                )
    except ApiError as error:
        problem = testing.trouble(provider, error)
    async with db.begin(actor.tenant_id) as session:
        connection = await access.connection(session, FAMILY, connection_id)
        await audit.act(session, actor, "crm.integration.selectors_tried", connection)
    return SelectorsTried(selectors=found, problem=problem)
