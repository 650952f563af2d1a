"""One app of the operator's catalogue: its registration, addresses, scopes and quirks, each part saved by itself."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Forbidden, NotFound
from hub_app.oauth.schemas import AppDetail, AppLosses, AppPatch
from hub_app.oauth.service import apps
from hub_app.oauth.state import forms
from hub_app.oauth.state.address import CATALOGUE, callback, operator
from hub_app.oauth.state.apps import state_of
from hub_app.ui import presses
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import DialogState, Next, confirmed
from hub_app.ui.guard import guarded
from hub_app.ui.inputs import read, with_urls
from hub_app.ui.urls import path

_SLUG_LENGTH = 64
_FORGOTTEN = (
    "{} is saved. A URL has a new host: enter the client secret again. Members have to connect again too."
)


class OauthAppState(EditState, DialogState, rx.State):
    """What the page of an app shows. `missing` when there is none, and for people who do not run this Hub.

    `saving` names the part that is being saved.
    """

    loaded: bool = False
    missing: bool = False
    name: str = ""
    slug: str = ""
    state: str = ""
    note: str = ""
    docs_url: str = ""
    redirect_uri: str = ""
    secret_hint: str = ""
    lacks: str = ""
    losses: str = ""
    saving: str = ""
    versions: rx.Field[dict[str, int]] = rx.field(default_factory=dict)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.saving = ""
        self.redirect_uri = callback(self)
        try:
            self._show(await apps.get_entry(await operator(self), _slug(self)))
            self._fill(self._begin(await self._now()))
        except (Forbidden, NotFound) as error:
            # Others than operators are not told whether there is one.
            self.name = "No such app" if isinstance(error, NotFound) else "OAuth app"
            self.missing, self.loaded, self.values = True, True, {}
            self.slug = self.note = self.docs_url = self.secret_hint = ""

    def _show(self, app: AppDetail) -> None:
        self.missing, self.loaded = False, True
        self.name, self.slug, self.state = app.name, app.slug, state_of(app)
        self.note, self.docs_url, self.secret_hint = app.note, app.docs_url, app.secret_hint
        self.lacks = forms.lacks(app)

    def _unready(self) -> str:
        return f"Nobody can connect it until you fill in {self.lacks}." if self.lacks else ""

    def _fill(self, texts: Mapping[str, str]) -> None:
        self.values = {**self.values, **texts}

    async def _now(self) -> Form:
        app = await apps.get_entry(await operator(self), _slug(self))
        return Form(app.version, forms.values(app))

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        """Of the form that is being saved; of all forms when the page is opened."""
        parts = [forms.PARTS[self.saving]] if self.saving else forms.PARTS.values()
        return {name: value for part in parts for name, value in part(data).items()}

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def save(self, part: str, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Save what was changed in one of the forms."""
        actor = await operator(self)
        if part not in forms.PARTS:
            raise NotFound("There is no such form. Reload the page.")
        self.busy, self.errors, self.saving = True, {}, part
        yield None
        urls = self._entered(data, *forms.URLS) if part == "entry" else {}
        changes = await with_urls(lambda: self._changes(data), urls)
        forgotten = False
        if changes:
            had = self.secret_hint
            given, expected = read(AppPatch, changes), self._as_opened()
            app = await apps.update_app(actor, _slug(self), given, expected=expected)
            self._show(app)
            forgotten = bool(had) and not app.secret_hint
        await self._begin_anew(part)
        for event in presses.saved():
            yield event
        yield (
            rx.toast.warning(_FORGOTTEN.format(self.name))
            if forgotten
            else saved(changes, self.name, missing=self._unready())
        )

    async def _begin_anew(self, part: str) -> None:
        """The form that was saved starts anew, without the secret; what is typed in the others stays."""
        names = forms.FIELDS[part]
        texts = self._begin(await self._now(), only=names)
        self._fill({name: texts[name] for name in names if name in texts})
        self.versions = {**self.versions, part: self.versions.get(part, 0) + 1}
        self.busy, self.saving = False, ""

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def turn(self, on: bool) -> EventSpec:  # noqa: FBT001 - an event's argument
        """Offer the app to tenants, or no longer."""
        actor = await operator(self)
        app = await apps.update_app(actor, _slug(self), AppPatch(enabled=on is True))
        self._show(app)
        if app.enabled and self.lacks:
            return rx.toast.warning(f"{app.name} is on. {self._unready()}")
        what = "is available to tenants" if app.enabled else "is off: it cannot be connected any more"
        return rx.toast.success(f"{app.name} {what}.")

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def ask_delete(self) -> None:
        losses = await apps.app_losses(await operator(self), _slug(self))
        self._open("delete")
        self.losses = _losses(losses)

    @confirmed(Role.CUSTOMER_VIEWER)
    async def delete(self) -> list[Next]:
        await apps.delete_app(await operator(self), _slug(self))
        return [rx.toast.success(f"{self.name} is deleted."), rx.redirect(CATALOGUE)]


def _slug(state: rx.State) -> str:
    """The app that the page is about, from its address."""
    return path(state).rpartition("/")[2][:_SLUG_LENGTH]


def _losses(lost: AppLosses) -> str:
    """What goes along with the app."""
    if lost.connections == 0:
        return "Nobody has connected it. Its client ID and secret are deleted too."
    connections = "1 connection" if lost.connections == 1 else f"{lost.connections:,} connections"
    tenants = "1 tenant" if lost.tenants == 1 else f"{lost.tenants:,} tenants"
    verb = "is" if lost.connections == 1 else "are"
    return (
        f"{connections} of {tenants} {verb} deleted too, and whatever uses them stops. The tokens are not revoked at the"
        " provider. This cannot be undone."
    )
