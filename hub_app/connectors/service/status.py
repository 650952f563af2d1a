"""The state of connectors: whether each can show the API who calls, and how many there are."""

from collections.abc import Iterable, Sequence
from typing import Literal, cast
from uuid import UUID

from sqlmodel import col, func, select

from hub_app.connectors.schemas.connectors import CREDENTIALS, AuthType, CredentialOut
from hub_app.connectors.service import consent, credentials
from hub_app.connectors.service.lookup import READ
from hub_app.connectors.tables import Connector, ConnectorCredential
from hub_app.kernel import db
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow

Credential = ConnectorCredential | CredentialOut
CredentialStatus = Literal["works", "untried", "refused", "expired", "missing", "open", "off", "stopped"]
"""An open one needs no credential. The consent to a stopped one was revoked."""


def status_of(auth_type: AuthType, kept: Sequence[Credential], *, is_active: bool = True) -> CredentialStatus:
    """The state to show of a connector with these credentials."""
    if not is_active:
        return "off"
    if auth_type == "none":
        return "open"
    kind = CREDENTIALS[auth_type][0]
    found = next((one for one in kept if one.type == kind), None)
    if found is None:
        return "missing"
    if found.is_valid is False:
        return "refused"
    if auth_type != "oauth" and found.expires_at is not None and found.expires_at <= utcnow():
        return "expired"
    return "works" if found.is_valid else "untried"


async def statuses(actor: Actor, connectors: Iterable[Connector]) -> dict[UUID, CredentialStatus]:
    """The state of each of these connectors."""
    actor.require(Role.CUSTOMER_VIEWER, READ)
    there = list(connectors)
    found: dict[UUID, list[Credential]] = {one.id: [] for one in there}
    async with db.read(actor.tenant_id) as session:
        chosen = col(ConnectorCredential.connector_id).in_(found)
        for row in (await session.exec(select(ConnectorCredential).where(chosen))).all():
            found[row.connector_id].append(row)
        for one in there:
            if one.auth_type == "oauth":  # Its connection knows more than the row.
                found[one.id] = list(await credentials.of_connector(session, one))
    stopped = await consent.refusals(actor.tenant_id, found)
    return {
        one.id: "stopped"
        if one.id in stopped
        else status_of(cast("AuthType", one.auth_type), found[one.id], is_active=one.is_active)
        for one in there
    }


async def counts(actor: Actor) -> dict[str, int]:
    """Counts for the tenant's status."""
    of_connectors = select(func.count()).select_from(Connector)
    refused = select(func.count(func.distinct(ConnectorCredential.connector_id))).where(
        col(ConnectorCredential.is_valid).is_(False)
    )
    async with db.read(actor.tenant_id) as session:
        return {
            "connectors": (await session.exec(of_connectors)).one(),
            "connectors_refused": (await session.exec(refused)).one(),
        }
