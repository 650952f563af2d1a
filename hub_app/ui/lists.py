"""What states of lists have in common: filters, pages and a drawer, all of them in the page's address."""

from collections.abc import Sequence
from typing import Any, ClassVar

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Role
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.ui.guard import guarded
from hub_app.ui.page_address import PageAddress

_ROWS = 25


class AddressedState(rx.State, mixin=True):
    """A state that shows what its page's address says. `_address` reads that."""

    _address: ClassVar[type[PageAddress]] = PageAddress


class FilteredState(AddressedState, mixin=True):
    """A state with filters."""

    # Where the last filter leads, for as long as the page is still where it was chosen.
    _left: PageAddress | None = None
    _leads_to: PageAddress | None = None

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def filter(self, name: str, value: str) -> EventSpec:
        """Go to the address with this filter. On a slow line the next one is chosen before the page is there."""
        here = self._address.at(self)
        begin = self._leads_to if self._leads_to is not None and self._left == here else here
        self._left, self._leads_to = here, begin.filtered(name, value)
        return rx.redirect(self._leads_to.url(cursor=""), replace=True)

    def _arrived(self, address: PageAddress) -> None:
        """The page shows what this address says."""
        if address != self._left:
            self._left, self._leads_to = None, None


class PagedState(FilteredState, mixin=True):
    """A state that shows one page of a list. `previous` and `next` lead to its neighbours."""

    loaded: bool = False
    previous: str = ""
    next: str = ""

    def _page(self) -> PageRequest:
        """The page that the address asks for."""
        return page_of(self._address.at(self))

    def _turned(self, found: Slice[Any], address: PageAddress) -> None:
        """The page is there."""
        self._arrived(address)
        self.previous = address.url(cursor=found.previous_cursor) if found.previous_cursor else ""
        self.next = address.url(cursor=found.next_cursor) if found.next_cursor else ""
        self.loaded = True


class BrowsedState(PagedState, mixin=True):
    """A list whose rows, with an `id` and an `href`, open in a drawer. `above` and `below` lead to the selected one's neighbours."""

    selected: str = ""
    above: str = ""
    below: str = ""

    def _beside_selected(self, rows: Sequence[Any]) -> None:
        at = next((n for n, row in enumerate(rows) if row.id == self.selected), None)
        self.above = rows[at - 1].href if at else ""
        self.below = rows[at + 1].href if at is not None and at + 1 < len(rows) else ""


class DrawerState(AddressedState, mixin=True):
    """The drawer over a list: it is open while the address names an `id`, and what it holds is emptied when it closes."""

    id: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def close_drawer(self) -> EventSpec:
        return rx.redirect(self._address.at(self).url())

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def toggle_drawer(self, is_open: bool) -> EventSpec | None:  # noqa: FBT001 - Radix gives the drawer's new state
        return None if is_open is True else rx.redirect(self._address.at(self).url())


def page_of(address: PageAddress, *, rows: int = _ROWS) -> PageRequest:
    """The page of a list that an address asks for."""
    return PageRequest(limit=rows, cursor=address.cursor or None)
