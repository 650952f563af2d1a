"""The pages before somebody is signed in, and the first one after. Forms are posted to REST (`api/auth.py`)."""

import reflex as rx
from reflex.event import EventSpec

from hub_app.identity.service import invitations, resets, setup
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import nav
from hub_app.ui.guard import current_login, guarded, public
from hub_app.ui.urls import path, query


class SignInState(rx.State):
    """`next`: where to go on to afterwards. `changed`: what somebody has just done before they sign in. `why` they are here:
    `needed` for a page that asks for it, others when their session ended. With `kept` the tab keeps all that was typed, with
    `part` only a part of it; `lost` is what cannot be kept, and with `ended` there was nothing.
    """

    ready: bool = False
    next: str = ""
    changed: str = ""
    why: str = ""

    @rx.event
    @public
    async def load(self) -> EventSpec | None:
        self.next, self.changed = query(self, "next"), query(self, "changed", {"password"})
        self.why = query(self, "why", {"ended", "kept", "part", "lost"}) or ("needed" if self.next else "")
        if await setup.needed():
            return rx.redirect("/setup", replace=True)
        if await current_login(self) is not None:
            stays = self.next.startswith("/") and not self.next.startswith(("//", "/\\"))
            return rx.redirect(self.next if stays else "/", replace=True)
        self.ready = True
        return None


class StartState(rx.State):
    """The address without a path leads to the first page of the sidebar."""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def load(self) -> EventSpec:
        return rx.redirect(next(nav.groups()).entries[0].href, replace=True)


class SetUpState(rx.State):
    """`code`: the one in the address that the server printed."""

    ready: bool = False
    code: str = ""

    @rx.event
    @public
    async def load(self) -> EventSpec | None:
        if not await setup.needed():
            return rx.redirect("/login", replace=True)
        self.code = query(self, "code")
        self.ready = True
        return None


class NewPasswordState(rx.State):
    """A password reset as its holder sees it: whose account it is for, or why it cannot be used.

    Its secret is not among the variables. It stays in the browser (ui/theme.py), which posts it with the form.
    """

    ready: bool = False
    problem: str = ""
    email: str = ""

    @rx.event
    @public
    def load(self) -> EventSpec:
        self.ready = False
        return rx.call_script("sessionStorage.getItem('hub.secret') ?? ''", callback=NewPasswordState.look)

    @rx.event
    @public
    async def look(self, secret: str) -> None:
        self.email, self.problem = "", ""
        try:
            self.email = await resets.look(str(secret))
        except NotFound as error:
            self.problem = error.detail
        self.ready = True


class InvitationState(rx.State):
    """An invitation as its holder sees it. `problem` says why it cannot be used.

    `to_hand_over`: a member of the inviting tenant looks at it, who learns nothing about the invited person's account.
    """

    ready: bool = False
    problem: str = ""
    token: str = ""
    email: str = ""
    tenant_name: str = ""
    invited_by: str = ""
    role_label: str = ""
    has_account: bool = False
    is_signed_in: bool = False
    to_hand_over: bool = False

    @rx.event
    @public
    async def load(self) -> None:
        self.token = path(self).rpartition("/")[2]
        try:
            found = await invitations.look(self.token)
        except NotFound as error:
            self.problem = error.detail
        else:
            login = await current_login(self)
            self.email, self.tenant_name = found.email, found.tenant_name
            self.invited_by, self.role_label = found.invited_by, found.role.label
            self.is_signed_in = login is not None and login.actor.email == found.email
            tenants = set() if login is None else {place.tenant_id for place in login.places}
            self.to_hand_over = found.tenant_id in tenants and not self.is_signed_in
            self.has_account = found.has_account and not self.to_hand_over
            self.problem = ""
        self.ready = True
