"""The operator's catalogue: which apps tenants may connect."""

from dataclasses import dataclass

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Forbidden
from hub_app.oauth.schemas import AppDetail, AppIn
from hub_app.oauth.service import apps
from hub_app.oauth.state.address import CATALOGUE, operator
from hub_app.ui.forms import DialogState, Next, submits
from hub_app.ui.guard import guarded
from hub_app.ui.lists import PagedState
from hub_app.ui.page_address import PageAddress
from hub_app.ui.session import initials


@dataclass(frozen=True)
class AppRow:
    id: str
    href: str
    name: str
    slug: str
    logo: str
    initials: str
    state: str
    connections: str


class OauthAppsState(DialogState, PagedState, rx.State):
    """One page of the catalogue. `refused` for people who do not run this Hub."""

    rows: rx.Field[list[AppRow]] = rx.field(default_factory=list)
    refused: bool = False

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        try:
            actor = await operator(self)
        except Forbidden:
            self.rows, self.refused, self.loaded = [], True, True
            return
        self.refused = False
        found = await apps.list_catalogue(actor, self._page())
        counts = await apps.count_connections(actor, [app.id for app in found.items])
        self.rows = [_row(app, counts.get(app.id, 0)) for app in found.items]
        self._turned(found, PageAddress.at(self))

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def ask_create(self) -> None:
        await operator(self)
        self._open("create")

    @submits(Role.CUSTOMER_VIEWER, AppIn)
    async def create(self, given: AppIn) -> list[Next]:
        """Add an app and go to its page, where the rest is filled in."""
        made = await apps.create_app(await operator(self), given)
        return [
            rx.toast.success(f"{made.name} is added. Now fill in its registration."),
            rx.redirect(f"{CATALOGUE}/{made.slug}"),
        ]


def state_of(app: AppDetail) -> str:
    """`ready`, `missing` (somebody must register Hub there first), or `off`."""
    if not app.enabled:
        return "off"
    return "ready" if app.ready else "missing"


def _row(app: AppDetail, connections: int) -> AppRow:
    return AppRow(
        id=str(app.id),
        href=f"{CATALOGUE}/{app.slug}",
        name=app.name,
        slug=app.slug,
        logo=app.logo,
        initials=initials(app.name),
        state=state_of(app),
        connections=f"{connections:,}",
    )
