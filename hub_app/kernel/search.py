"""Things found by a part of their name: what the palette leads to besides pages (`Capability.search`)."""

from dataclasses import dataclass

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor

_EACH = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A thing: its name, what kind it is (`Endpoint`), and its page."""

    name: str
    kind: str
    href: str


async def search(actor: Actor, text: str) -> list[Found]:
    """What has this text in its name and the actor may see, a few of each kind; nothing for an empty text."""
    text = text.strip()[:100]
    if not text:
        return []
    return [
        one
        for capability in capabilities.every()
        if capability.search is not None
        for one in await capability.search(actor, text, _EACH)
    ]
