"""One's own account, and the tenant's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.identity.schemas import ProfilePatch, SessionOut, TenantPatch
from hub_app.identity.service import accounts, sessions, tenants
from hub_app.identity.state.tiers import per_window
from hub_app.kernel.actor import Role
from hub_app.kernel.edits import Version
from hub_app.kernel.errors import Invalid
from hub_app.kernel.settings import get_settings
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import DialogState, Next, confirmed, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id
from hub_app.ui.session import SessionState
from hub_app.ui.urls import query


@dataclass(frozen=True)
class SessionRow:
    id: str
    browser: str
    ip: str
    since: str
    last_seen: str
    is_current: bool


class AccountState(EditState, DialogState, rx.State):
    """Name, password and sessions of whoever is signed in."""

    loaded: bool = False
    changed: str = ""
    rows: rx.Field[list[SessionRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.changed = query(self, "changed", {"password"})
        await self._load()

    async def _load(self) -> None:
        actor = await current_actor(self)
        self.values = dict(self._begin(await self._now()))
        self.rows = [_row(s) for s in await sessions.list_sessions(actor)]
        self.loaded = True

    async def _now(self) -> Form:
        name = await accounts.own_name(await current_actor(self))
        return Form(Version.of({"name": name}), {"name": name})

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        return {"name": _name_in(ProfilePatch, data)}

    @submits_data(Role.CUSTOMER_VIEWER)
    async def rename(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if changes:
            given, expected = read(ProfilePatch, changes), self._as_opened()
            await accounts.update_profile(await current_actor(self), given, expected=expected)
            self._begin(await self._now())
        return [saved(changes, "Your name"), SessionState.load]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def end(self, session_id: str) -> EventSpec:
        await sessions.revoke_session(await current_actor(self), read_id(session_id))
        await self._load()
        return rx.toast.success("That browser is signed out.")

    @confirmed(Role.CUSTOMER_VIEWER)
    async def end_all(self) -> EventSpec:
        """End every session, this one too. The tab begins anew at the login page."""
        await sessions.sign_out_everywhere(await current_actor(self))
        return rx.call_script("sessionStorage.clear(); window.location.assign('/login')")


class TenantSettingsState(EditState, rx.State):
    """The tenant's name and tier."""

    loaded: bool = False
    since: str = ""
    limit: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor = await current_actor(self)
        tenant = await tenants.get_tenant(actor)
        settings = get_settings()
        calls, seconds = settings.requests_per_window(tenant.tier), settings.rate_limit_window_seconds
        self.values, self.since = dict(self._begin(await self._now())), tenant.created_at.isoformat()
        self.limit = per_window(calls, seconds)
        self.loaded = True

    async def _now(self) -> Form:
        tenant = await tenants.get_tenant(await current_actor(self))
        return Form(tenant.version, {"name": tenant.name})

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        return {"name": _name_in(TenantPatch, data)}

    @submits_data(Role.OWNER)
    async def rename(self, data: Mapping[str, Any]) -> list[Next]:
        changes = self._changes(data)
        if changes:
            given, expected = read(TenantPatch, changes), self._as_opened()
            await tenants.update_tenant(await current_actor(self), given, expected=expected)
            self._begin(await self._now())
        return [saved(changes, "The tenant's name"), SessionState.load]


def _name_in(schema: type[ProfilePatch | TenantPatch], data: Mapping[str, object]) -> str:
    given = read(schema, data)
    if given.name is None:
        raise Invalid.field("name", "must not be empty")
    return given.name


def _row(session: SessionOut) -> SessionRow:
    return SessionRow(
        id=str(session.id),
        browser=_browser(session.user_agent),
        ip=session.ip,
        since=session.created_at.isoformat(),
        last_seen=session.last_seen_at.isoformat(),
        is_current=session.is_current,
    )


# In this order: each browser also names those it wants to be taken for.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def _browser(agent: str) -> str:
    """`Firefox on Linux`, as far as the browser says it."""
    name = next((words for mark, words in _BROWSERS if mark in agent), "")
    system = next((words for mark, words in _SYSTEMS if mark in agent), "")
    return " on ".join(word for word in (name, system) if word) or agent[:60] or "Unknown browser"
