"""One delivery, in the drawer: what went wrong, its attempts, what was sent and what came back."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from hub_app.apiclient.call import curl
from hub_app.apiclient.errors import advice
from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import header_lines, read_id
from hub_app.ui.lists import DrawerState
from hub_app.webhooks.delivery.payload import message_id
from hub_app.webhooks.schemas import AttemptOut, DeliveryDetail, DeliveryOut
from hub_app.webhooks.service import deliveries
from hub_app.webhooks.state.address import EndpointAddress

_TRIGGERS = {"manual": "resent", "test": "test", "replay": "replayed"}
# A receiver is not asked for anything, so it cannot be asked for less.
_ADVICE = {
    "timeout": "Check that the receiver responds before it starts processing.",
    "too_large": "Check that the receiver sends few headers, and short ones.",
}
_LINES = {
    "retrying": "Hub will try again.",
    "failed": "Hub will not try again. No data is lost: resend the delivery when the receiver is ready.",
    "expired": "It became too old to be sent. No data is lost: resend it when the receiver is ready.",
}


@dataclass(frozen=True)
class AttemptRow:
    number: str
    href: str
    at: str
    tone: str
    what: str
    duration: str


class DeliveryState(DrawerState, rx.State):
    """The open drawer."""

    type: str = ""
    message: str = ""
    status: str = ""
    failure: str = ""
    advice: str = ""
    attempts: rx.Field[list[AttemptRow]] = rx.field(default_factory=list)
    attempt: str = ""
    """The number of the attempt that is shown."""
    problem: str = ""
    """What went wrong with it."""
    next_at: str = ""
    body: str = ""
    request_headers: str = ""
    response_headers: str = ""
    response: str = ""
    curl: str = ""
    part: str = ""
    here: str = ""
    """The drawer's own address with the attempt, without the part."""
    _address = EndpointAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> EventSpec | None:
        address = EndpointAddress.at(self)
        if not address.delivery or address.tab != "deliveries":
            self._forget()
            return None
        try:
            found = await deliveries.get_delivery(await current_actor(self), read_id(address.delivery))
            fill(self, found, address)
        except NotFound as error:
            self._forget()
            return rx.toast.error(error.detail)
        return None

    def _forget(self) -> None:
        self.id, self.body, self.response, self.response_headers, self.curl = "", "", "", "", ""
        self.attempts, self.attempt, self.problem = [], "", ""

    @rx.event(temporal=True)
    @guarded(Role.ENGINEER)
    async def resend(self) -> EventSpec:
        actor = await current_actor(self)
        sent = await deliveries.resend(actor, read_id(self.id))
        fill(self, await deliveries.get_delivery(actor, sent.id), EndpointAddress.at(self))
        return rx.toast.success("The delivery is being sent again.")


def fill(drawer: DeliveryState, detail: DeliveryDetail, address: EndpointAddress) -> None:
    """Show a delivery in the drawer, as the address says. (No method: Reflex makes an event of every public one.)"""
    last = detail.attempts_made[-1] if detail.attempts_made else None
    drawer.id, drawer.type, drawer.message = str(detail.id), detail.event_type, message_id(detail.id)
    drawer.status, drawer.next_at = shown_status(detail), words.iso(detail.next_attempt_at)
    drawer.failure, drawer.advice = _failure(detail, last)
    drawer.part = address.part
    drawer.attempts = [_attempt(one, address) for one in reversed(detail.attempts_made)]
    drawer.body = words.pretty(detail.payload)
    drawer.request_headers = "\n".join(
        [
            "content-type: application/json",
            f"webhook-id: {drawer.message}",
            "webhook-timestamp: time of the attempt",
            "webhook-signature: v1,… over id, timestamp and body",
        ]
    )
    drawer.curl = _curl(drawer.message, detail.payload)
    chosen = next((one for one in detail.attempts_made if str(one.number) == address.attempt), None)
    drawer.here = address.url(delivery=address.delivery, attempt=str(chosen.number) if chosen else "")
    _fill_attempt(drawer, chosen or last)


def _fill_attempt(drawer: DeliveryState, shown: AttemptOut | None) -> None:
    """Show what came of one attempt."""
    drawer.attempt = str(shown.number) if shown else ""
    drawer.problem = shown.error_detail if shown else ""
    drawer.response = words.pretty(shown.response_body) if shown else ""
    drawer.response_headers = header_lines(shown.response_headers) if shown else ""


def shown_status(delivery: DeliveryOut) -> str:
    """A delivery's status, with `retrying` for one that waits after a failed attempt."""
    return "retrying" if delivery.status == "pending" and delivery.attempts else delivery.status


def _failure(detail: DeliveryDetail, last: AttemptOut | None) -> tuple[str, str]:
    """What went wrong, and what to do; both "" for a delivery that goes well."""
    status = shown_status(detail)
    if status not in _LINES:
        return "", ""
    what = last.error_detail if last and last.error_detail else "It was never sent."
    todo = what_to_do(last.error_kind) if last else ""
    return what, f"{todo} {_LINES[status]}".strip()


def what_to_do(kind: str) -> str:
    """What to do about a delivery that ended in an error of this kind; "" for none."""
    return _ADVICE.get(kind) or advice(kind, server="the receiver", url="the endpoint's URL")


def _attempt(attempt: AttemptOut, address: EndpointAddress) -> AttemptRow:
    what = (
        words.phrase(attempt.status_code) if attempt.status_code else words.answer(None, attempt.error_kind)
    )
    trigger = _TRIGGERS.get(attempt.trigger)
    number = str(attempt.number)
    # The request is the same each time: whoever chooses an attempt wants to see what came of it.
    part = "headers" if address.part == "headers" else "response"
    return AttemptRow(
        number=number,
        href=address.url(delivery=address.delivery, part=part, attempt=number),
        at=words.iso(attempt.started_at),
        tone="danger" if attempt.error_kind else "success",
        what=f"{what} ({trigger})" if trigger else what,
        duration=words.duration(attempt.duration_ms),
    )


def _curl(message: str, payload: str) -> str:
    """The request for a shell, without what is secret: address and signature come from variables."""
    headers = {"content-type": "application/json", "webhook-id": message}
    secrets = [f'-H "webhook-{part}: $WEBHOOK_{part.upper()}"' for part in ("timestamp", "signature")]
    return curl("POST", '"$WEBHOOK_URL"', headers, payload, arguments=secrets)
