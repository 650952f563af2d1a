"""API usage over time."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from hub_app.identity.service import report, tokens
from hub_app.identity.service.report import Span
from hub_app.kernel.actor import Role
from hub_app.kernel.paging import MAX_LIMIT, PageRequest
from hub_app.ui import words
from hub_app.ui.guard import current_actor, guarded
from hub_app.ui.lists import FilteredState
from hub_app.ui.page_address import PageAddress, parameter

_SPANS = {span.key: span for span in Span}
_STEP_WORDS = {Span.HOUR: "per 5 minutes", Span.DAY: "per hour", Span.WEEK: "per 6 hours"}


@dataclass(frozen=True)
class RouteRow:
    route: str
    requests: str
    errors: str
    share: str


@dataclass(frozen=True)
class UsageAddress(PageAddress):
    span: str = parameter(_SPANS, default=Span.DAY.key)
    token: str = parameter()


class UsageState(FilteredState, rx.State):
    """The chart, the figures and the busiest routes of a span, for one token or all."""

    loaded: bool = False
    span: str = "day"
    token_id: str = ""
    choices: rx.Field[list[tuple[str, str]]] = rx.field(default_factory=list)
    points: rx.Field[list[dict[str, str | int]]] = rx.field(default_factory=list)
    routes: rx.Field[list[RouteRow]] = rx.field(default_factory=list)
    step_words: str = ""
    requests: str = ""
    errors: str = ""
    rate: str = ""
    _address = UsageAddress

    @rx.event
    @guarded(Role.CUSTOMER_VIEWER)
    async def load(self) -> None:
        actor, address = await current_actor(self), UsageAddress.at(self)
        span = _SPANS[address.span]
        everyone = actor.may(Role.CUSTOMER_ADMIN)
        listed = await tokens.list_tokens(actor, PageRequest(limit=MAX_LIMIT), everyone=everyone)
        known = {str(t.id): f"{t.name} ({t.user_name})" if everyone else t.name for t in listed.items}
        chosen = address.token if address.token in known else ""
        found = await report.summarize(actor, span, UUID(chosen) if chosen else None)
        self.choices = [("", "All"), *known.items()]
        self.span, self.token_id, self.step_words = span.key, chosen, _STEP_WORDS[span]
        self._show(found)
        self._arrived(address)
        self.loaded = True

    def _show(self, found: report.Report) -> None:
        self.points = [
            {
                "at": words.iso(point.start),
                "succeeded": point.succeeded,
                "refused": point.refused,
                "failed": point.failed,
            }
            for point in (found.points if found.requests else [])
        ]
        self.routes = [
            RouteRow(r.route, f"{r.requests:,}", f"{r.errors:,}", _percent(r.requests, found.requests))
            for r in found.routes
        ]
        self.requests, self.errors = f"{found.requests:,}", f"{found.errors:,}"
        self.rate = _percent(found.requests - found.errors, found.requests)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "—"
