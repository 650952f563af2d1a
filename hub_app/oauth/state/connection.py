"""One connection, in the drawer: what Hub may do with it, how it fares; refreshing, reconnecting, disconnecting."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.service import consents
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.oauth.schemas import ConnectionOut
from hub_app.oauth.service import apps, connections, consent, flows
from hub_app.oauth.state.address import ConnectionsAddress
from hub_app.ui import words
from hub_app.ui.forms import DialogState, confirmed
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import DrawerState
from hub_app.ui.urls import leave_for, own_origin


@dataclass(frozen=True)
class ScopeRow:
    scope: str
    words: str
    state: str
    """`granted`, `missing` (asked for and not granted), or `extra` (granted and not asked for)."""


class ConnectionState(DrawerState, DialogState, rx.State):
    """The open drawer."""

    app: str = ""
    slug: str = ""
    account: str = ""
    account_id: str = ""
    owner: str = ""
    status: str = ""
    error: str = ""
    expires_at: str = ""
    refreshes: bool = False
    refreshed_at: str = ""
    since: str = ""
    scopes: rx.Field[list[ScopeRow]] = rx.field(default_factory=list)
    kept: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    stopped: str = ""
    """Why it may not be used; "" when it may."""
    consent: str = ""
    """Where its consent is given again; "" for those who may not."""
    may_use: bool = False
    may_disconnect: bool = False
    _address = ConnectionsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        self._open("")
        address = ConnectionsAddress.at(self)
        if not address.opened:
            self._empty()
            return None
        actor = await current_actor(self)
        try:
            found = await connections.get_connection(actor, read_id(address.opened))
        except NotFound as error:
            self._empty()
            return rx.toast.error(error.detail)
        self.stopped = await consent.refusal_of(actor.tenant_id, found)
        fill(self, actor, found, await _scope_words(actor, found.app_slug))
        return None

    def _empty(self) -> None:
        self.id, self.scopes, self.kept = "", [], []

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def refresh(self) -> AsyncIterator[EventSpec | None]:
        """Get new tokens now."""
        self.busy = True
        yield None
        actor, one = await current_actor(self), read_id(self.id)
        try:
            fill(self, actor, await connections.refresh(actor, one))
        finally:
            self.busy = False
        yield rx.toast.success(f"{self.app} issued a new access token.")

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def reconnect(self, connection_id: str) -> EventSpec:
        """Send the browser to the provider once more; the connection keeps its id."""
        actor, one = await current_actor(self), read_id(connection_id)
        return leave_for(await flows.start(actor, connection=one, origin=own_origin(self)))

    @confirmed(Role.ENGINEER)
    async def disconnect(self) -> str:
        """Give the tokens back and forget them."""
        actor, one = await current_actor(self), read_id(self.id)
        await connections.disconnect(actor, one)
        # Where the provider did not take them back, the drawer says what is left to do.
        fill(self, actor, await connections.get_connection(actor, one))
        return f"{self.app} is disconnected."


def fill(
    drawer: ConnectionState, actor: Actor, one: ConnectionOut, described: dict[str, str] | None = None
) -> None:
    """Show a connection in the drawer, with what its scopes allow; None keeps what is known of them.

    (No method: Reflex makes an event of every public one.)
    """
    if described is None:
        described = {row.scope: row.words for row in drawer.scopes}
    drawer.id, drawer.app, drawer.slug = str(one.id), one.app_name, one.app_slug
    drawer.owner = one.user_name
    drawer.account, drawer.account_id = one.account_name or one.account_id, one.account_id
    drawer.status, drawer.error = one.status, one.last_error
    drawer.expires_at, drawer.refreshes = words.iso(one.expires_at), one.refreshes
    drawer.refreshed_at, drawer.since = words.iso(one.last_refreshed_at), words.iso(one.created_at)
    drawer.scopes = _scopes(one, described)
    drawer.kept = list(one.kept.items())
    drawer.may_use = may_use(actor, one)
    may_consent = drawer.may_use or actor.may(Role.CUSTOMER_ADMIN)
    drawer.consent = consents.give_url(consent.NAME, one.id) if may_consent else ""
    drawer.may_disconnect = one.status != "revoked" and (drawer.may_use or actor.may(Role.CUSTOMER_ADMIN))


def may_use(actor: Actor, one: ConnectionOut) -> bool:
    """Whether this person can refresh it and connect it again, as the services decide it too."""
    if one.user_id is None:
        return actor.may(Role.CUSTOMER_ADMIN)
    return one.user_id == actor.user_id and actor.may(Role.ENGINEER)


async def _scope_words(actor: Actor, slug: str) -> dict[str, str]:
    """What the app's scopes allow, in words; none for an app that is off and for a tenant's own client."""
    if not slug:
        return {}
    try:
        return (await apps.get_app(actor, slug)).scopes
    except NotFound:
        return {}


def _scopes(one: ConnectionOut, described: dict[str, str]) -> list[ScopeRow]:
    names = list(dict.fromkeys([*one.scopes_asked, *one.scopes_granted]))
    missing, asked = set(one.scopes_missing), set(one.scopes_asked)
    return [
        ScopeRow(
            name,
            described.get(name, ""),
            "missing" if name in missing else "granted" if name in asked else "extra",
        )
        for name in names
    ]
