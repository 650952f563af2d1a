"""What the operator's pages of tenants have in common: who may see them, and words."""

from uuid import UUID

import reflex as rx

from hub_app.kernel.actor import Actor
from hub_app.kernel.settings import TIERS
from hub_app.ui.guard import current_actor
from hub_app.ui.inputs import read_id
from hub_app.ui.urls import path

TENANTS = "/operator/tenants"
TIER_NAMES = {tier: tier.capitalize() for tier in TIERS}
STATE_NAMES = {
    "active": "Active",
    "suspended": "Suspended",
    "deleting": "To be deleted",
    "emptying": "Being deleted",
}


async def operator(state: rx.State) -> Actor:
    """Who is signed in, when they run this Hub. Raises Forbidden."""
    actor = await current_actor(state)
    actor.require_operator()
    return actor


def tenant_of(state: rx.State) -> UUID:
    """The tenant that the page is about. Raises NotFound when its address holds no id."""
    return read_id(path(state).rpartition("/")[2])
