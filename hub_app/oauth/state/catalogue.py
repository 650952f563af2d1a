"""The apps that can be connected, and connecting one: at once, with chosen scopes, or with a token got elsewhere."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel.actor import Role
from hub_app.kernel.paging import PageRequest
from hub_app.kernel.validation import refusals
from hub_app.oauth.schemas import AppOut, ConnectIn
from hub_app.oauth.service import apps, connections, consent, flows
from hub_app.oauth.state.address import CATALOGUE, ConnectionsAddress
from hub_app.ui import presses
from hub_app.ui.components.fields.consent import NAME as CONSENT
from hub_app.ui.consent import agreed
from hub_app.ui.forms import DialogState, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_id, ticked
from hub_app.ui.session import initials
from hub_app.ui.urls import leave_for, own_origin

_MOST_APPS = 200


@dataclass(frozen=True)
class OfferRow:
    slug: str
    name: str
    logo: str
    initials: str
    asks: str
    more: str
    ready: bool
    set_up: str


class CatalogueState(DialogState, rx.State):
    """The cards. `chosen` is the app that is being connected, or that a dialog is about."""

    offers: rx.Field[list[OfferRow]] = rx.field(default_factory=list)
    loaded: bool = False
    chosen: str = ""
    chosen_name: str = ""
    terms: str = ""
    """What is consented to when it is connected."""
    again: str = ""
    """The connection that is connected again with other scopes, if any."""
    scopes: rx.Field[list[tuple[str, str, bool]]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        self.chosen = ""
        found = await apps.list_apps(await current_actor(self), PageRequest(limit=_MOST_APPS))
        self.offers = [_offer(app) for app in sorted(found.items, key=lambda app: not app.ready)]
        self.loaded = True

    def _forget(self) -> None:
        self.again, self.scopes = "", []

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask_consent(self, slug: str) -> None:
        """Ask for consent to what is connected with the scopes that are usual."""
        self._ask("connect", await apps.get_app(await current_actor(self), str(slug)))

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def connect(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Send the browser to the provider, with the scopes that are usual."""
        actor = await current_actor(self)
        self.busy, self.errors = True, {}
        yield None
        agreement = agreed(data)
        url = await flows.start(actor, app=self.chosen, origin=own_origin(self), agreement=agreement)
        for event in presses.saved():
            yield event
        yield leave_for(url)

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask_scopes(self, slug: str) -> None:
        app = await apps.get_app(await current_actor(self), str(slug))
        self._ask("scopes", app)
        self.scopes = _boxes(app, app.default_scopes)

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask_scopes_again(self, connection_id: str) -> None:
        """Choose other scopes for a connection, starting with those that it was asked for."""
        actor = await current_actor(self)
        connection = await connections.get_connection(actor, read_id(connection_id))
        app = await apps.get_app(actor, connection.app_slug)
        self._ask("scopes", app)
        self.again, self.scopes = str(connection.id), _boxes(app, connection.scopes_asked)

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def connect_chosen(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        """Send the browser to the provider, with the scopes that are ticked."""
        actor = await current_actor(self)
        self.busy, self.errors = True, {}
        yield None
        again = read_id(self.again) if self.again else None
        url = await flows.start(
            actor,
            app=self.chosen,
            connection=again,
            scopes=ticked(data, "scopes"),
            origin=own_origin(self),
            agreement=None if again else agreed(data),
        )
        for event in presses.saved():
            yield event
        yield leave_for(url)

    @rx.event
    @guarded(Role.ENGINEER)
    async def ask_token(self, slug: str) -> None:
        self._ask("token", await apps.get_app(await current_actor(self), str(slug)))

    @submits_data(Role.ENGINEER)
    async def adopt(self, data: Mapping[str, Any]) -> EventSpec:
        """Take over a token that was got elsewhere, and open its connection."""
        with refusals() as refused:
            agreement = refused.part(lambda: agreed(data), Agreement("screen"))
            given = _given(data, self.chosen)
        made = await connections.adopt(await current_actor(self), self.chosen, given, agreement)
        address = ConnectionsAddress.at(self)
        return rx.redirect(address.url(outcome="connected", connection=str(made.id)))

    def _ask(self, dialog: str, app: AppOut) -> None:
        self._open(dialog)
        self.chosen, self.chosen_name, self.terms = app.slug, app.name, consent.terms(app.name)


def _offer(app: AppOut) -> OfferRow:
    described = [app.scopes.get(scope) or scope for scope in app.default_scopes]
    more = len(app.scopes) - len(app.default_scopes)
    return OfferRow(
        slug=app.slug,
        name=app.name,
        logo=app.logo,
        initials=initials(app.name),
        asks="; ".join(described),
        more=f"{more} more available" if more > 0 else "",
        ready=app.ready,
        set_up=f"{CATALOGUE}/{app.slug}",
    )


def _boxes(app: AppOut, ticked: list[str]) -> list[tuple[str, str, bool]]:
    return [(scope, described, scope in ticked) for scope, described in app.scopes.items()]


def _given(data: Mapping[str, Any], slug: str) -> connections.Given:
    filled = {name: value for name, value in data.items() if value not in {None, ""} and name != CONSENT}
    with refusals() as refused:
        if "access_token" not in filled:
            refused.add("access_token", "must not be empty")
        wanted = read(ConnectIn, filled, oauth_app_id=slug, scopes=None, connection_id=None, return_to="")
    return connections.Given(
        access_token=wanted.access_token or "",
        refresh_token=wanted.refresh_token or "",
        expires_at=wanted.expires_at,
    )
