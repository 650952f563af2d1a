"""The list of endpoints, and adding one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx

from hub_app.kernel.actor import Role
from hub_app.kernel.validation import refusals
from hub_app.ui import words
from hub_app.ui.components.stat import spark_points
from hub_app.ui.forms import DialogState, Next, submits_data
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.inputs import read, read_headers, read_words, with_urls
from hub_app.ui.lists import PagedState
from hub_app.ui.page_address import PageAddress
from hub_app.ui.urls import url_with
from hub_app.webhooks.delivery.retry import RetryPolicy
from hub_app.webhooks.schemas import EndpointIn, EndpointOut
from hub_app.webhooks.service import endpoints, events, stats
from hub_app.webhooks.state import policies

HERE = "/webhooks/endpoints"


@dataclass(frozen=True)
class EndpointRow:
    id: str
    href: str
    name: str
    origin: str
    state: str
    failing_since: str
    turned_on_at: str
    rate: str
    spark: str
    last_at: str


class EndpointsState(DialogState, PagedState, rx.State):
    """One page of endpoints, each with its last 24 hours."""

    rows: rx.Field[list[EndpointRow]] = rx.field(default_factory=list)
    known_types: str = ""
    policies: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        self._open("")
        actor = await current_actor(self)
        found = await endpoints.list_endpoints(actor, self._page())
        ids = [one.id for one in found.items]
        fares = await stats.fares(actor, ids)
        latest = await stats.last_deliveries(actor, ids)
        self.rows = [
            _row(endpoints.endpoint_out(one), fares[one.id], latest.get(one.id)) for one in found.items
        ]
        self._turned(found, PageAddress.at(self))

    @rx.event
    @guarded(Role.CUSTOMER_ADMIN)
    async def ask_create(self) -> None:
        self.known_types = ",".join(await events.type_names(await current_actor(self)))
        self.policies = policies.explained()
        self._open("create")
        self.values = {"retry_policy": RetryPolicy.EXPONENTIAL.value}

    @submits_data(Role.CUSTOMER_ADMIN)
    async def create(self, data: Mapping[str, Any]) -> list[Next]:
        """Register the endpoint and go to its page."""
        urls = {"url": str(data.get("url", ""))}
        given = await with_urls(lambda: endpoint_of(data), urls)
        made = await endpoints.create_endpoint(await current_actor(self), given)
        return [
            rx.toast.success(f"{made.name} is added. New events are sent there."),
            rx.redirect(url_with(f"{HERE}/{made.id}", tab="settings")),
        ]


def endpoint_of(data: Mapping[str, Any]) -> EndpointIn:
    """What the forms of an endpoint send. Raises Invalid, by their fields."""
    with refusals() as refused:
        return read(
            EndpointIn,
            data,
            events=read_words(data.get("events")),
            rate_limit=str(data.get("rate_limit", "")).strip() or None,
            headers=refused.part(lambda: read_headers(str(data.get("headers", ""))), {}),
        )


def state_of(endpoint: EndpointOut) -> str:
    """`enabled`, `off`, or `failing` when nothing got through of late."""
    if not endpoint.enabled:
        return "off"
    return "enabled" if endpoint.failing_since is None else "failing"


def turned_on_at(endpoint: EndpointOut) -> str:
    """When an endpoint was turned on since it fails; "" when it was not, or works."""
    since, on = endpoint.failing_since, endpoint.turned_on_at
    return words.iso(on) if endpoint.enabled and since and on and on > since else ""


def _row(endpoint: EndpointOut, fare: stats.Fare, last_at: datetime | None) -> EndpointRow:
    return EndpointRow(
        id=str(endpoint.id),
        href=f"{HERE}/{endpoint.id}",
        name=endpoint.name,
        origin=endpoint.url,
        state=state_of(endpoint),
        failing_since=words.iso(endpoint.failing_since),
        turned_on_at=turned_on_at(endpoint),
        rate=words.share(fare.success_rate) if fare.attempts else "",
        spark=spark_points(_rates(fare.hours), high=1),
        last_at=words.iso(last_at),
    )


def _rates(hours: Sequence[stats.HourCount]) -> list[float]:
    """The success rate of each hour since the first attempt; an hour without any carries on with the one before."""
    rates: list[float] = []
    for one in hours:
        tried = one.succeeded + one.retried + one.failed
        if tried:
            rates.append(one.succeeded / tried)
        elif rates:
            rates.append(rates[-1])
    return rates
