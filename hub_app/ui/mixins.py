"""What several states have in common."""

from typing import Any

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.kernel.paging import PageRequest, Slice
from hub_app.ui.guard import FormState, guarded
from hub_app.ui.urls import query, url_with

_ROWS = 25


class PagedState(rx.State, mixin=True):
    """A state that shows one page of a list; the address says which. `previous` and `next` lead to its neighbours."""

    loaded: bool = False
    previous: str = ""
    next: str = ""

    def _page(self) -> PageRequest:
        """The page that the address asks for."""
        return PageRequest(limit=_ROWS, cursor=query(self, "cursor") or None)

    def _turned(self, found: Slice[Any], here: str, **kept: str) -> None:
        """The page is there. `kept` is what else its neighbours' addresses say: tab and filters."""
        self.previous = url_with(here, **kept, cursor=found.previous_cursor) if found.previous_cursor else ""
        self.next = url_with(here, **kept, cursor=found.next_cursor) if found.next_cursor else ""
        self.loaded = True


class DialogState(FormState, mixin=True):
    """A state with dialogs, of which one at a time is open: `dialog` names it, "" for none."""

    dialog: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def close(self) -> None:
        self._open("")

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def toggle(self, is_open: bool) -> None:  # noqa: FBT001 - Radix gives the dialog's new state
        if is_open is not True:
            self._open("")

    def _open(self, dialog: str) -> None:
        """Open a dialog, or none, as if nothing had been entered."""
        self.dialog, self.errors, self.busy = dialog, {}, False
        self._forget()

    def _forget(self) -> None:
        """Empty what is shown in a dialog alone, such as a secret."""
