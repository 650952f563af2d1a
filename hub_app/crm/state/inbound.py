"""The inbound URL of a connection."""

import reflex as rx

from hub_app.crm.service import gallery, inbound, integrations
from hub_app.crm.state.importing import ImportAddress
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui.forms import DialogState, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.shown import shown_once
from hub_app.ui.urls import own_origin


class InboundState(DialogState, rx.State):
    """Whether there is one, and the hint of its key. `url` is a new one, `example` the same as a command."""

    takes: bool = False
    hints: bool = False
    """Whether what comes is no lead: the CRM's hooks say that something is new there."""
    hint: str = ""
    url: rx.Field[str] = shown_once()
    example: rx.Field[str] = shown_once()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.takes = False
        try:
            one = await integrations.get_integration(await current_actor(self), ImportAddress.at(self).id)
        except NotFound:
            return
        provider = gallery.get_provider(one.crm_provider)
        self.hints = provider is not None and provider.capabilities["webhooks_in"]
        self.takes = self.hints or (provider is not None and provider.capabilities["inbound"])
        self.hint = one.inbound_key_hint

    def _forget(self) -> None:
        self.url, self.example = "", ""

    @confirmed(Role.CUSTOMER_ADMIN)
    async def rotate(self) -> None:
        """Make a new key and show its URL, this once."""
        actor, one = await current_actor(self), ImportAddress.at(self).id
        made = await inbound.rotate_key(actor, one, own_origin(self))
        self._open("made")
        self.hint, self.url = made.hint, made.url
        lead = (
            '{"event": "contact.created"}'
            if self.hints
            else '{"name": "Ann Lee", "email": "ann@example.com", "event_date": "2027-06-24", "message": "Hello"}'
        )
        self.example = f"curl -X POST '{made.url}' -H 'content-type: application/json' -d '{lead}'"

    @confirmed(Role.CUSTOMER_ADMIN)
    async def end(self) -> str:
        await inbound.end_key(await current_actor(self), ImportAddress.at(self).id)
        self.hint = ""
        return "The URL is off."
