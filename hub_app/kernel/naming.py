"""Things that have a name, found by a part of it: what the palette leads to besides pages.

A capability that has some puts `async def named(actor, text, limit) -> list[Named]` into its `service`; it answers with
what the actor may see.
"""

from dataclasses import dataclass

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor

_EACH = 6


@dataclass(frozen=True, slots=True)
class Named:
    """A thing: its name, what kind it is (`Endpoint`), and its page."""

    name: str
    kind: str
    href: str


async def search(actor: Actor, text: str) -> list[Named]:
    """What is called so, a few of each kind; nothing for an empty text."""
    text = text.strip()[:100]
    if not text:
        return []
    found: list[Named] = []
    for service in capabilities.rooms("service"):
        if hasattr(service, "named"):
            found += await service.named(actor, text, _EACH)
    return found
