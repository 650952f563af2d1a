"""The history of consents: a filtered page of it; and how the tenant asks."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.schemas.consents import ConsentOut, ConsentSettingPatch
from hub_app.governance.service import consent_log, consent_settings
from hub_app.governance.state.consent_address import (
    TYPES,
    ConsentsAddress,
    giver_of,
    kind_of,
    name_of,
    source_of,
    state_of,
    when,
)
from hub_app.kernel.actor import Role
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.lists import BrowsedState


@dataclass(frozen=True)
class ConsentRow:
    id: str
    href: str
    name: str
    kind: str
    type: str
    state: str
    who: str
    source: str
    at: str


class ConsentsState(BrowsedState, rx.State):
    """One page of the history."""

    rows: rx.Field[list[ConsentRow]] = rx.field(default_factory=list)
    people: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    type: str = ""
    person: str = ""
    state: str = ""
    span: str = ""
    resource: str = ""
    without_resource: str = ""
    filtered: bool = False
    _address = ConsentsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, address = await current_actor(self), ConsentsAddress.at(self)
        if address.tab != "history":
            self.above = self.below = ""
            return
        found = await consent_log.list_consents(actor, address.filter(), self._page())
        if not (address.consent and self.people):
            known = await consent_log.people(actor)
            self.people = [("", "Everyone"), *((str(one), name) for one, name in known)]
        self.type, self.person, self.state, self.span = (
            address.type,
            address.person,
            address.state,
            address.span,
        )
        self.resource, self.filtered = address.resource, address.is_filtered
        self.without_resource = address.url(resource="", cursor="")
        self.rows = [_row(one, address) for one in found.items]
        self.selected = address.consent
        self._turned(found, address)
        self._beside_selected(self.rows)


class ConsentSettingsState(rx.State):
    """How the tenant asks."""

    loaded: bool = False
    asks: bool = False
    version: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        if ConsentsAddress.at(self).tab != "settings":
            return
        found = await consent_settings.get_settings_of(await current_actor(self))
        self.asks, self.version, self.loaded = found.ask_explicitly, str(found.policy_version), True

    @rx.event(temporal=True)
    @guarded(Role.OWNER)
    async def turn(self, on: bool) -> EventSpec:  # noqa: FBT001 - an event's argument
        """Require explicit consent over REST, or take the call for consent."""
        given = ConsentSettingPatch(ask_explicitly=on is True)
        self.asks = (await consent_settings.change_settings(await current_actor(self), given)).ask_explicitly
        said = "now require explicit consent" if self.asks else "now count as consent"
        return rx.toast.success(f"REST calls that connect something {said}.")


def _row(one: ConsentOut, address: ConsentsAddress) -> ConsentRow:
    return ConsentRow(
        id=str(one.id),
        href=address.url(consent=str(one.id)),
        name=name_of(one),
        kind=kind_of(one.resource_type),
        type=TYPES[one.consent_type],
        state=state_of(one),
        who=giver_of(one),
        source=source_of(one),
        at=when(one),
    )
