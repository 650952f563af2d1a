"""The tiers, for the operator."""

from dataclasses import dataclass

import reflex as rx

from hub_app.identity.schemas.operator import TierOut
from hub_app.identity.service import operator_usage
from hub_app.identity.state.operator import TENANTS, TIER_NAMES, operator
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Forbidden
from hub_app.ui.guard import guarded
from hub_app.ui.urls import url_with


@dataclass(frozen=True)
class TierRow:
    href: str
    name: str
    calls: str
    setting: str
    tenants: str
    is_default: bool


class TiersState(rx.State):
    """`refused` for people who do not run this Hub."""

    loaded: bool = False
    refused: bool = False
    rows: rx.Field[list[TierRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        try:
            self.rows = [_row(one) for one in await operator_usage.list_tiers(await operator(self))]
            self.refused = False
        except Forbidden:
            self.rows, self.refused = [], True
        self.loaded = True


def _row(tier: TierOut) -> TierRow:
    return TierRow(
        href=url_with(TENANTS, tier=tier.tier),
        name=TIER_NAMES[tier.tier],
        calls=per_window(tier.requests, tier.window_seconds),
        setting=tier.setting,
        tenants=f"{tier.tenants:,}",
        is_default=tier.is_default,
    )


def per_window(calls: int, seconds: int) -> str:
    """`1,000 per minute`, `1,000 per 30 seconds`."""
    window = {1: "second", 60: "minute", 3600: "hour"}.get(seconds, f"{seconds:,} seconds")
    return f"{calls:,} per {window}"
