"""One execution, in the drawer: what was sent, what came back, and how to do it again."""

from uuid import UUID

import reflex as rx
from reflex.event import EventSpec

from hub_app.apiclient.errors import advice
from hub_app.connectors.schemas.connectors import ConnectorOut
from hub_app.connectors.schemas.runs import ExecutionDetail
from hub_app.connectors.service import connectors, executions
from hub_app.connectors.state.address import TRIGGERS, ConnectorAddress
from hub_app.connectors.state.rerun import curl_of, parameters_of
from hub_app.kernel import links
from hub_app.kernel.actor import Actor, Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import header_lines, read_id
from hub_app.ui.lists import DrawerState
from hub_app.ui.urls import url_with


class ExecutionState(DrawerState, rx.State):
    """The open drawer."""

    what: str = ""
    connector: str = ""
    connector_href: str = ""
    outcome: str = ""
    answer: str = ""
    failure: str = ""
    advice: str = ""
    needs_credential: bool = False
    trigger: str = ""
    duration: str = ""
    pages: str = ""
    cached: bool = False
    created_at: str = ""
    call: str = ""
    request_headers: str = ""
    request_body: str = ""
    response_headers: str = ""
    response: str = ""
    truncated: bool = False
    curl: str = ""
    again: str = ""
    """Where to run it again with the same parameters; "" when they cannot be told."""
    plan: str = ""
    """The run of a plan that it was a step of; "" for none."""
    part: str = ""
    here: str = ""
    """The drawer's own address, without its part."""
    _address = ConnectorAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        address = ConnectorAddress.at(self)
        if not address.execution or not address.shows_executions:
            self._forget()
            return None
        self.part, self.here = address.part, address.url(execution=address.execution)
        try:
            await self._show(await current_actor(self), read_id(address.execution))
        except NotFound as error:
            self._forget()
            return rx.toast.error(error.detail)
        return None

    async def _show(self, actor: Actor, execution_id: UUID) -> None:
        detail = await executions.get_execution(actor, execution_id)
        connector = await connectors.get_connector(actor, detail.integration_id)
        self.id, self.what, self.connector = str(detail.id), detail.action or "Test", connector.display_name
        self.connector_href = f"/connectors/{connector.id}"
        self.outcome, self.call = "succeeded" if detail.ok else "failed", f"{detail.method} {detail.url}"
        self.answer = words.phrase(detail.status_code) if detail.status_code is not None else ""
        self.failure = "" if detail.ok else detail.error_detail or _error(detail)
        self.advice = "" if detail.ok else advice(detail.error_kind)
        self.needs_credential = detail.error_kind in {"auth", "credential"}
        self.trigger = (
            f"{TRIGGERS[detail.trigger]}, {detail.actor}" if detail.actor else TRIGGERS[detail.trigger]
        )
        self.duration, self.cached = words.duration(detail.duration_ms), detail.cached
        self.pages, self.created_at = str(detail.pages), words.iso(detail.created_at)
        self.request_headers = header_lines(detail.request_headers)
        self.request_body = words.pretty(detail.request_body)
        self.response_headers = header_lines(detail.response_headers)
        self.response, self.truncated = words.pretty(detail.response_body), detail.truncated
        self.curl, self.again = curl_of(detail, connector), _again(detail, connector)
        run = detail.plan_run_id
        self.plan = await links.address_of(actor, "plan_run", run) if run else ""

    def _forget(self) -> None:
        self.id, self.request_body, self.response, self.response_headers, self.curl = "", "", "", "", ""
        self.request_headers, self.call, self.again, self.plan = "", "", "", ""


def _error(detail: ExecutionDetail) -> str:
    """An execution's error in a line, when it has no sentence of its own."""
    if detail.status_code is None:
        return words.answer(None, detail.error_kind)
    return f"The API answered {words.phrase(detail.status_code)}."


def _again(detail: ExecutionDetail, connector: ConnectorOut) -> str:
    """The console's address with this execution's parameters; "" when they cannot be told."""
    action = next((one for one in connector.actions if one.id == detail.action), None)
    if action is None or parameters_of(detail, action, connector) is None:
        return ""
    return url_with(f"/connectors/{connector.id}", tab="run", action=action.id, again=str(detail.id))
