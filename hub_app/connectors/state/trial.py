"""Testing a connector: one call, and what the API said."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import orjson
import reflex as rx
from pydantic import JsonValue
from reflex.event import EventCallback, EventSpec

from hub_app.connectors.schemas.runs import TestIn, TestOut
from hub_app.connectors.service import runs
from hub_app.connectors.state.connector import Connector
from hub_app.connectors.state.credentials import Credentials
from hub_app.connectors.state.where import address, connector_id
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid
from hub_app.ui import words
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import header_lines, read


class ConnectorTrial(FormState, rx.State):
    """The answer to the last test, while the tab is open. `verdict` is `accepted`, `refused` or `unknown`."""

    answered: bool = False
    verdict: str = ""
    title: str = ""
    advice: str = ""
    duration: str = ""
    headers: str = ""
    body: str = ""
    href: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    def load(self) -> None:
        self.errors, self.busy = {}, False
        self._forget()

    def _forget(self) -> None:
        self.answered, self.title, self.advice, self.headers, self.body = False, "", "", "", ""

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def send(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | EventCallback[()] | None]:
        self.busy, self.errors = True, {}
        self._forget()
        yield None
        given = read(TestIn, data, body=_json(data))
        self._show(await runs.test_connector(await current_actor(self), connector_id(self), given))
        self.busy = False
        yield Credentials.refresh
        yield Connector.refresh

    def _show(self, out: TestOut) -> None:
        self.answered = True
        self.verdict = {True: "accepted", False: "refused", None: "unknown"}[out.is_valid]
        if out.ok and out.is_valid is not False:
            self.verdict = "accepted"
        self.title = words.phrase(out.status_code) if out.status_code else "No answer"
        said = f"{out.error.detail} {out.advice}".strip() if out.error else out.advice
        self.advice = said or "The API accepted the call."
        self.duration, self.body = words.duration(out.duration_ms), words.pretty(out.body)
        self.headers = header_lines(out.headers)
        self.href = address(self, tab="executions", execution=str(out.execution_id))


def _json(data: object) -> JsonValue:
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    text = str(form.get("body", ""))
    if not text.strip() or form.get("method") == "GET":
        return None
    try:
        return cast("JsonValue", orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise Invalid.field("body", f"is not valid JSON: {error}") from None
