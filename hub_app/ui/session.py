"""Who is signed in, as the screens show it. What someone may do is decided in the services, not here."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.identity.service import sessions, setup
from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.notices import Notice, notices_for
from hub_app.ui.guard import current_login, public, signed_out

_MOST_WAITING = 999


@dataclass(frozen=True)
class TenantChoice:
    """A tenant in the switcher."""

    id: str
    name: str
    initials: str
    role_label: str
    is_suspended: bool


class SessionState(rx.State):
    """The person, their role and their tenants. `ready` is true once they are known."""

    ready: bool = False
    name: str = ""
    email: str = ""
    initials: str = ""
    role_label: str = ""
    user_id: str = ""
    tenant_id: str = ""
    tenant_name: str = ""
    tenant_initials: str = ""
    tier_label: str = ""
    is_engineer: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_operator: bool = False
    tenants: rx.Field[list[TenantChoice]] = rx.field(default_factory=list)
    notices: rx.Field[list[Notice]] = rx.field(default_factory=list)
    waiting: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    """How many things wait on a page, by its address (`waiting_words`)."""

    @rx.event
    @public
    async def load(self) -> EventSpec | None:
        """The first `on_load` of every page for signed-in people."""
        login = await current_login(self)
        if login is None:
            self.ready = False
            return rx.redirect("/setup", replace=True) if await setup.needed() else signed_out(self)
        self._show(login)
        self.notices = await notices_for(login.actor)
        self.waiting = await _waiting_for(login.actor)
        return None

    def _show(self, login: sessions.Login) -> None:
        actor, place = login.actor, login.place
        self.name, self.email, self.initials = actor.name, actor.email, initials(actor.name)
        self.role_label = actor.role.label
        self.user_id = str(actor.user_id)
        self.tenant_id, self.tenant_name = str(place.tenant_id), place.name
        self.tenant_initials = initials(place.name)
        self.tier_label = place.tier.capitalize()
        self.is_engineer = actor.role.includes(Role.ENGINEER)
        self.is_admin = actor.role.includes(Role.CUSTOMER_ADMIN)
        self.is_owner = actor.role.includes(Role.OWNER)
        self.is_operator = actor.is_operator
        self.tenants = [
            TenantChoice(
                id=str(p.tenant_id),
                name=p.name,
                initials=initials(p.name),
                role_label=p.role.label,
                is_suspended=p.is_suspended,
            )
            for p in login.places
        ]
        self.ready = True


async def _waiting_for(actor: Actor) -> dict[str, str]:
    entries = [entry for capability in capabilities.every() for entry in capability.navigation]
    return {
        entry.href: waiting_words(await entry.waiting(actor))
        for entry in entries
        if entry.waiting is not None and actor.role.includes(entry.min_role)
    }


def waiting_words(count: int) -> str:
    """A number as it stands beside an entry of the sidebar; "" for none."""
    return "" if count == 0 else str(count) if count <= _MOST_WAITING else f"{_MOST_WAITING}+"


def initials(name: str) -> str:
    """The first letters of the first and the last word: `Alice Moreau` is `AM`."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
