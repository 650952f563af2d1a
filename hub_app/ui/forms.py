"""Handlers of forms and dialogs: what each of them does before and after its own work."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

import reflex as rx
from pydantic import BaseModel
from reflex.event import EventCallback, EventSpec

from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import presses
from hub_app.ui.guard import FormState, guarded
from hub_app.ui.inputs import form_of, read

In = TypeVar("In", bound=BaseModel)
Next: TypeAlias = EventSpec | EventCallback[()]
Answer: TypeAlias = str | Next | Sequence[Next] | None
"""What a form's handler has done in a toast's words, or what happens next."""


class DialogState(FormState, mixin=True):
    """A state with dialogs, of which one at a time is open: `dialog` names it, "" for none."""

    dialog: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def ask(self, dialog: str) -> None:
        """Open a dialog that needs nothing from the server."""
        self._open(dialog)

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


class RowDialogState(DialogState, mixin=True):
    """A state with dialogs about one of its `rows`, which have an `id` and a `name`."""

    rows: rx.Field[list[Any]] = rx.field(default_factory=list)
    subject_id: str = ""
    subject_name: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def ask_about(self, dialog: str, row_id: str) -> None:
        """Open a dialog about this row."""
        self._about(dialog, row_id)

    def _about(self, dialog: str, row_id: str) -> Any:
        """The row that the dialog is about. Raises NotFound."""
        row = next((one for one in self.rows if one.id == row_id), None)
        if row is None:
            raise NotFound("This no longer exists. Reload the page.")
        self._open(dialog)
        self.subject_id, self.subject_name = row.id, row.name
        return row


def submits(
    role: Role, schema: type[In], *, temporal: bool = True
) -> Callable[[Callable[[Any, In], Awaitable[Answer]]], Any]:
    """A handler that takes a form's data as `schema`.

    Everything around it is done here: the check of the role, showing that the form is being sent, the messages beside
    its fields, closing the dialog (unless the handler opened the next one), and saying what was done.

        @submits(Role.OWNER, InvitationIn)
        async def invite(self, given: InvitationIn) -> str:
            ...
            return f"{given.email} is invited."
    """

    def decorate(handler: Callable[[Any, In], Awaitable[Answer]]) -> Any:
        return _sent(role, handler, lambda self, data: handler(self, read(schema, data)), temporal=temporal)

    return decorate


def submits_data(role: Role) -> Callable[[Callable[[Any, Mapping[str, Any]], Awaitable[Answer]]], Any]:
    """As `submits`, for a form whose data is read in more than one way."""

    def decorate(handler: Callable[[Any, Mapping[str, Any]], Awaitable[Answer]]) -> Any:
        return _sent(role, handler, lambda self, data: handler(self, form_of(data)))

    return decorate


def confirmed(role: Role) -> Callable[[Callable[[Any], Awaitable[Answer]]], Any]:
    """As `submits`, for what a `confirm` asks: it has nothing to enter but the name of what is deleted."""

    def decorate(handler: Callable[[Any], Awaitable[Answer]]) -> Any:
        return _sent(role, handler, lambda self, _: handler(self))

    return decorate


def _sent(
    role: Role,
    handler: Callable[..., Any],
    work: Callable[[Any, Any], Awaitable[Answer]],
    *,
    temporal: bool = True,
) -> Any:
    # Not `__wrapped__`, nor its annotations: an event's arguments are read by them, and they are this function's own.
    @functools.wraps(handler, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    async def wrapper(self: FormState, data: dict[str, Any]) -> AsyncIterator[Next | None]:
        self.busy, self.errors = True, {}
        self._sending()  # pyright: ignore[reportPrivateUsage] - a public one would be an event
        yield None
        with _closing_dialog(self):
            answer = await work(self, data)
        for event in [*presses.saved(), *_events(answer)]:
            yield event

    del wrapper.__wrapped__
    return rx.event(temporal=temporal)(guarded(role)(wrapper))


@contextmanager
def _closing_dialog(state: FormState) -> Generator[None]:
    """Close the dialog when the work is done, unless it opens one itself. After an error it is as it was."""
    dialog = state.dialog if isinstance(state, DialogState) else ""
    try:
        # The browser hears of it when the event has ended.
        if isinstance(state, DialogState):
            state.dialog = ""
        yield
    except BaseException:
        if isinstance(state, DialogState):
            state.dialog = dialog
        raise
    finally:
        state.busy = False
    if isinstance(state, DialogState) and not state.dialog:
        state._open("")  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above


def _events(answer: Answer) -> Sequence[Next]:
    match answer:
        case None:
            return []
        case str():
            return [rx.toast.success(answer)]
        case Sequence():
            return answer
        case _:
            return [answer]
