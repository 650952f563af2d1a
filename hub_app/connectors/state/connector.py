"""One connector: what its page says above the tabs, turning it on and off, deleting it."""

import reflex as rx
from reflex.event import EventSpec

from hub_app.connectors.schemas.connectors import ConnectorOut
from hub_app.connectors.service import connectors, consent
from hub_app.connectors.service.status import status_of
from hub_app.connectors.state.address import ConnectorAddress
from hub_app.connectors.state.connectors import HERE
from hub_app.connectors.state.form import AUTH_NAMES
from hub_app.governance.service import consents
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui.forms import DialogState, Next, confirmed
from hub_app.ui.guard import current_actor, guarded


class ConnectorState(DialogState, rx.State):
    """The connector's facts. `missing` when the tenant has none of this id."""

    loaded: bool = False
    missing: bool = False
    tab: str = "actions"
    here: str = ""
    id: str = ""
    name: str = ""
    slug: str = ""
    base_url: str = ""
    description: str = ""
    auth: str = ""
    is_active: bool = True
    status: str = ""
    losses: str = ""
    stopped: str = ""
    """Why it may not be called; "" when it may."""
    consent: str = ""
    """Where its consent is given again."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        address = ConnectorAddress.at(self)
        self.tab, self.here = address.tab, address.path
        await self._load()

    async def _load(self) -> None:
        try:
            actor = await current_actor(self)
            found = await connectors.get_connector(actor, ConnectorAddress.at(self).id)
            self.stopped = await consent.refusal_of(actor.tenant_id, found.id)
            self._show(found)
        except NotFound:
            self.missing, self.name = True, "No such connector"
        self.loaded = True

    def _show(self, one: ConnectorOut) -> None:
        self.missing, self.is_active, self.description = False, one.is_active, one.description
        self.id = str(one.id)
        self.name, self.slug, self.base_url = one.display_name, one.name, one.oauth_config.base_url
        self.auth = AUTH_NAMES[one.auth_type]
        known = status_of(one.auth_type, one.credentials, is_active=one.is_active)
        self.status = "stopped" if self.stopped else known
        self.consent = consents.give_url(consent.NAME, one.id)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def refresh(self) -> None:
        """Look at the connector again, after a part of it was saved."""
        await self._load()

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def turn(self, on: bool) -> EventSpec:  # noqa: FBT001 - an event's argument
        """Turn the connector on or off."""
        actor, one = await current_actor(self), ConnectorAddress.at(self).id
        self._show(await connectors.switch_connector(actor, one, on=on is True))
        what = "is on" if self.is_active else "is off. Its actions cannot run until you turn it on"
        return rx.toast.success(f"{self.name} {what}.")

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_delete(self) -> None:
        lost = await connectors.count_losses(await current_actor(self), ConnectorAddress.at(self).id)
        self._open("delete")
        self.losses = _losses(lost)

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> list[Next]:
        await connectors.delete_connector(await current_actor(self), ConnectorAddress.at(self).id)
        return [rx.toast.success(f"{self.name} is deleted."), rx.redirect(HERE)]


def _losses(lost: connectors.Losses) -> str:
    """What goes along with the connector."""
    many = f"{lost.executions:,}{' or more' if lost.executions >= connectors.COUNTED_AT_MOST else ''}"
    actions = "1 action" if lost.actions == 1 else f"{lost.actions:,} actions"
    executions = "1 execution" if lost.executions == 1 else f"{many} executions"
    count = lost.users.get("plans", 0)
    plans = {0: "No plan uses it.", 1: "1 plan uses it and will fail at that step."}.get(
        count, f"{count:,} plans use it and will fail at that step."
    )
    crms = lost.users.get("crm_connections", 0)
    synced = {0: "", 1: " 1 connected CRM uses it and will stop syncing."}.get(
        crms, f" {crms:,} connected CRMs use it and will stop syncing."
    )
    return f"Its {actions}, its credentials and {executions} are deleted too. {plans}{synced} This cannot be undone."
