"""Sending a test event to an endpoint, and what it answered."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import orjson
import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Role
from hub_app.kernel.errors import Invalid
from hub_app.ui import words
from hub_app.ui.guard import FormState, current_actor, guarded
from hub_app.ui.inputs import read
from hub_app.ui.urls import path, url_with
from hub_app.webhooks.schemas import DeliveryDetail, TrialIn
from hub_app.webhooks.service import events, trials
from hub_app.webhooks.state.endpoint import endpoint_id, tab_of

DATA = '{\n  "message": "This is a test event from Hub."\n}'


class Trial(FormState, rx.State):
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
        if tab_of(self) == "test":
            known = await events.type_names(await current_actor(self))
            standard = TrialIn().type
            self.types = [(name, name) for name in [standard, *(n for n in known if n != standard)]]

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def send(self, data: dict[str, Any]) -> AsyncIterator[EventSpec | None]:
        self.busy, self.errors, self.answered = True, {}, False
        yield None
        given = read(TrialIn, data, data=_json(data))
        sent = await trials.send_test(await current_actor(self), endpoint_id(self), given)
        self.busy = False
        self._show(sent)

    def _show(self, sent: DeliveryDetail) -> None:
        self.href = url_with(path(self), tab="deliveries", delivery=str(sent.id))
        last = sent.attempts_made[-1] if sent.attempts_made else None
        self.answered, self.succeeded = True, sent.status == "succeeded"
        if last is None:
            self.title, self.detail = "The test was not sent.", "The endpoint changed meanwhile. Try again."
            return
        self.title = words.phrase(last.status_code) if last.status_code else "No answer"
        self.detail = last.error_detail or "The receiver accepted the test."
        self.duration, self.response = words.duration(last.duration_ms), last.response_body


def _json(data: object) -> object:
    form = cast("Mapping[str, object]", data if isinstance(data, Mapping) else {})
    try:
        return orjson.loads(str(form.get("data", "")))
    except orjson.JSONDecodeError as error:
        raise Invalid.field("data", f"is not valid JSON: {error}") from None
