"""The list of connectors, and the gallery to start from."""

from dataclasses import dataclass

import reflex as rx

from hub_app.connectors.schemas.connectors import ConnectorSummary
from hub_app.connectors.service import connectors, status
from hub_app.connectors.service.gallery import entries
from hub_app.connectors.state.form import AUTH_NAMES
from hub_app.kernel.actor import Role
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.lists import PagedState
from hub_app.ui.page_address import SearchAddress
from hub_app.ui.urls import url_with

HERE = "/connectors"
NEW = "/connectors/new"


@dataclass(frozen=True)
class ConnectorRow:
    href: str
    name: str
    base_url: str
    auth: str
    status: str


@dataclass(frozen=True)
class GalleryCard:
    """An entry of the gallery, as a card."""

    name: str
    about: str
    actions: str
    initials: str
    href: str


class ConnectorsState(PagedState, rx.State):
    """One page of connectors, perhaps of those with a part of their name."""

    rows: rx.Field[list[ConnectorRow]] = rx.field(default_factory=list)
    gallery: rx.Field[list[GalleryCard]] = rx.field(default_factory=list)
    text: str = ""
    _address = SearchAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, address = await current_actor(self), SearchAddress.at(self)
        self.text = address.q
        found = await connectors.list_connectors(actor, self._page(), text=self.text)
        statuses = await status.statuses(actor, found.items)
        self.rows = [_row(connectors.summary_out(one), statuses[one.id]) for one in found.items]
        self.gallery = gallery_cards() if not self.rows else []
        self._turned(found, address)


def gallery_cards() -> list[GalleryCard]:
    """The gallery's entries, each with where it leads."""
    return [
        GalleryCard(
            name=entry.connector.display_name,
            about=entry.about,
            actions=f"{len(entry.connector.actions)} actions",
            initials=entry.connector.display_name[:2],
            href=url_with(NEW, **{"from": entry_id}),
        )
        for entry_id, entry in entries().items()
    ]


def _row(connector: ConnectorSummary, state: status.CredentialStatus) -> ConnectorRow:
    return ConnectorRow(
        href=f"{HERE}/{connector.id}",
        name=connector.display_name,
        base_url=connector.base_url,
        auth=AUTH_NAMES[connector.auth_type],
        status=state,
    )
