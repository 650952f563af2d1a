"""The operator's page of accounts: finding one by its exact e-mail address, and resetting its password."""

import reflex as rx

from hub_app.identity.schemas import ResetIn
from hub_app.identity.service import resets
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid, NotFound
from hub_app.ui.forms import DialogState, confirmed, submits
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.shown import shown_once
from hub_app.ui.urls import own_origin


class AccountsState(DialogState, rx.State):
    """The account that was looked for. `refused` for people who do not run this Hub."""

    loaded: bool = False
    refused: bool = False
    email: str = ""
    name: str = ""
    since: str = ""
    places: str = ""
    is_operator: bool = False
    is_self: bool = False
    link: rx.Field[str] = shown_once()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.email = ""
        self.refused = not (await current_actor(self)).is_operator
        self.loaded = True

    def _forget(self) -> None:
        self.link = ""

    @submits(Role.CUSTOMER_VIEWER, ResetIn, temporal=False)
    async def find(self, given: ResetIn) -> None:
        actor, self.email = await current_actor(self), ""
        try:
            found = await resets.find_account(actor, given)
        except NotFound:
            raise Invalid.field("email", "is not the address of an account") from None
        self.email, self.name, self.since = found.email, found.name, found.created_at.isoformat()
        self.places = ", ".join(f"{place.tenant_name} ({place.role.label})" for place in found.tenants)
        self.is_operator, self.is_self = found.is_operator, found.user_id == actor.user_id

    @confirmed(Role.CUSTOMER_VIEWER)
    async def reset_password(self) -> None:
        """Make a link for a new password and show it, this once."""
        _, secret = await resets.issue(await current_actor(self), ResetIn(email=self.email))
        self._open("link")
        self.link = resets.link(own_origin(self), secret)
