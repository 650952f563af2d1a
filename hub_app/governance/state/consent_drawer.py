"""One consent of the history, in the drawer: when it was given, how it ended; revoking it."""

from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.schemas.consents import BINDING, ConsentOut
from hub_app.governance.service import consent_giving, consent_log
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
from hub_app.governance.state.consents import ConsentsState
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import words
from hub_app.ui.forms import DialogState, Next, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import DrawerState
from hub_app.ui.session import SessionState


class ConsentState(DrawerState, DialogState, rx.State):
    """The open drawer."""

    name: str = ""
    kind: str = ""
    type: str = ""
    state: str = ""
    description: str = ""
    resource_id: str = ""
    who: str = ""
    source: str = ""
    ip: str = ""
    version: str = ""
    at: str = ""
    ended_by: str = ""
    ended_at: str = ""
    replaced_by: str = ""
    """The address of the consent that took its place; "" for none."""
    page: str = ""
    """The address of the connection's page; "" for what Hub does not know, or what is gone."""
    binds: bool = False
    """Whether something is connected under it, which stops when it is revoked."""
    may_revoke: bool = False
    others: str = ""
    """The address of all consents to the same thing."""
    _address = ConsentsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        address = ConsentsAddress.at(self)
        self.id = ""
        self._open("")
        if not address.consent:
            return None
        try:
            await self._load(read_id(address.consent))
        except NotFound as error:
            return rx.toast.error(error.detail)
        return None

    async def _load(self, consent_id: UUID) -> None:
        actor, address = await current_actor(self), ConsentsAddress.at(self)
        found = await consent_log.get_consent(actor, consent_id)
        standing = await consent_giving.standing(actor, consent_id)
        self.page = "" if standing.of is None else standing.of.href
        self.binds = standing.of is not None and found.consent_type == BINDING
        holds = found.revoked_at is None and found.replaced_by is None
        self.may_revoke = holds and standing.mine
        self._show(found, address)

    @confirmed(Role.ENGINEER)
    async def revoke(self) -> list[Next]:
        """Revoke the consent in the drawer."""
        one = read_id(self.id)
        try:
            await consent_giving.revoke_consent(await current_actor(self), one)
        finally:
            await self._load(one)
        return [
            rx.toast.success(f"Consent for {self.name} was revoked."),
            ConsentsState.load,
            SessionState.load,
        ]

    def _show(self, one: ConsentOut, address: ConsentsAddress) -> None:
        self.id, self.name, self.kind = str(one.id), name_of(one), kind_of(one.resource_type)
        self.type, self.state, self.description = TYPES[one.consent_type], state_of(one), one.description
        self.resource_id, self.who, self.source = one.resource_id, giver_of(one), source_of(one)
        self.ip, self.version, self.at = one.ip, str(one.policy_version), when(one)
        self.ended_by, self.ended_at = one.revoked_by_name, words.iso(one.revoked_at)
        self.replaced_by = address.url(consent=str(one.replaced_by)) if one.replaced_by else ""
        self.others = address.url(tab="history", resource=one.resource_id, cursor="")
