"""A new connector: by hand, from the gallery, or from an OpenAPI document."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from hub_app.connectors.schemas.connectors import ConnectorIn
from hub_app.connectors.schemas.imports import ImportOut
from hub_app.connectors.service import connectors
from hub_app.connectors.service.gallery import entries
from hub_app.connectors.state.connectors import HERE, GalleryCard, gallery_cards
from hub_app.connectors.state.form import blank, connector_of, field_of, urls_in, values_of
from hub_app.connectors.state.importing import ImportingState
from hub_app.connectors.state.settings import own_connections
from hub_app.governance.schemas.consents import Agreement
from hub_app.kernel.actor import Role
from hub_app.kernel.validation import refusals, renamed
from hub_app.ui.consent import agreed
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import with_urls
from hub_app.ui.urls import query, url_with

_WAYS = ("hand", "openapi")


class NewConnectorState(ImportingState, rx.State):
    """What the form of a new connector starts with. `start` is how: `hand`, `openapi`, or a gallery entry's id."""

    start: str = ""
    loaded: bool = False
    title: str = ""
    key: str = ""
    docs: str = ""
    gallery: rx.Field[list[GalleryCard]] = rx.field(default_factory=list)
    connections: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._drop()
        self.start = query(self, "from", {*_WAYS, *entries()})
        self.gallery = [] if self.start else gallery_cards()
        self.title, self.key, self.docs, self.values = "", "", "", blank()
        entry = entries().get(self.start)
        if entry is not None:
            self.title, self.key, self.docs = entry.connector.display_name, entry.key, entry.docs
            self.values = values_of(entry.connector)
            self._offer(entry.connector.actions)
        if self.start:
            self.connections = await own_connections(await current_actor(self))
        self.loaded = True

    async def _propose(self, found: ImportOut) -> None:
        self.values, self.title = values_of(found.connector), found.connector.display_name
        self._offer(found.connector.actions)

    def _read_form(self, data: Mapping[str, Any]) -> tuple[ConnectorIn, Agreement]:
        """The connector that the form describes, and the consent to it."""
        with refusals() as refused:
            agreement = refused.part(lambda: agreed(data), Agreement("screen"))
            return connector_of(data, {"actions": self._chosen(data)}), agreement

    @submits_data(Role.CUSTOMER_ADMIN)
    async def create(self, data: Mapping[str, Any]) -> list[Next]:
        """Save the connector and go to its page: to its credentials, when it needs some."""
        given, agreement = await with_urls(lambda: self._read_form(data), urls_in(data))
        with renamed(field_of):
            made = await connectors.create_connector(await current_actor(self), given, agreement)
        self._drop()
        tab = "credentials" if made.auth_type != "none" else None
        return [
            rx.toast.success(f"{made.display_name} is added."),
            rx.redirect(url_with(f"{HERE}/{made.id}", tab=tab)),
        ]
