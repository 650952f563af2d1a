"""Sending a test event to an endpoint, and what it answered."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.kernel.validation import refusals
from hub_app.ui import words
from hub_app.ui.forms import submits_data
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import read, read_json
from hub_app.webhooks.schemas import DeliveryDetail, TrialIn
from hub_app.webhooks.service import events, testing
from hub_app.webhooks.state.address import EndpointAddress

DATA = '{\n  "message": "This is a test event from Hub."\n}'


class EndpointTestState(FormState, rx.State):
    """The answer to the last test, while the tab is open."""

    types: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    answered: bool = False
    succeeded: bool = False
    title: str = ""
    detail: str = ""
    duration: str = ""
    response: str = ""
    href: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self.answered, self.errors, self.busy, self.response = False, {}, False, ""
        if EndpointAddress.at(self).tab == "test":
            known = await events.type_names(await current_actor(self))
            standard = TrialIn().type
            self.types = [(name, name) for name in [standard, *(n for n in known if n != standard)]]

    def _sending(self) -> None:
        self.answered = False

    @submits_data(Role.ENGINEER)
    async def send(self, data: Mapping[str, Any]) -> None:
        with refusals() as refused:
            given = read(TrialIn, data, data=refused.part(lambda: read_json(data, "data"), None))
        self._show(await testing.send_test(await current_actor(self), EndpointAddress.at(self).id, given))

    def _show(self, sent: DeliveryDetail) -> None:
        self.href = EndpointAddress.at(self).url(tab="deliveries", delivery=str(sent.id))
        last = sent.attempts_made[-1] if sent.attempts_made else None
        self.answered, self.succeeded = True, sent.status == "succeeded"
        if last is None:
            self.title, self.detail = (
                "The test was not sent.",
                "The endpoint was changed in the meantime. Try again.",
            )
            return
        self.title = words.phrase(last.status_code) if last.status_code else "No response"
        self.detail = last.error_detail or "The receiver accepted the test."
        self.duration, self.response = words.duration(last.duration_ms), last.response_body
