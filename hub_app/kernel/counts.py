"""What a tenant has, in numbers (`Capability.status`)."""

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor


async def of_tenant(actor: Actor) -> dict[str, dict[str, int]]:
    """What every capability counts of the actor's tenant, by what is counted."""
    counted: dict[str, dict[str, int]] = {}
    for capability in capabilities.every():
        for name, count in capability.status.items():
            counted.setdefault(name, {}).update(await count(actor))
    return counted
