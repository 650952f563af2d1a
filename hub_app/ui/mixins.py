"""What several states have in common."""

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.ui.guard import FormState, guarded


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
