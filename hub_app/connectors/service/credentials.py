"""What a connector authenticates with: kept sealed, opened for a call alone, never given back."""

import base64
import json
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import and_, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from hub_app.apiclient.call import Credential
from hub_app.connectors.schemas.connectors import (
    CREDENTIALS,
    AuthType,
    ConnectorIn,
    CredentialIn,
    CredentialOut,
    CredentialType,
)
from hub_app.connectors.service import lookup, oauth
from hub_app.connectors.tables import Connector, ConnectorCredential
from hub_app.kernel import audit, bulk, db, pinned, rows
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.clock import utcnow
from hub_app.kernel.errors import Conflict, Invalid, NotFound
from hub_app.kernel.vault import hint, open_field, seal_field
from hub_app.oauth.service import connections

_NEEDED = {
    "api_key": "an API key",
    "basic": "a user name and a password",
    "oauth": "an OAuth connection or token",
}


class NoCredential(Conflict):
    """The connector has nothing to authenticate with; the sentence says what to do."""


class Moved(Conflict):
    """The connector got another host after its call was prepared: what it authenticates with now is for that one."""


@dataclass(frozen=True, slots=True)
class Secret(Credential):
    """What goes with a connector's call. `version` changes with the credential; `token` is OAuth's, of this `connection`
    unless it was saved by itself.
    """

    version: str = ""
    connection: UUID | None = None
    token: str = field(default="", repr=False)


async def set_credential(actor: Actor, connector_id: UUID, given: CredentialIn) -> CredentialOut:
    """Keep a credential in place of the one of its type. Invalid when the connector has no use for it."""
    actor.require(Role.CUSTOMER_ADMIN, lookup.WRITE)
    text = given.sealed_text()
    async with db.begin(actor.tenant_id) as session:
        # Whoever gives the connector another host meanwhile finds this credential, or is found by it.
        connector = await rows.get(session, Connector, connector_id, lock=True)
        _check_type(connector, given.type)
        row = await find(session, connector, given.type) or ConnectorCredential(
            tenant_id=actor.tenant_id, connector_id=connector_id, type=given.type
        )
        if given.type.startswith("oauth") and connector.oauth_client_id is not None:
            # Its connection keeps the tokens, and refreshes them; the row tells that they are there.
            await oauth.adopt(session, actor, connector, given.type, text, given.expires_at)
            row.value = b""
        elif given.type == "oauth_refresh_token":
            raise Invalid.field(
                "type", "is of use only with a token_url, where Hub gets new tokens: set it first"
            )
        else:
            seal_field(row, "value", text)
        row.hint = hint("" if given.type == "basic" else text)
        row.expires_at, row.is_valid, row.last_error = given.expires_at, None, ""
        row.last_validated_at, row.updated_at = None, utcnow()
        session.add(row)
        await session.flush()
        lookup.changed(session, connector_id)
        await _audit(session, actor, "credential_set", connector, given.type)
        return _out(row)


async def remove_credential(actor: Actor, connector_id: UUID, kind: CredentialType) -> None:
    """Delete the credential of this type. Tokens of the connector's own OAuth client are given back to the provider."""
    actor.require(Role.CUSTOMER_ADMIN, lookup.WRITE)
    async with db.begin(actor.tenant_id) as session:
        connector = await rows.get(session, Connector, connector_id)
        row = await find(session, connector, kind)
        granted = await oauth.own_connection(session, connector) if kind.startswith("oauth") else None
        if row is None and granted is None:
            raise NotFound("Credential not found")
        if granted is not None:
            # Before anything is gone.
            actor.require(Role.CUSTOMER_ADMIN, connections.WRITE)
        if row is not None:
            await session.delete(row)
        lookup.changed(session, connector_id)
        await _audit(session, actor, "credential_removed", connector, kind)
    if granted is not None:
        await connections.disconnect(actor, granted)


async def secret_of(tenant_id: UUID, connector: Connector, *, refused: str = "") -> Secret:
    """What the connector's calls carry to the host that it has here; NoCredential when there is nothing, Moved when it has
    another host by now, in whatever order that and this happen.

    It may refresh an OAuth token, so no transaction may be open. `refused` is a token that was just answered 401.
    """
    if connector.auth_type == "none":
        return Secret()
    if connector.auth_type == "oauth":
        connection = await oauth.connection_of(tenant_id, connector)
        if connection is not None:
            access = await oauth.token(tenant_id, connector, connection, refused=refused)
            await _stored(tenant_id, connector, "oauth_token")
            return replace(_bearing(connector, access.token, version=access.version), connection=connection)
    row = await _stored(tenant_id, connector, main_type(connector))
    if row is None or not row.value:
        needed = _NEEDED[connector.auth_type]
        raise NoCredential(
            f"{connector.display_name} has no credential yet. Save {needed} under its Credentials."
        )
    if row.expires_at is not None and row.expires_at <= utcnow():
        raise NoCredential(
            f"The credential of {connector.display_name} expired. Save a new one under its Credentials."
        )
    value, version = open_field(row, "value"), version_of(row)
    if connector.auth_type == "basic":
        return _basic(connector, value, version)
    return _bearing(connector, value, version=version)


def version_of(row: ConnectorCredential) -> str:
    """What changes with a stored credential."""
    return f"{row.id}:{row.updated_at.isoformat()}"


async def mark(session: AsyncSession, connector: Connector, *, valid: bool, error: str) -> None:
    """Remember whether the API accepted the connector's credential, in the open transaction."""
    row = await find(session, connector)
    if row is None:
        # Of an OAuth connection: the row tells of it, the connection keeps the token. Two calls may want it at once.
        made = ConnectorCredential(
            tenant_id=connector.tenant_id, connector_id=connector.id, type=main_type(connector)
        )
        await bulk.insert_missing(session, ConnectorCredential, [made.model_dump()])
        row = await find(session, connector)
    if row is None:
        return
    row.is_valid, row.last_error, row.last_validated_at = valid, error[:300], utcnow()
    # The credential itself did not change: without this the column's own onupdate would set another time.
    flag_modified(row, "updated_at")
    session.add(row)
    lookup.changed(session, connector.id)


async def of_connector(session: AsyncSession, connector: Connector) -> list[CredentialOut]:
    """The connector's credentials, without their values. An OAuth connection shows as its `oauth_token`."""
    statement = select(ConnectorCredential).where(ConnectorCredential.connector_id == connector.id)
    rows = (await session.exec(statement.order_by(col(ConnectorCredential.type)))).all()
    shown = {row.type: _out(row) for row in rows}
    grant = await oauth.state_of(session, connector) if connector.auth_type == "oauth" else None
    if grant is None:
        return list(shown.values())
    told = shown.get("oauth_token") or _of_connection(connector)
    changes = {
        "expires_at": grant.expires_at,
        "last_error": told.last_error or grant.error,
        "is_valid": told.is_valid if grant.alive else False,
    }
    return [told.model_copy(update=changes), *(one for kind, one in shown.items() if kind != "oauth_token")]


def _of_connection(connector: Connector) -> CredentialOut:
    """A connection that no call has tried yet."""
    return CredentialOut(
        type="oauth_token",
        hint="",
        is_valid=None,
        expires_at=None,
        last_validated_at=None,
        last_error="",
        updated_at=connector.updated_at,
    )


async def drop_unfit(session: AsyncSession, connector: Connector, given: ConnectorIn) -> list[str]:
    """Delete what the connector's new form has no use for; the types that went.

    With another host all go: a secret is for the server that it was given for.
    """
    moves = pinned.leaves([connector.base_url], [given.oauth_config.base_url])
    kept = () if moves else CREDENTIALS[given.auth_type]
    statement = select(ConnectorCredential).where(ConnectorCredential.connector_id == connector.id)
    unfit = [row for row in (await session.exec(statement)).all() if row.type not in kept]
    for row in unfit:
        await session.delete(row)
    return sorted(row.type for row in unfit)


def _check_type(connector: Connector, kind: CredentialType) -> None:
    taken = CREDENTIALS[cast("AuthType", connector.auth_type)]
    if kind not in taken:
        takes = " or ".join(taken) or "no credential"
        raise Invalid.field(
            "type", f"does not fit: a connector with auth_type {connector.auth_type} takes {takes}"
        )


def main_type(connector: Connector) -> CredentialType:
    """The credential that the connector's calls carry."""
    return CREDENTIALS[cast("AuthType", connector.auth_type)][0]


async def _stored(tenant_id: UUID, connector: Connector, kind: str) -> ConnectorCredential | None:
    """The stored credential. Moved when the connector has another host by now: both are read at one moment."""
    its = and_(col(ConnectorCredential.connector_id) == Connector.id, col(ConnectorCredential.type) == kind)
    statement = (
        select(Connector.base_url, ConnectorCredential)
        .join(ConnectorCredential, its, isouter=True)
        .where(Connector.id == connector.id)
    )
    async with db.read(tenant_id) as session:
        found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound("Integration not found")
    base_url, row = found
    if pinned.leaves([base_url], [connector.base_url]):
        raise Moved(
            f"The address of {connector.display_name} was changed to another host while this was under way. No"
            " credential was sent to the former one. Run it again."
        )
    return row


async def find(
    session: AsyncSession, connector: Connector, kind: CredentialType | None = None
) -> ConnectorCredential | None:
    """The connector's credential of this type, or the one that its calls carry; None when it has none."""
    statement = select(ConnectorCredential).where(
        ConnectorCredential.connector_id == connector.id,
        ConnectorCredential.type == (kind or main_type(connector)),
    )
    return (await session.exec(statement)).one_or_none()


def _bearing(connector: Connector, value: str, *, version: str) -> Secret:
    token = value if connector.auth_type == "oauth" else ""
    if connector.auth_query:
        return Secret(query=[(connector.auth_query, value)], texts=(value,), version=version, token=token)
    shown = f"{connector.auth_prefix} {value}".strip()
    return Secret(headers={connector.auth_header: shown}, texts=(value,), version=version, token=token)


def _basic(connector: Connector, value: str, version: str) -> Secret:
    login: dict[str, str] = json.loads(value)
    pair = f"{login['username']}:{login['password']}"
    coded = base64.b64encode(pair.encode()).decode()
    headers = {connector.auth_header: f"Basic {coded}"}
    return Secret(headers=headers, texts=(login["password"], coded, pair), version=version)


def _out(row: ConnectorCredential) -> CredentialOut:
    return CredentialOut.model_validate(row, from_attributes=True)


async def _audit(session: AsyncSession, actor: Actor, verb: str, connector: Connector, kind: str) -> None:
    await audit.act(session, actor, f"connector.{verb}", connector, name=connector.name, type=kind)
