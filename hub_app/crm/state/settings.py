"""The settings of a connection: its name, how it is kept in step, its account, and deleting it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from hub_app.crm.schemas.integrations import IntegrationPatch, SyncConfig
from hub_app.crm.service import gallery, integrations, selectors
from hub_app.crm.state.accounts import (
    PREFIX,
    AccountFieldsState,
    account_fields,
    directions_of,
    entered_account,
    field_of,
)
from hub_app.crm.state.connection import DELETED, RULES, ConnectionAddress, ConnectionState
from hub_app.crm.state.connections import HERE
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Conflict, EditConflict, Invalid
from hub_app.kernel.validation import refusals, renamed
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import DialogState, Next, confirmed, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import is_on, read

_SWITCHES = ("auto_sync_enabled", "import_historical_data")


class ConnectionSettingsState(EditState, DialogState, rx.State):
    """The form, and the dialog that asks before deleting. The form is filled in when it opens."""

    name: str = ""
    directions: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    history: str = ""
    losses: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.history = ""
        address = ConnectionAddress.at(self)
        if address.tab == "settings" and not (await self.get_state(ConnectionState)).missing:
            one = await integrations.get_integration(await current_actor(self), address.id)
            self.history = (
                "All of it"
                if one.sync_config.import_historical_data
                else "Only what changes after connecting"
            )

    def _forget(self) -> None:
        self._forget_form()

    async def _now(self) -> Form:
        one = await integrations.get_integration(await current_actor(self), ConnectionAddress.at(self).id)
        config = one.sync_config
        texts = {
            "connection_name": one.connection_name,
            "sync_interval_minutes": str(config.sync_interval_minutes),
            "sync_direction": config.sync_direction,
            "conflict_resolution": config.conflict_resolution,
            "deleted_records": config.deleted_records,
        }
        switches = {name: "on" if getattr(config, name) else "" for name in _SWITCHES}
        return Form(one.version, texts | switches)

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        switches = {name: is_on(data.get(name)) for name in _SWITCHES}
        name = {"connection_name": str(data.get("connection_name", "")).strip()}
        with refusals() as refused:
            given = refused.part(lambda: read(IntegrationPatch, name), IntegrationPatch())
            config = read(SyncConfig, data, **switches)
        return {"connection_name": given.connection_name, **config.model_dump()}

    def _said(self, setting: str, form: Form) -> str:
        text = form.texts.get(setting, "")
        if setting in _SWITCHES:
            return "On" if text else "Off"
        return (
            RULES.get(text)
            or DELETED.get(text)
            or dict(self.directions).get(text)
            or super()._said(setting, form)
        )

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self) -> None:
        one = await integrations.get_integration(await current_actor(self), ConnectionAddress.at(self).id)
        provider = gallery.get_provider(one.crm_provider)
        self._open("edit")
        self.directions = directions_of(provider) if provider else []
        self.values = dict(self._begin(await self._now()))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if changes:
            name = {key: value for key, value in changes.items() if key == "connection_name"}
            config = {key: value for key, value in changes.items() if key not in name}
            given = read(IntegrationPatch, {**name, **({"sync_config": config} if config else {})})
            await self._update(given)
        return [saved(changes), ConnectionState.refresh, ConnectionSettingsState.load]

    async def _update(self, given: IntegrationPatch) -> None:
        actor, one = await current_actor(self), ConnectionAddress.at(self).id
        try:
            with renamed(field_of):
                await integrations.update_integration(actor, one, given, expected=self._as_opened())
        except EditConflict:
            raise
        except Conflict as error:
            raise Invalid.field("connection_name", error.detail) from None

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_delete(self) -> None:
        actor, one = await current_actor(self), ConnectionAddress.at(self).id
        found = await integrations.get_integration(actor, one)
        count = (await integrations.count_records(actor, [one])).get(one, 0)
        self._open("delete")
        self.name = found.connection_name
        self.losses = _losses(count)

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> list[Next]:
        await integrations.delete_integration(await current_actor(self), ConnectionAddress.at(self).id)
        return [rx.toast.success(f"{self.name} is deleted. Its records are still here."), rx.redirect(HERE)]


class ConnectionAccountState(AccountFieldsState, EditState, DialogState, rx.State):
    """The account's form. Secrets are never shown: their fields start empty, and stay as they are when left so."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self._ask_for([])
        address = ConnectionAddress.at(self)
        if address.tab == "settings" and not (await self.get_state(ConnectionState)).missing:
            await self._now()

    def _forget(self) -> None:
        self._forget_form()

    async def _now(self) -> Form:
        one = await integrations.get_integration(await current_actor(self), ConnectionAddress.at(self).id)
        provider = gallery.get_provider(one.crm_provider)
        self._ask_for(
            account_fields(provider, one.auth_type, one.auth_config, one.auth_hints) if provider else []
        )
        return Form(one.version, {each.name: each.value for each in self.fields if not each.is_secret})

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        return {**entered_account(data, self.fields)}

    def _fields_of(self, setting: str) -> tuple[str, ...]:
        return (f"{PREFIX}{setting}",)

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self) -> None:
        form = await self._now()
        self._open("edit")
        self.values = dict(self._begin(form))

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if not changes:
            return [saved(changes)]
        given = IntegrationPatch(auth_config={key: str(text) for key, text in changes.items()})
        actor, one = await current_actor(self), ConnectionAddress.at(self).id
        tested = await integrations.update_integration(actor, one, given, expected=self._as_opened())
        failed = tested.connection_status == "error"
        told = (
            rx.toast.error("The account is saved, but the test failed. The page says why.")
            if failed
            else rx.toast.success(f"The account is saved, and {tested.connection_name} is connected.")
        )
        return [told, ConnectionState.refresh, ConnectionAccountState.load]


@dataclass(frozen=True)
class SelectorRow:
    """A selector and what it found."""

    label: str
    selector: str
    count: str
    finds: bool
    first: str


class SelectorsState(rx.State):
    """What the selectors of a CRM that is read by its pages find now."""

    has: bool = False
    busy: bool = False
    problem: str = ""
    rows: rx.Field[list[SelectorRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.has, self.busy, self.problem, self.rows = False, False, "", []
        address = ConnectionAddress.at(self)
        if address.tab == "settings" and not (await self.get_state(ConnectionState)).missing:
            one = await integrations.get_integration(await current_actor(self), address.id)
            provider = gallery.get_provider(one.crm_provider)
            self.has = provider is not None and bool(provider.requires_scraping)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def check(self) -> AsyncIterator[None]:
        """Try them on the live pages."""
        self.busy = True
        yield None
        try:
            found = await selectors.check_selectors(await current_actor(self), ConnectionAddress.at(self).id)
        finally:
            self.busy = False
        self.problem = found.problem
        self.rows = [
            SelectorRow(one.label, one.selector, f"{one.count:,}", one.count > 0, one.first)
            for one in found.selectors
        ]


def _losses(count: int) -> str:
    """What goes with a connection that has so many records here, and what stays."""
    stays = {
        0: "It has no records here",
        1: "Its 1 record stays here with its history",
    }.get(count, f"Its {count:,} records stay here with their history")
    gone = "Its jobs, mapping, log and account go, and its jobs can no longer be undone."
    return f"{gone} {stays}, and nothing changes at the CRM."
