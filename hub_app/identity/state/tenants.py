"""The operator's list of tenants, and making one."""

from dataclasses import dataclass

import reflex as rx

from hub_app.identity.schemas.operator import NewTenantIn, OperatedTenant, TenantFilter
from hub_app.identity.service import operated
from hub_app.identity.state.operator import STATE_NAMES, TENANTS, TIER_NAMES, operator
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Forbidden
from hub_app.kernel.settings import get_settings
from hub_app.ui.forms import DialogState, submits
from hub_app.ui.guard import guarded
from hub_app.ui.inputs import read
from hub_app.ui.lists import PagedState
from hub_app.ui.page_address import SearchAddress, parameter
from hub_app.ui.session import initials
from hub_app.ui.shown import shown_once
from hub_app.ui.urls import own_origin


@dataclass(frozen=True)
class TenantsAddress(SearchAddress):
    state: str = parameter(STATE_NAMES)
    tier: str = parameter(TIER_NAMES)

    def filter(self) -> TenantFilter:
        return read(TenantFilter, {}, name=self.q or None, state=self.state or None, tier=self.tier or None)


@dataclass(frozen=True)
class TenantRow:
    href: str
    name: str
    initials: str
    state: str
    tier: str
    members: str
    calls: str
    since: str


class TenantsState(DialogState, PagedState, rx.State):
    """One page of tenants. `refused` for people who do not run this Hub."""

    rows: rx.Field[list[TenantRow]] = rx.field(default_factory=list)
    refused: bool = False
    text: str = ""
    state: str = ""
    tier: str = ""
    made_name: str = ""
    made_href: str = ""
    link: rx.Field[str] = shown_once()
    _address = TenantsAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        try:
            await self._load()
        except Forbidden:
            self.rows, self.refused, self.loaded = [], True, True

    async def _load(self) -> None:
        actor, address = await operator(self), TenantsAddress.at(self)
        self.refused = False
        found = await operated.list_tenants(actor, address.filter(), self._page())
        self.text, self.state, self.tier = address.q, address.state, address.tier
        self.rows = [_row(one) for one in found.items]
        self._turned(found, address)

    def _forget(self) -> None:
        self.link = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def ask_create(self) -> None:
        await operator(self)
        self._open("create")
        self.values = {"tier": get_settings().default_tier}

    @submits(Role.CUSTOMER_VIEWER, NewTenantIn)
    async def create(self, given: NewTenantIn) -> None:
        """Make a tenant and show its owner's link, this once."""
        made, secret = await operated.create_tenant(await operator(self), given)
        await self._load()
        self._open("link")
        self.made_name, self.made_href = made.name, f"{TENANTS}/{made.id}"
        self.link = f"{own_origin(self)}/invite/{secret}"


def _row(tenant: OperatedTenant) -> TenantRow:
    return TenantRow(
        href=f"{TENANTS}/{tenant.id}",
        name=tenant.name,
        initials=initials(tenant.name),
        state=tenant.state.value,
        tier=TIER_NAMES[tenant.tier],
        members=f"{tenant.members:,}",
        calls=f"{tenant.calls_24h:,}",
        since=tenant.created_at.isoformat(),
    )
