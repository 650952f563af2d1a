"""Before every event: whose tab it is, whether they may, whether they still may often enough, and with what."""

from typing import cast

import reflex as rx
from reflex.event import Event, EventSpec
from reflex.state import BaseState, StateUpdate
from reflex_base.event import EventHandler
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from hub_app.identity.service import sessions
from hub_app.kernel import audit
from hub_app.kernel.access import spend_call, spend_look
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import Forbidden
from hub_app.ui import presses
from hub_app.ui.arguments import objection
from hub_app.ui.guard import MARK, PUBLIC, learn_login, signed_out
from hub_app.ui.owner import OwnerState
from hub_app.ui.shown import root_of

# Reflex's own handlers that the browser needs. `setvar` is not among them: it calls any `set_…` with any value; nor is
# what keeps variables in the browser's storage, where Hub has none.
_FRAMEWORK = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "on_load_internal",
        "handle_frontend_exception",
    }
)
# The ones that send a whole page's state: the whole tree is loaded, so that it can be emptied.
_HYDRATES = frozenset({"hydrate", "hydrate_and_load"})


class GuardMiddleware(rx.Middleware):
    """No handler without a mark, no role too low, no tab that belongs to someone else, no more calls than REST allows."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        del app
        presses.begin(event)
        handler = RegistrationContext.get().event_handlers[event.name].handler
        login = await learn_login(state)
        name = event.name.rpartition(".")[2]
        from_reflex = name in _FRAMEWORK and str(handler.fn.__module__).startswith("reflex.")
        loading = from_reflex and name in _HYDRATES
        if not await OwnerState.is_still(root_of(state), login, loading=loading):
            anew = rx.call_script("window.location.reload()")
            return _answer(signed_out(state, emptied=True) if login is None else anew)
        mark = cast("str | None", getattr(handler.fn, MARK, None))
        if not from_reflex and mark != PUBLIC:
            if login is None:
                return _answer(signed_out(state))
            refusal = _refusal(login.actor, mark)
            if refusal is not None:
                await audit.record_refusal(login.actor, refusal, target=event.name)
                return _answer(rx.toast.error(refusal.detail))
        words = _objection(handler, event) or await _spent(handler, login, state)
        return _answer(rx.toast.error(words)) if words else None


def _objection(handler: EventHandler, event: Event) -> str | None:
    if event.payload.get("vars") and handler.fn.__name__ in _HYDRATES:
        return "This page belongs to another version of Hub. Reload it."
    return objection(handler, event.payload)


async def _spent(handler: EventHandler, login: sessions.Login | None, state: BaseState) -> str | None:
    """What to tell who has no call left in this window; None while they have, and for what Hub itself follows up with.

    An event that changes or runs something (marked `temporal`) counts as a call of REST does; any other against an
    allowance of its own, so that nobody loses the screens by using them.
    """
    if EventContext.get().parent_txid is not None:
        return None
    if login is not None and handler.event_actions.get("temporal"):
        allowance = await spend_call(login.actor)
    else:
        allowance = await spend_look(login and login.actor, state.router.session.client_ip)
    if allowance.allowed:
        return None
    return f"Too many requests in a short time. Try again in {allowance.reset} s."


def _refusal(actor: Actor, mark: str | None) -> Forbidden | None:
    if mark is None:
        return Forbidden("No page has this action.")
    try:
        actor.require(Role(mark))
    except Forbidden as error:
        return error
    return None


def _answer(spec: EventSpec) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(spec))
