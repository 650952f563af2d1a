"""Who may call which event handler.

Every public function of a state is an event that any client can send, with any arguments and without having opened a
page. Two walls: the middleware (`ui/middleware.py`) refuses each handler without a mark before it
runs, reads the session again and empties a tab that changed hands; the mark's own wrapper holds where one handler calls
another, and for as long as one runs. Neither replaces the check in the service.
"""

import functools
import inspect
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

import orjson
import reflex as rx
from reflex.event import Event, EventSpec
from reflex.istate.proxy import StateProxy
from reflex.state import BaseState
from reflex_base.event.context import EventContext

from hub_app.identity.service import sessions
from hub_app.kernel import audit
from hub_app.kernel.access import session_cookie
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Conflict, EditConflict, Forbidden, HubError, Invalid, Unauthenticated
from hub_app.ui.owner import mark_of

ST = TypeVar("ST", bound=rx.State)
P = ParamSpec("P")
MARK = "__hub_guard__"
PUBLIC = "public"
_MOST_RUNNING = 30

_running: Counter[str] = Counter()
_known: ContextVar[tuple[str, sessions.Login | None] | None] = ContextVar("known", default=None)


class _Changed(HubError):
    """Whoever the page was filled for may see something else by now."""


class FormState(rx.State, mixin=True):
    """A state with a form: what its fields start with and the messages beside them, by name; whether it is being sent."""

    values: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    busy: bool = False

    def _sending(self) -> None:
        """Forget what came of the form when it was sent before."""

    async def _offer_theirs(self, conflict: EditConflict) -> EventSpec:
        """Show what someone else made of the fields meanwhile (ui/edits.py)."""
        return rx.toast.error(conflict.detail)


def _key(state: BaseState) -> str:
    """The key of the tab's session: the front door put it in the cookie's place."""
    return session_cookie(state.router.headers.cookie)


async def learn_login(state: BaseState) -> sessions.Login | None:
    """Who is signed in, read for the event that begins."""
    login = await _read_login(state)
    _known.set((_key(state), login))
    return login


async def _read_login(state: BaseState) -> sessions.Login | None:
    return await sessions.login_of(_key(state), ip=state.router.session.client_ip)


async def current_login(state: rx.State) -> sessions.Login | None:
    """Who is signed in at this moment, with their tenants.

    A background handler reads it anew with each call: _Changed when the tab is no longer of whoever started it, as what.
    """
    known = _known.get()
    if not isinstance(state, StateProxy):
        return known[1] if known is not None and known[0] == _key(state) else await _read_login(state)
    login = await _read_login(state)
    if known is not None and login is not None and mark_of(login) != mark_of(known[1]):
        raise _Changed("Your role or tenant has changed.")
    return login


async def suspension_of(state: rx.State) -> str:
    """Why somebody whose session is good can do nothing: the sentence about their suspended tenants; "" for others."""
    holder = await sessions.holder_of(_key(state), ip=state.router.session.client_ip)
    return sessions.refusal(holder.places).detail if holder and holder.place.is_suspended else ""


async def current_actor(state: rx.State) -> Actor:
    """Who is signed in at this moment; Unauthenticated when nobody is."""
    login = await current_login(state)
    if login is None:
        raise Unauthenticated("Your session has ended. Sign in again.")
    return login.actor


def login_address(state: BaseState) -> str:
    """Where to sign in and come back to this page."""
    url = state.router.url
    here = f"{url.path}?{url.query}" if url.query else url.path
    return f"/login?{urlencode({'next': here})}" if here.strip("/") else "/login"


def signed_out(state: BaseState, *, emptied: bool = False) -> EventSpec:
    """To the sign-in page: nobody is signed in. If the page was filled for someone, what they typed is kept. A page for
    strangers stays, or loads anew when the tab was `emptied`.
    """
    address = login_address(state)
    # The browser knows whether it was. Where the script takes over it never ends, and the redirect does not follow.
    script = f"window.hub?.signedOut({orjson.dumps(address).decode()}, {orjson.dumps(emptied).decode()})"
    return rx.call_script(script, callback=rx.redirect(address, replace=True))


def public(handler: Callable[Concatenate[ST, P], Any]) -> Callable[Concatenate[ST, P], Any]:
    """Mark a handler that anyone may call, signed in or not. Below `@rx.event`."""
    return _wrap(handler, None)


def guarded(role: Role) -> Callable[[Callable[Concatenate[ST, P], Any]], Callable[Concatenate[ST, P], Any]]:
    """Let only members with at least this role call a handler. Below `@rx.event`.

    A HubError that the handler raises is shown: beside the fields of a FormState, else as a toast.
    """

    def decorate(handler: Callable[Concatenate[ST, P], Any]) -> Callable[Concatenate[ST, P], Any]:
        return _wrap(handler, role)

    return decorate


def _wrap(handler: Callable[Concatenate[ST, P], Any], role: Role | None) -> Callable[Concatenate[ST, P], Any]:
    if inspect.isasyncgenfunction(handler) or inspect.isgeneratorfunction(handler):
        wrapper = _generating(handler, role)
    else:
        wrapper = _returning(handler, role)
    setattr(wrapper, MARK, PUBLIC if role is None else role.value)
    return wrapper


def _returning(handler: Callable[..., Any], role: Role | None) -> Callable[..., Any]:
    @functools.wraps(handler)
    async def wrapper(self: rx.State, *args: Any, **kwargs: Any) -> Any:
        try:
            with _place_for(self):
                await _check(self, role)
                result = handler(self, *args, **kwargs)
                return await result if inspect.isawaitable(result) else result
        except HubError as error:
            return await show(self, error, handler=handler)
        except Exception:
            await _free(self)
            raise

    return wrapper


def _generating(handler: Callable[..., Any], role: Role | None) -> Callable[..., Any]:
    @functools.wraps(handler)
    async def wrapper(self: rx.State, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        try:
            with _place_for(self):
                await _check(self, role)
                if inspect.isgeneratorfunction(handler):
                    for item in handler(self, *args, **kwargs):
                        yield item
                    return
                items = handler(self, *args, **kwargs)
                try:
                    async for item in items:
                        yield item
                finally:
                    # A background watcher that is cancelled ends here and now, not when it is collected.
                    await items.aclose()
        except HubError as error:
            yield await show(self, error, handler=handler)
        except Exception:
            await _free(self)
            # Reflex sends nothing of what changed when a handler fails.
            yield None
            raise

    return wrapper


@contextmanager
def _place_for(state: rx.State) -> Iterator[None]:
    """A place among the background handlers that one tab may have; events of these wait for no other's end."""
    if not isinstance(state, StateProxy):
        yield
        return
    tab = EventContext.get().token
    if _running[tab] >= _MOST_RUNNING:
        raise Conflict("Too many actions are running on this page. Reload it.")
    _running[tab] += 1
    try:
        yield
    finally:
        _running[tab] -= 1
        if not _running[tab]:
            del _running[tab]


async def _check(state: rx.State, role: Role | None) -> None:
    if role is not None:
        (await current_actor(state)).require(role)


async def show(state: rx.State, error: HubError, *, handler: Callable[..., Any]) -> EventSpec:
    """What a person sees of a refusal; one for lack of a right is audited, its transaction has rolled back."""
    if isinstance(error, _Changed):
        return rx.call_script("window.location.reload()")
    if isinstance(error, Unauthenticated):
        return signed_out(state)
    login = await _read_login(state) if isinstance(error, Forbidden) else None
    if isinstance(error, Forbidden) and login is not None:
        await audit.record_refusal(login.actor, error, target=handler.__qualname__)
    if not isinstance(state, FormState):
        return rx.toast.error(error.detail)
    if isinstance(error, EditConflict):
        return await _ask(state, error, handler=handler)
    fields = {e.field: e.message for e in error.errors} if isinstance(error, Invalid) else {}
    named = list(fields)
    for name, message in list(fields.items()):
        # What is wrong with one entry (`events.0`) stands beside the field that holds them all.
        fields.setdefault(name.partition(".")[0], message)
    if isinstance(state, StateProxy):
        async with state:
            _settle(state, fields)
    else:
        _settle(state, fields)
    # The browser knows whether the page shows these fields: what is refused is never without a word.
    otherwise = Event.from_event_type(rx.toast.error(error.detail))[0].payload["function"]
    return rx.call_script(f"window.hub.refused({orjson.dumps(named).decode()}, {otherwise})")


async def _ask(state: FormState, error: EditConflict, *, handler: Callable[..., Any]) -> EventSpec:
    state.busy = False
    try:
        return await state._offer_theirs(error)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - a public one would be an event
    except HubError as other:  # It was deleted meanwhile.
        return await show(state, other, handler=handler)


async def _free(state: rx.State) -> None:
    """Let a form be sent again after an error that nobody expected; what people see of that: `reports.report_failure`."""
    if isinstance(state, StateProxy) and isinstance(state, FormState):
        async with state:
            state.busy = False
    elif isinstance(state, FormState):
        state.busy = False


def _settle(state: FormState, fields: dict[str, str]) -> None:
    state.errors = {name: sentence(message) for name, message in fields.items()}
    state.busy = False


def sentence(rule: str) -> str:
    """A field's rule (`must not be empty`) as it stands beside the field (`Must not be empty.`). What REST calls absent
    is an empty field of a form.
    """
    if rule == "is required":
        rule = "must not be empty"
    return f"{rule[:1].upper()}{rule[1:].rstrip('.')}."
