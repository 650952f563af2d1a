"""Events as they come from tabs: Reflex's namespace, with what a client may name and say cut to what pages send."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qs

import reflex as rx
from reflex.app import EventNamespace
from reflex.event import Event
from reflex.state import StateUpdate
from reflex_base.registry import RegistrationContext
from socketio.exceptions import ConnectionRefusedError as Refused

from hub_app.ui.arguments import NOT_PLAIN, characters_of
from hub_app.ui.sockets import PERSON

_ADDRESS_LENGTH = 8 * 1024
_MOST_PARAMETERS = 50
# Events of one tab that wait for their turn. Further ones are not read from the connection until some are done.
_MOST_WAITING = 20
# A long one, such as the steps of a plan, waits alone.
_MOST_LONG_WAITING = 1
_LONG = 64 * 1024
_PAUSE_SECONDS = 0.05
_UNKNOWN = "This page belongs to another version of Hub. Reload it."
_UNREADABLE = (
    "Hub cannot read what was sent: it contains an invalid character or number. Correct what you entered."
)
_TOO_LONG = "The address of this page is too long."


class Events(EventNamespace):
    """What comes from tabs. Nothing is kept of a tab before its first event."""

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        if "token" not in parse_qs(environ.get("QUERY_STRING", "")):
            raise Refused("a tab needs a name")
        await super().on_connect(sid, environ, auth)

    async def link_token_to_sid(self, sid: str, token: str, *, update_state: bool = True) -> None:
        """Reflex would make a state here; the first event does, and tells it the connection just as well."""
        del update_state
        await super().link_token_to_sid(sid, token, update_state=False)

    async def on_event(self, sid: str, data: Any) -> None:
        token = self.sid_to_token.get(sid)
        if token is None:
            return
        event = _read(data)
        if isinstance(event, str):
            await self._say(token, event)
            return
        # What waits is kept: it is looked at before, not when its turn comes.
        characters = characters_of(event["payload"])
        if characters is None:
            await self._say(token, NOT_PLAIN)
            return
        most = _MOST_WAITING if characters < _LONG else _MOST_LONG_WAITING
        processor: Any = self.app.event_processor
        # Reflex's queue is its own; it tells nobody when it gets shorter.
        while len(processor._token_queues.get(token, ())) >= most:  # noqa: ASYNC110, SLF001
            await asyncio.sleep(_PAUSE_SECONDS)
        await super().on_event(sid, event)

    async def on_unreadable(self, sid: str) -> None:
        """In place of a message that was refused at the front door, as is the next one."""
        await self._say(self.sid_to_token.get(sid), _UNREADABLE)

    async def on_too_large(self, sid: str) -> None:
        most = f"{PERSON.message_bytes // 2**20} MiB"
        await self._say(self.sid_to_token.get(sid), f"That is too large. At most {most} can be sent at once.")

    async def _say(self, token: str | None, words: str) -> None:
        if token is not None:
            await self.emit_update(StateUpdate(events=Event.from_event_type(rx.toast.error(words))), token)


def listen(app: rx.App) -> None:
    """Put this namespace in the place of Reflex's own."""
    if app.sio is None or app.event_namespace is None:
        raise RuntimeError("Reflex has set up no websocket")
    events = Events(app.event_namespace.namespace, app)
    # Reflex has no setting for it.
    app._event_namespace = events  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    app.sio.register_namespace(events)


def _read(data: Any) -> dict[str, Any] | str:
    """The event with what Reflex needs of it; else what is wrong with it, in words."""
    if not isinstance(data, Mapping):
        return _UNREADABLE
    given = cast("Mapping[str, Any]", data)
    name, payload, router = given.get("name"), given.get("payload"), given.get("router_data")
    if name not in RegistrationContext.get().event_handlers:
        return _UNKNOWN
    if not isinstance(payload if payload is not None else {}, Mapping):
        return _UNREADABLE
    at = _address(router)
    return _TOO_LONG if at is None else {"name": name, "payload": payload or {}, "router_data": at}


def _address(router: Any) -> dict[str, Any] | None:
    """Where the tab is: path, path with query, and the query's parameters; None when that is too much or none of it."""
    given = cast("Mapping[str, Any]", router if isinstance(router, Mapping) else {})
    query: Any = given.get("query") or {}
    at = {"pathname": given.get("pathname") or "", "asPath": given.get("asPath") or ""}
    if not isinstance(query, Mapping) or len(cast("Mapping[Any, Any]", query)) > _MOST_PARAMETERS:
        return None
    # Of an unknown address Reflex gives the path a second time, in pieces.
    parameters = {name: value for name, value in cast("Mapping[str, Any]", query).items() if name != "splat"}
    texts = [*at.values(), *parameters, *parameters.values()]
    if not all(isinstance(text, str) and "\0" not in text for text in texts):
        return None
    if sum(len(text) for text in texts) > _ADDRESS_LENGTH:
        return None
    return {**at, "query": parameters} if any(at.values()) else {}
