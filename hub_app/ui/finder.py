"""What the palette finds on the server while someone types."""

from dataclasses import dataclass

import reflex as rx

from hub_app.kernel import search
from hub_app.kernel.actor import Role
from hub_app.ui.guard import current_actor, guarded


@dataclass(frozen=True)
class FoundRow:
    """A thing with a name, and the address of its page."""

    name: str
    kind: str
    href: str


class FinderState(rx.State):
    """The things that match what was typed last."""

    found: rx.Field[list[FoundRow]] = rx.field(default_factory=list)

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def search(self, text: str) -> None:
        things = await search.search(await current_actor(self), str(text))
        self.found = [FoundRow(one.name, one.kind, one.href) for one in things]
