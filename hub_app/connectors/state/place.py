"""Where on a list of executions a page is: its filters, its cursor and its drawer, all from the address."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import reflex as rx

from hub_app.connectors.schemas.runs import ExecutionFilter
from hub_app.kernel.clock import utcnow
from hub_app.ui.inputs import read, read_id
from hub_app.ui.urls import path, query, url_with

HERE = "/connectors/executions"
OUTCOMES = {"succeeded": "Succeeded", "failed": "Failed"}
TRIGGERS = {"run": "Run", "test": "Test", "plan": "Plan"}
SPANS = {"1h": "Last hour", "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days"}
_LENGTHS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
TABS = ("executions", "run")
PARTS = ("response", "request", "headers")


@dataclass(frozen=True)
class Place:
    """What the address asks for. `tab` is "" on the page of all connectors' executions."""

    base: str
    tab: str
    connector: str
    action: str
    outcome: str
    trigger: str
    span: str
    cursor: str
    execution: str
    part: str

    @classmethod
    def of(cls, state: rx.State) -> "Place":
        base = path(state)
        everywhere = base == HERE
        return cls(
            base,
            "" if everywhere else query(state, "tab", TABS),
            query(state, "connector") if everywhere else base.rpartition("/")[2],
            query(state, "action"),
            query(state, "outcome", OUTCOMES),
            query(state, "trigger", TRIGGERS),
            query(state, "span", SPANS),
            query(state, "cursor"),
            query(state, "execution"),
            query(state, "part", PARTS, PARTS[0]),
        )

    @property
    def shows_executions(self) -> bool:
        """Whether the page has a list of executions: the page of all, or one of two tabs of a connector."""
        return self.base == HERE or self.tab != ""

    @property
    def connector_id(self) -> UUID | None:
        """The connector whose executions are shown, None for all; NotFound when it is no id."""
        return read_id(self.connector) if self.connector else None

    @property
    def filtered(self) -> bool:
        narrowed = self.connector if self.base == HERE else ""
        return any((narrowed, self.action, self.outcome, self.trigger, self.span))

    def chosen(self) -> ExecutionFilter:
        """The filters as the service takes them."""
        since = utcnow() - _LENGTHS[self.span] if self.span else None
        return read(
            ExecutionFilter,
            {},
            action=self.action or None,
            outcome=self.outcome or None,
            trigger=self.trigger or None,
            since=since,
        )

    def kept(self) -> dict[str, str]:
        """What the addresses of the list's other pages say too."""
        return {
            "tab": self.tab,
            "connector": self.connector if self.base == HERE else "",
            "action": self.action,
            "outcome": self.outcome,
            "trigger": self.trigger,
            "span": self.span,
        }

    def address(self, **changes: str | None) -> str:
        """The page's address with these changes, without the drawer."""
        return url_with(self.base, **{**self.kept(), "cursor": self.cursor, **changes})
