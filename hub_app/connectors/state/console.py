"""The run console of a connector: one action, a form of its parameters, and what came back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import reflex as rx
from pydantic import JsonValue
from reflex.event import EventSpec

from hub_app.apiclient.errors import advice
from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import ConnectorOut
from hub_app.connectors.schemas.runs import RunIn, RunOut
from hub_app.connectors.service import connectors, executions, response_cache, runs
from hub_app.connectors.state.address import ConnectorAddress
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.rerun import curl_of, parameters_of
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import words
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import is_on, read, read_id
from hub_app.ui.parameters.fields import ParameterField, fields_of
from hub_app.ui.parameters.reading import read_parameters
from hub_app.ui.urls import url_with

# What a person reads of an answer; the execution has the first 64 KiB.
_SHOWN_CHARACTERS = 20_000
_UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True)
class ActionLink:
    id: str
    name: str
    method: str
    href: str


class ConsoleState(FormState, rx.State):
    """The chosen action and the last answer. What is shown stays while a drawer opens and closes over it."""

    loaded: bool = False
    links: rx.Field[list[ActionLink]] = rx.field(default_factory=list)
    connector: str = ""
    is_active: bool = True
    action: str = ""
    name: str = ""
    method: str = ""
    endpoint: str = ""
    description: str = ""
    cache: str = ""
    """For how long answers are kept; "" when they are not."""
    fields: rx.Field[list[ParameterField]] = rx.field(default_factory=list)
    answered: bool = False
    ok: bool = False
    status: str = ""
    duration: str = ""
    pages: int = 0
    cached: bool = False
    more: bool = False
    failure: str = ""
    advice: str = ""
    needs_credential: bool = False
    data: str = ""
    cut: bool = False
    curl: str = ""
    href: str = ""
    _shown: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = ConnectorAddress.at(self)
        if address.tab != "run":
            self._leave()
            return
        actor = await current_actor(self)
        try:
            connector = await connectors.get_connector(actor, address.id)
        except NotFound:
            self._leave()
            return
        self.connector, self.is_active = connector.display_name, connector.is_active
        self.links = [
            ActionLink(one.id, one.name, one.method, url_with(address.path, tab="run", action=one.id))
            for one in connector.actions
        ]
        chosen = address.shown_action(connector)
        shown = f"{connector.id} {connector.updated_at} {chosen and chosen.id} {address.again}"
        if chosen is None:
            self._leave()
        elif shown != self._shown:
            self._show(chosen, await _again(actor, address.again, chosen, connector), shown)
        self.loaded = True

    def _leave(self) -> None:
        self.loaded, self._shown, self.action, self.fields = False, "", "", []
        self._sending()

    def _sending(self) -> None:
        self.answered, self.errors, self.data, self.curl = False, {}, "", ""

    def _show(self, action: Action, values: dict[str, JsonValue] | None, shown: str) -> None:
        self._sending()
        self._shown, self.action, self.name = shown, action.id, action.name
        self.method, self.endpoint = action.method, action.endpoint
        self.description = action.description
        self.cache = _seconds(action.cache_seconds) if action.cache_seconds else ""
        self.fields = fields_of(action.parameters, values, form=shown)

    @submits_data(Role.ENGINEER)
    async def run(self, data: Mapping[str, Any]) -> list[Next]:
        """Run the chosen action with what the form holds."""
        actor, address = await current_actor(self), ConnectorAddress.at(self)
        connector = await connectors.get_connector(actor, address.id)
        action = next((one for one in connector.actions if one.id == self.action), None)
        if action is None:
            raise NotFound("This action no longer exists. Choose another one.")
        filled, fresh = read_parameters(action.parameters, data), is_on(data.get("fresh"))
        given = read(RunIn, {}, params=filled.params, omit=filled.omit, fresh=fresh)
        out = await runs.run_action(actor, address.id, action.id, given)
        self.curl = curl_of(await executions.get_execution(actor, out.execution_id), connector)
        self._answer(out, address)
        shown = rx.call_script("document.getElementById('answer')?.scrollIntoView({block: 'nearest'})")
        # The run may have shown that the credential works, or that it does not.
        return [ConnectorState.refresh, shown]

    def _answer(self, out: RunOut, address: ConnectorAddress) -> None:
        self.answered, self.ok = True, out.ok
        self.status = words.phrase(out.status_code) if out.status_code is not None else ""
        self.duration, self.pages = words.duration(out.duration_ms), out.pages
        self.cached, self.more = out.cached, out.more
        kind = out.error.kind if out.error else ""
        self.failure, self.advice = out.error.detail if out.error else "", advice(kind)
        self.needs_credential = kind in {"auth", "credential"}
        text = "" if out.data is None else orjson.dumps(out.data, option=orjson.OPT_INDENT_2).decode()
        self.data, self.cut = text[:_SHOWN_CHARACTERS], len(text) > _SHOWN_CHARACTERS
        self.href = address.url(action=self.action, execution=str(out.execution_id))

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def clear_cache(self) -> EventSpec:
        """Forget the kept answers of all of the connector's actions."""
        await response_cache.clear_cache(await current_actor(self), ConnectorAddress.at(self).id)
        return rx.toast.success("The cache is cleared. The next run calls the API.")


async def _again(
    actor: Actor, execution: str, action: Action, connector: ConnectorOut
) -> dict[str, JsonValue] | None:
    """The parameters of an earlier execution that the address names; None when there is none."""
    if not execution:
        return None
    try:
        detail = await executions.get_execution(actor, read_id(execution))
    except NotFound:
        return None
    same = detail.integration_id == connector.id and detail.action == action.id
    return parameters_of(detail, action, connector) if same else None


def _seconds(seconds: int) -> str:
    """`45 seconds`, `10 minutes`, `2 hours`."""
    length, word = next(unit for unit in _UNITS if seconds % unit[0] == 0)
    count = seconds // length
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
