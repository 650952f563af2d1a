"""The credentials of a connector: how they fare, saving and removing them. Their values are never shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.schemas.connectors import (
    CREDENTIALS,
    ConnectorOut,
    CredentialIn,
    CredentialOut,
    CredentialType,
)
from hub_app.connectors.service import connectors, credentials, oauth
from hub_app.connectors.service.status import status_of
from hub_app.connectors.state.address import ConnectorAddress
from hub_app.connectors.state.connector import ConnectorState
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import FieldError, Invalid, NotFound
from hub_app.kernel.validation import refusals, renamed
from hub_app.oauth.service import outcomes
from hub_app.ui import words
from hub_app.ui.forms import Next, RowDialogState, confirmed, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_optional_id
from hub_app.ui.urls import leave_for, own_origin, query

NAMES: dict[CredentialType, str] = {
    "api_key": "API key",
    "basic": "User name and password",
    "oauth_token": "Access token",
    "oauth_refresh_token": "Refresh token",
}


@dataclass(frozen=True)
class CredentialRow:
    id: str
    name: str
    hint: str
    status: str
    tried_at: str
    expires_at: str
    saved_at: str
    error: str


class CredentialsState(RowDialogState, rx.State):
    """What the connector authenticates with. `by` is where an OAuth token comes from: connection, client or token."""

    rows: rx.Field[list[CredentialRow]] = rx.field(default_factory=list)
    loaded: bool = False
    auth_type: str = ""
    by: str = ""
    version: int = 0
    told: str = ""
    told_tone: str = ""
    """What came of the authorization from which the browser has just come back."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.loaded, self.told = False, ""
        if ConnectorAddress.at(self).tab == "credentials":
            await self._load()
            await self._tell()

    async def _tell(self) -> None:
        outcome = query(self, "outcome", outcomes.SENTENCES)
        if outcome:
            flow = read_optional_id(query(self, "flow"))
            self.told = await outcomes.explain(await current_actor(self), outcome, flow)
            self.told_tone = "success" if outcome in {"connected", "reconnected"} else "warning"

    async def _load(self) -> None:
        try:
            found = await connectors.get_connector(await current_actor(self), ConnectorAddress.at(self).id)
        except NotFound:
            return  # The page says so.
        access = found.oauth_config
        self.auth_type = found.auth_type
        self.by = "connection" if access.connection_id else "client" if access.client_id else "token"
        self.rows = [_row(found, one) for one in found.credentials]
        self.loaded = True

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def refresh(self) -> None:
        """Look at the credentials again, after a call tried them."""
        await self._load()

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        """Keep what was entered, in place of what was there."""
        actor, one = await current_actor(self), ConnectorAddress.at(self).id
        found = await connectors.get_connector(actor, one)
        wanted = _given(found, data)
        with refusals() as refused:  # All of them, before the first is kept.
            for kind, given in wanted.items():
                refused.part(partial(_check, kind, given), None)
        for kind, given in wanted.items():
            with renamed(partial(_field, kind)):
                await credentials.set_credential(actor, one, given)
        self.version += 1
        await self._load()
        done = rx.toast.success("The credential is saved. Test it to see whether the API accepts it.")
        return [done, ConnectorState.refresh]

    @confirmed(Role.CUSTOMER_ADMIN)
    async def remove(self) -> list[Next]:
        kind = cast("CredentialType", self.subject_id)
        await credentials.remove_credential(await current_actor(self), ConnectorAddress.at(self).id, kind)
        await self._load()
        return [rx.toast.success("The credential is removed."), ConnectorState.refresh]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def connect(self) -> EventSpec:
        """Go to the provider, to allow the connector's own OAuth client to act."""
        actor = await current_actor(self)
        return leave_for(await oauth.authorize(actor, ConnectorAddress.at(self).id, own_origin(self)))


def _check(kind: CredentialType, given: CredentialIn) -> None:
    with renamed(partial(_field, kind)):
        given.sealed_text()


def _given(found: ConnectorOut, form: Mapping[str, Any]) -> dict[CredentialType, CredentialIn]:
    """What was entered, by type. Invalid when that is nothing."""
    texts = {name: str(value) for name, value in form.items()}
    if found.auth_type == "basic":
        login = {name: texts.get(name, "") for name in ("username", "password")}
        return {"basic": read(CredentialIn, {"type": "basic", "value": login})}
    kinds = CREDENTIALS[found.auth_type]
    given: dict[CredentialType, CredentialIn] = {
        kind: read(CredentialIn, {"type": kind, "value": texts[kind].strip()})
        for kind in kinds
        if texts.get(kind, "").strip()
    }
    if not given:
        raise Invalid.field(kinds[0] if kinds else "value", "must not be empty")
    return given


def _field(kind: CredentialType, error: FieldError) -> str:
    """The form's field for a part of a credential that was refused."""
    part = error.field.rpartition(".")[2]
    return part if part in {"username", "password"} else "username" if kind == "basic" else kind


def _row(found: ConnectorOut, one: CredentialOut) -> CredentialRow:
    is_main = one.type != "oauth_refresh_token"
    return CredentialRow(
        id=one.type,
        name=NAMES[one.type],
        hint=one.hint or "••••",
        status=status_of(found.auth_type, [one]) if is_main else "untried",
        tried_at=words.iso(one.last_validated_at),
        expires_at=words.iso(one.expires_at),
        saved_at=words.iso(one.updated_at),
        error=one.last_error,
    )
