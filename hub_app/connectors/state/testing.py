"""Testing a connector: one call, and what the API said."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from hub_app.connectors.schemas.runs import TestIn, TestOut
from hub_app.connectors.service import runs
from hub_app.connectors.state.address import ConnectorAddress
from hub_app.connectors.state.connector import ConnectorState
from hub_app.connectors.state.credentials import CredentialsState
from hub_app.kernel.actor import Role
from hub_app.kernel.validation import refusals
from hub_app.ui import words
from hub_app.ui.forms import Next, submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import header_lines, read, read_json


class ConnectorTestState(FormState, rx.State):
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
        self.values, self.errors, self.busy = {"method": "GET", "endpoint": "/"}, {}, False
        self._sending()

    def _sending(self) -> None:
        self.answered, self.title, self.advice, self.headers, self.body = False, "", "", "", ""

    @submits_data(Role.ENGINEER)
    async def send(self, data: Mapping[str, Any]) -> list[Next]:
        with refusals() as refused:
            body = None
            if data.get("method") != "GET":
                body = refused.part(lambda: read_json(data, "body", empty="null"), None)
            given = read(TestIn, data, body=body)
        one = ConnectorAddress.at(self).id
        self._show(await runs.test_connector(await current_actor(self), one, given))
        return [CredentialsState.refresh, ConnectorState.refresh]

    def _show(self, out: TestOut) -> None:
        self.answered = True
        self.verdict = {True: "accepted", False: "refused", None: "unknown"}[out.is_valid]
        if out.ok and out.is_valid is not False:
            self.verdict = "accepted"
        self.title = words.phrase(out.status_code) if out.status_code else "No response"
        said = f"{out.error.detail} {out.advice}".strip() if out.error else out.advice
        self.advice = said or "The API accepted the call."
        self.duration, self.body = words.duration(out.duration_ms), words.pretty(out.body)
        self.headers = header_lines(out.headers)
        self.href = ConnectorAddress.at(self).url(tab="executions", execution=str(out.execution_id))
