"""Where things have their pages, for whoever knows no more of them than their kind and id (`Capability.addresses`)."""

from uuid import UUID

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor


async def address_of(actor: Actor, kind: str, thing_id: UUID) -> str:
    """The address of a thing's page; "" when it is gone, or has none that the actor may see."""
    for capability in capabilities.every():
        if kind in capability.addresses:
            return await capability.addresses[kind](actor, thing_id)
    return ""
