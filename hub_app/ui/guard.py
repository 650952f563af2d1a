"""Who may call which event handler.

Every public function of a state is an event that any client can send, with any arguments and without having opened a
page (facts/reflex.md §1). Two walls: the middleware refuses each handler without a mark before it runs, reads the
session again and empties a tab that changed hands; the mark's own wrapper holds where one handler calls another.
Neither replaces the check in the service.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

import orjson
import reflex as rx
from reflex.event import Event, EventSpec
from reflex.istate.proxy import StateProxy
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext

from hub_app.identity.service import sessions
from hub_app.kernel import audit
from hub_app.kernel.access import session_cookie
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import EditConflict, Forbidden, HubError, Invalid, Unauthenticated

ST = TypeVar("ST", bound=rx.State)
P = ParamSpec("P")
MARK = "__hub_guard__"
PUBLIC = "public"
_NOBODY = "nobody"

# Reflex's own handlers that the browser needs. `setvar` is not among them: it calls any `set_…` with any value.
_FRAMEWORK = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "on_load_internal",
        "update_vars_internal",
        "handle_frontend_exception",
    }
)
# The ones that send a whole page's state: the whole tree is loaded, so that it can be emptied.
_HYDRATES = frozenset({"hydrate", "hydrate_and_load"})

_known: ContextVar[tuple[str, sessions.Login | None] | None] = ContextVar("known", default=None)


class Owner(rx.State):
    """Whose tab this is: what its state holds was read for this person in this tenant."""

    _owner: str = ""

    @classmethod
    async def is_still(cls, root: BaseState, login: sessions.Login | None, *, emptying: bool) -> bool:
        """Whether the tab belongs to this login. A page that loads (`emptying`) is made theirs, with nothing left."""
        owner = _NOBODY if login is None else f"{login.actor.user_id} {login.actor.tenant_id}"
        kept = await root.get_state(cls)
        if kept._owner not in {"", owner}:  # noqa: SLF001 - a backend variable of this very class
            if not emptying:
                return False
            root.reset()
        kept._owner = owner  # noqa: SLF001 - as above
        return True


class FormState(rx.State, mixin=True):
    """A state with a form: the messages beside its fields, by field name, and whether it is being sent."""

    errors: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    busy: bool = False

    async def _offer_theirs(self, conflict: EditConflict) -> EventSpec:
        """Show what someone else made of the fields meanwhile (ui/edits.py)."""
        return rx.toast.error(conflict.detail)


def _key(state: BaseState) -> str:
    """The key of the tab's session: the front door put it in the cookie's place."""
    return session_cookie(state.router.headers.cookie)


async def _read_login(state: BaseState) -> sessions.Login | None:
    return await sessions.login_of(_key(state), ip=state.router.session.client_ip)


async def current_login(state: rx.State) -> sessions.Login | None:
    """Who is signed in at this moment, with their tenants. A background handler reads it anew with each call."""
    if not isinstance(state, StateProxy):
        known = _known.get()
        if known is not None and known[0] == _key(state):
            return known[1]
    return await _read_login(state)


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
            await _check(self, role)
            result = handler(self, *args, **kwargs)
            return await result if inspect.isawaitable(result) else result
        except HubError as error:
            return await show(self, error, handler=handler)

    return wrapper


def _generating(handler: Callable[..., Any], role: Role | None) -> Callable[..., Any]:
    @functools.wraps(handler)
    async def wrapper(self: rx.State, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        try:
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

    return wrapper


async def _check(state: rx.State, role: Role | None) -> None:
    if role is not None:
        (await current_actor(state)).require(role)


async def show(state: rx.State, error: HubError, *, handler: Callable[..., Any]) -> EventSpec:
    """What a person sees of a refusal; one for lack of a right is audited, its transaction has rolled back."""
    if isinstance(error, Unauthenticated):
        return rx.redirect(login_address(state), replace=True)
    login = await current_login(state)
    if isinstance(error, Forbidden) and login is not None:
        await audit.record_refusal(login.actor, error, target=handler.__qualname__)
    if not isinstance(state, FormState):
        return rx.toast.error(error.detail)
    if isinstance(error, EditConflict):
        return await _ask(state, error, handler=handler)
    fields = {e.field: e.message for e in error.errors} if isinstance(error, Invalid) else {}
    for name, message in list(fields.items()):
        # What is wrong with one entry (`events.0`) stands beside the field that holds them all.
        fields.setdefault(name.partition(".")[0], message)
    if isinstance(state, StateProxy):
        async with state:
            _settle(state, fields)
    else:
        _settle(state, fields)
    toast = rx.toast.error(error.detail)
    if not fields:
        return toast
    # The browser knows whether the page shows these fields: what is refused is never without a word.
    otherwise = Event.from_event_type(toast)[0].payload["function"]
    return rx.call_script(f"window.hub.refused({orjson.dumps(list(fields)).decode()}, {otherwise})")


async def _ask(state: FormState, error: EditConflict, *, handler: Callable[..., Any]) -> EventSpec:
    state.busy = False
    try:
        return await state._offer_theirs(error)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - a public one would be an event
    except HubError as other:  # It was deleted meanwhile.
        return await show(state, other, handler=handler)


def _settle(state: FormState, fields: dict[str, str]) -> None:
    state.errors = {name: sentence(message) for name, message in fields.items()}
    state.busy = False


class GuardMiddleware(rx.Middleware):
    """Before every event: no handler without a mark, no role too low, no tab that belongs to someone else."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        del app
        function = RegistrationContext.get().event_handlers[event.name].handler.fn
        login = await _read_login(state)
        _known.set((_key(state), login))
        name = event.name.rpartition(".")[2]
        from_reflex = name in _FRAMEWORK and str(function.__module__).startswith("reflex.")
        if not await Owner.is_still(_root(state), login, emptying=from_reflex and name in _HYDRATES):
            return _answer(rx.call_script("window.location.reload()"))
        mark = cast("str | None", getattr(function, MARK, None))
        if from_reflex or mark == PUBLIC:
            return None
        if login is None:
            return _answer(rx.redirect(login_address(state), replace=True))
        refusal = _refusal(login.actor, mark)
        if refusal is None:
            return None
        await audit.record_refusal(login.actor, refusal, target=event.name)
        return _answer(rx.toast.error(refusal.detail))


def _refusal(actor: Actor, mark: str | None) -> Forbidden | None:
    if mark is None:
        return Forbidden("This is not an action of any page.")
    try:
        actor.require(Role(mark))
    except Forbidden as error:
        return error
    return None


def sentence(rule: str) -> str:
    """A field's rule (`must not be empty`) as it stands beside the field (`Must not be empty.`)."""
    return f"{rule[:1].upper()}{rule[1:].rstrip('.')}."


def _root(state: BaseState) -> BaseState:
    while state.parent_state is not None:
        state = state.parent_state
    return state


def _answer(spec: EventSpec) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(spec))
