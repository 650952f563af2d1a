"""The connection of a connector: where its API is, and how Hub signs in there."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from hub_app.connectors.service import connectors
from hub_app.connectors.service.documents import CONFIG, SIGN_IN, settings_of
from hub_app.connectors.state.address import ConnectorAddress
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.form import (
    AUTH_FIELDS,
    connector_of,
    field_of,
    in_words,
    shown_fields,
    urls_in,
    values_of,
)
from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel import pinned
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.edits import Version
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import MAX_LIMIT, PageRequest
from hub_app.kernel.validation import renamed
from hub_app.oauth.service import connections
from hub_app.ui.consent import agreed
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import with_urls

_PLAIN = {"name", "display_name", "description", "default_headers", f"{CONFIG}base_url"}


class ConnectorSettingsState(EditState, rx.State):
    """What the form of the connection starts with. `version` changes with each save, so that it begins anew."""

    loaded: bool = False
    connections: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    version: str = ""
    moves: bool = False
    """Whether what is being saved leads to another host, which takes another consent."""
    _visible: tuple[str, ...] = ()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.errors, self.busy, self.loaded, self.moves = {}, False, False, False
        self._forget_form()
        if ConnectorAddress.at(self).tab == "connection":
            await self._load()

    async def _load(self) -> None:
        try:
            self.values = dict(self._begin(await self._now()))
        except NotFound:
            return  # The page says so.
        self.version = Version(self._as_opened().fields).etag
        self.connections = await own_connections(await current_actor(self))
        used = self.values["connection_id"]
        if used and used not in dict(self.connections):
            # Without it the browser would choose another one by itself.
            self.connections = [(used, "Another member's connection (in use)"), *self.connections]
        self.loaded = True

    async def _now(self) -> Form:
        found = await connectors.get_connector(await current_actor(self), ConnectorAddress.at(self).id)
        return Form(found.version, values_of(found))

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        return settings_of(connector_of(data, {}))

    def _changes(self, data: object) -> dict[str, object]:
        changes = super()._changes(data)
        if changes.keys() - _PLAIN:
            # Parts of an authentication belong together: another kind meanwhile concerns whoever changes one.
            changes[SIGN_IN] = self._settings(data if isinstance(data, Mapping) else {})[SIGN_IN]
        return changes

    def _fields_of(self, setting: str) -> tuple[str, ...]:
        field = "headers" if setting == "default_headers" else setting.removeprefix(CONFIG)
        if setting in _PLAIN or field in self._visible:
            return (field,)
        return ("auth_type", *(name for name in AUTH_FIELDS if name != "auth_type"))

    def _said(self, setting: str, form: Form) -> str:
        place, *_ = self._fields_of(setting)
        return in_words(setting.removeprefix(CONFIG), place, form.texts) or super()._said(setting, form)

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        """Save what was changed of the connection; the actions stay as they are."""
        self._visible = shown_fields(data)
        actor, one = await current_actor(self), ConnectorAddress.at(self).id
        before = len((await connectors.get_connector(actor, one)).credentials)
        begun = self.values
        urls = {name: url for name, url in urls_in(data).items() if url != begun.get(name)}
        changes = await with_urls(lambda: self._changes(data), urls)
        dropped = False
        if changes:
            agreement = self._agreement(data, changes)
            with renamed(field_of):
                after = await connectors.edit_connector(
                    actor, one, changes, expected=self._as_opened(), agreement=agreement
                )
            self.moves = False
            dropped = before > len(after.credentials)
        await self._load()
        warning = "Its credentials were deleted, because they were for another host or authentication. Save new ones."
        return [
            saved(changes, "The connection"),
            *([rx.toast.warning(warning)] if dropped else []),
            ConnectorState.refresh,
        ]

    def _agreement(self, data: Mapping[str, Any], changes: Mapping[str, object]) -> Agreement | None:
        """The consent to another host; None while it stays the same. Asked for once there is one."""
        url = str(changes.get(f"{CONFIG}base_url", self.values["base_url"]))
        self.moves = pinned.leaves([self.values["base_url"]], [url])
        return agreed(data) if self.moves else None


async def own_connections(actor: Actor) -> list[tuple[str, str]]:
    """One's own connections that work, as (id, words), newest first."""
    chosen = connections.Chosen(status="connected")
    found = await connections.list_connections(actor, PageRequest(limit=MAX_LIMIT), chosen=chosen)
    return [
        (str(one.id), f"{one.app_name} · {one.account_name}" if one.account_name else one.app_name)
        for one in found.items
        if one.oauth_app_id is not None
    ]
