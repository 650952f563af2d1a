"""What every page tells somebody, above all else, until it is dealt with (`Capability.notices`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Notice:
    """A title and a sentence, and where to deal with it: an address, and the words of its link."""

    title: str
    text: str
    href: str
    link: str


async def notices_for(actor: Actor) -> Sequence[Notice]:
    """Everything that this person is to be told now."""
    every = [one.notices for one in capabilities.every() if one.notices is not None]
    return [notice for notices in every for notice in await notices(actor)]
