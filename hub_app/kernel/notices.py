"""What somebody must know on whatever page they are (`Capability.notices`): the frame shows it above the page."""

from dataclasses import dataclass
from typing import Literal

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence or two, and a link to the page on which something can be done about it.

    Notice("The audit log does not verify.", "Audit verification", "/operator/audit-verification", "danger")
    """

    text: str
    label: str
    href: str
    tone: Literal["warning", "danger"] = "warning"


async def notices_for(actor: Actor) -> list[Notice]:
    """What every capability has to say to the actor."""
    return [
        notice
        for capability in capabilities.every()
        if capability.notices is not None
        for notice in await capability.notices(actor)
    ]
