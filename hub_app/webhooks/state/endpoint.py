"""One endpoint: what its page says above the tabs, and the overview."""

import reflex as rx
from reflex.event import EventSpec

from hub_app.kernel.actor import Role
from hub_app.kernel.errors import NotFound
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.webhooks.schemas import EndpointOut, EndpointPatch
from hub_app.webhooks.service import endpoints, stats
from hub_app.webhooks.state import policies
from hub_app.webhooks.state.address import EndpointAddress
from hub_app.webhooks.state.endpoints import state_of, turned_on_at


class EndpointState(rx.State):
    """The endpoint's facts and its last 24 hours. `missing` when the tenant has none of this id."""

    loaded: bool = False
    missing: bool = False
    tab: str = "overview"
    here: str = ""
    id: str = ""
    name: str = ""
    origin: str = ""
    state: str = ""
    disabled_reason: str = ""
    failing_since: str = ""
    turned_on_at: str = ""
    """When it was turned on although it fails."""
    event_words: str = ""
    policy_words: str = ""
    rate_words: str = ""
    description: str = ""
    created_at: str = ""
    hours: rx.Field[list[dict[str, str | int]]] = rx.field(default_factory=list)
    attempts: str = ""
    success_rate: str = ""
    p50: str = ""
    p95: str = ""

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        address = EndpointAddress.at(self)
        self.tab, self.here = address.tab, address.path
        await self._load()

    async def _load(self) -> None:
        actor = await current_actor(self)
        try:
            endpoint = await endpoints.get_endpoint(actor, EndpointAddress.at(self).id)
        except NotFound:
            self.missing, self.loaded, self.name = True, True, "No such endpoint"
            return
        self.missing = False
        self._show(endpoints.endpoint_out(endpoint))
        if self.tab == "overview":
            self._show_fare((await stats.fares(actor, [endpoint.id]))[endpoint.id])
        self.loaded = True

    def _show(self, endpoint: EndpointOut) -> None:
        self.id = str(endpoint.id)
        self.name, self.origin, self.state = endpoint.name, endpoint.url, state_of(endpoint)
        self.disabled_reason, self.description = endpoint.disabled_reason, endpoint.description
        self.failing_since, self.turned_on_at = words.iso(endpoint.failing_since), turned_on_at(endpoint)
        self.created_at = words.iso(endpoint.created_at)
        self.event_words = ", ".join(endpoint.events) or "All event types"
        policy = endpoint.retry_policy
        self.policy_words = f"{policies.NAMES[policy]}. {policies.retries(policy)}"
        limit = endpoint.rate_limit
        self.rate_words = f"At most {limit} per second" if limit else "No limit"

    def _show_fare(self, fare: stats.Fare) -> None:
        self.hours = [
            {
                "at": words.iso(one.hour),
                "succeeded": one.succeeded,
                "retried": one.retried,
                "failed": one.failed,
            }
            for one in (fare.hours if fare.attempts else [])
        ]
        self.attempts, self.success_rate = f"{fare.attempts:,}", words.share(fare.success_rate)
        self.p50, self.p95 = words.at_most(fare.p50_ms), words.at_most(fare.p95_ms)

    @rx.event(temporal=True)
    @guarded(Role.CUSTOMER_ADMIN)
    async def turn(self, on: bool) -> EventSpec:  # noqa: FBT001 - an event's argument
        """Turn the endpoint on or off."""
        given = EndpointPatch(enabled=on is True)
        changed = await endpoints.update_endpoint(
            await current_actor(self), EndpointAddress.at(self).id, given
        )
        self._show(endpoints.endpoint_out(changed))
        what = "is on. Waiting events are sent now" if changed.enabled else "is off. Its events wait"
        return rx.toast.success(f"{changed.name} {what}.")

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def refresh(self) -> None:
        """Look at the endpoint again, after its settings were saved."""
        await self._load()
