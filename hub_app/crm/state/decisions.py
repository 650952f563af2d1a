"""What the lists of conflicts and of possible duplicates have in common: the chosen one is shown beside them."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.crm.differences import Piece
from hub_app.kernel.errors import NotFound
from hub_app.kernel.paging import Slice
from hub_app.ui.inputs import read_id
from hub_app.ui.lists import BrowsedState
from hub_app.ui.page_address import PageAddress

HERE = "/crm/conflicts"
TABS = ("conflicts", "duplicates")
KINDS = {
    "clients": "Client",
    "projects": "Project",
    "invoices": "Invoice",
    "events": "Event",
    "contracts": "Contract",
}


class _Identified(Protocol):
    id: UUID


One = TypeVar("One", bound=_Identified)


@dataclass(frozen=True)
class SideRow:
    """A field as `ui.sides` takes it."""

    key: str
    label: str
    before: str
    first: list[Piece]
    second: list[Piece]
    chosen: str
    open: bool
    seen: str


class DecisionsState(BrowsedState, mixin=True):
    """One page of the list. `lost`: the address names one that is not there."""

    filtered: bool = False
    lost: bool = False

    def _beside(
        self, found: Slice[Any], chosen: Any, named: str, address: PageAddress, rows: Sequence[Any]
    ) -> str:
        """Show which of the rows is at the right. The address of the one that comes next, or of the list when there is none."""
        self._turned(found, address)
        self.lost = bool(named) and chosen is None
        self.selected = str(chosen.id) if chosen else ""
        self._beside_selected(rows)
        others = [row.href for row in rows if row.id != self.selected]
        return self.below or self.next or (others[0] if others else self.previous) or address.url()


async def chosen_of(page: Slice[One], named: str, get: Callable[[UUID], Awaitable[One]]) -> One | None:
    """The one that the address names, on the page or not; without a name the first. None when there is none."""
    if not named:
        return page.items[0] if page.items else None
    found = next((one for one in page.items if str(one.id) == named), None)
    with suppress(NotFound):  # The page says so.
        found = found or await get(read_id(named))
    return found


def moved_on(before: str, now: str) -> EventSpec | None:
    """After a decision the next one is shown: the keyboard goes on there."""
    return rx.call_script("window.hub.focusSides()") if before and before != now else None
