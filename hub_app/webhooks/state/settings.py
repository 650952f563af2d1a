"""The settings of an endpoint: editing, its secret, deleting it.

The full URL, the headers and the secret come only when an admin asks, each time with an audit entry. The server forgets
them at once, the browser when they are hidden, the page is left, or a while has passed.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.ui import words
from hub_app.ui.edits import EditState, Form, saved
from hub_app.ui.forms import DialogState, Next, confirmed, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import header_lines, read, with_urls
from hub_app.ui.shown import shown_once
from hub_app.webhooks.delivery.retry import RetryPolicy
from hub_app.webhooks.schemas import EndpointPatch
from hub_app.webhooks.service import endpoints, events, stats
from hub_app.webhooks.state import policies
from hub_app.webhooks.state.address import EndpointAddress
from hub_app.webhooks.state.endpoint import EndpointState
from hub_app.webhooks.state.endpoints import HERE, endpoint_of

_SHOWN_SECONDS = 300
_TOGETHER = {"url", "headers"}
_FIELDS = ("name", "url", "events", "retry_policy", "rate_limit", "description", "headers")


class EndpointSettingsState(EditState, DialogState, rx.State):
    """What the settings tab shows for as long as it is shown."""

    values: rx.Field[dict[str, str]] = shown_once(dict)
    name: str = ""
    known_types: str = ""
    policies: str = ""
    secret: rx.Field[str] = shown_once()
    old_secret_until: str = ""
    losses: str = ""
    _shown: int = 0

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def load(self) -> None:
        self._open("")
        self._hide()

    def _forget(self) -> None:
        self.values = {}
        self._forget_form()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def leave(self) -> None:
        """Forget what was revealed: the page is left."""
        self._open("")
        self._hide()

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def hide(self) -> None:
        self._hide()

    def _hide(self) -> None:
        self.secret, self.old_secret_until = "", ""

    async def _now(self) -> Form:
        """With the full URL and headers, which is audited."""
        found = await endpoints.reveal_endpoint(await current_actor(self), EndpointAddress.at(self).id)
        texts = {
            "name": found.name,
            "url": found.url,
            "events": ",".join(found.events),
            "retry_policy": found.retry_policy,
            "rate_limit": str(found.rate_limit or ""),
            "description": found.description,
            "headers": header_lines(found.headers),
        }
        return Form(found.version, texts)

    def _settings(self, data: Mapping[str, object]) -> dict[str, object]:
        return endpoint_of(data).model_dump(mode="json", include=set(_FIELDS))

    def _changes(self, data: object) -> dict[str, object]:
        changes = super()._changes(data)
        if changes.keys() & _TOGETHER:
            # Headers may be secrets for the host of the URL: who changes one means it together with the other.
            settings = self._settings(data if isinstance(data, Mapping) else {})
            changes |= {name: settings[name] for name in _TOGETHER}
        return changes

    def _said(self, setting: str, form: Form) -> str:
        if setting == "retry_policy":
            return policies.NAMES[RetryPolicy(form.texts[setting])]
        return super()._said(setting, form)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_edit(self) -> Next:
        """Open the form with the full URL and headers."""
        known, form = await events.type_names(await current_actor(self)), await self._now()
        self._open("edit")
        self.values = dict(self._begin(form))
        self.known_types, self.policies = ",".join(known), policies.explained()
        self._shown += 1
        return EndpointSettingsState.forget_later

    @submits_data(Role.CUSTOMER_ADMIN)
    async def save(self, data: Mapping[str, Any]) -> list[Next]:
        """Save what was changed."""
        changes = await with_urls(lambda: self._changes(data), self._entered(data, "url"))
        if changes:
            wanted = read(EndpointPatch, changes)
            actor, one = await current_actor(self), EndpointAddress.at(self).id
            await endpoints.update_endpoint(actor, one, wanted, expected=self._as_opened())
        return [saved(changes), EndpointState.refresh]

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def reveal(self) -> Next:
        """Show the signing secret, which is audited."""
        shown = await endpoints.reveal_secret(await current_actor(self), EndpointAddress.at(self).id)
        self.secret, self.old_secret_until = shown.secret, words.iso(shown.old_secret_expires_at)
        self._shown += 1
        return EndpointSettingsState.forget_later

    @confirmed(Role.CUSTOMER_ADMIN)
    async def rotate(self) -> list[Next]:
        """Make a new signing secret and show it."""
        shown = await endpoints.rotate_secret(await current_actor(self), EndpointAddress.at(self).id)
        self.secret, self.old_secret_until = shown.secret, words.iso(shown.old_secret_expires_at)
        self._shown += 1
        signed = rx.toast.success("New deliveries are signed with both secrets for 24 hours.")
        return [signed, EndpointSettingsState.forget_later]

    @rx.event(background=True)
    @guarded(Role.CUSTOMER_VIEWER)
    async def forget_later(self) -> None:
        """Forget what was revealed, unless something was revealed since."""
        mine = self._shown
        await asyncio.sleep(_SHOWN_SECONDS)
        async with self:
            if self._shown == mine:
                self._open("" if self.dialog == "edit" else self.dialog)
                self._hide()

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_delete(self) -> None:
        actor, one = await current_actor(self), EndpointAddress.at(self).id
        endpoint = await endpoints.get_endpoint(actor, one)
        count = await stats.count_deliveries(actor, one)
        self._open("delete")
        self.name, self.losses = endpoint.name, _losses(count)

    @confirmed(Role.CUSTOMER_ADMIN)
    async def delete(self) -> list[Next]:
        await endpoints.delete_endpoint(await current_actor(self), EndpointAddress.at(self).id)
        return [rx.toast.success(f"{self.name} is deleted."), rx.redirect(HERE)]


def _losses(count: int) -> str:
    """What goes along with the endpoint."""
    if count == 0:
        return "It has no deliveries yet. Its secret is deleted too, and events are no longer sent there."
    several = stats.counted(count)
    what = "Its 1 delivery is" if count == 1 else f"Its {several} deliveries are"
    return f"{what} deleted too, with every attempt and the secret. Events are no longer sent there. This cannot be undone."
