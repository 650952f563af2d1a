"""What the connectors' pages show, from their addresses."""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from hub_app.connectors.schemas.actions import Action
from hub_app.connectors.schemas.connectors import ConnectorOut
from hub_app.connectors.schemas.runs import ExecutionFilter
from hub_app.ui.inputs import read, read_id
from hub_app.ui.page_address import PageAddress, parameter
from hub_app.ui.spans import SPANS, since

EXECUTIONS = "/connectors/executions"
TABS = ("actions", "run", "connection", "credentials", "import", "executions")
RESULTS = {"succeeded": "Succeeded", "failed": "Failed"}
TRIGGERS = {"run": "Run", "test": "Test", "plan": "Plan"}
PARTS = ("response", "request", "headers")


@dataclass(frozen=True)
class ConnectorAddress(PageAddress):
    """Of one connector's page, and of that with all connectors' executions, which has no tab but may name a connector.

    `new`, `copy` and `again` say what a form starts with: nothing, another action, an earlier execution.
    """

    tab: str = parameter(TABS, default=TABS[0])
    connector: str = parameter()
    action: str = parameter()
    outcome: str = parameter(RESULTS)
    trigger: str = parameter(TRIGGERS)
    span: str = parameter(SPANS)
    execution: str = parameter(stays=False)
    part: str = parameter(PARTS, default=PARTS[0], stays=False)
    new: str = parameter(stays=False)
    copy: str = parameter(stays=False)
    again: str = parameter(stays=False)

    @property
    def is_of_all(self) -> bool:
        """Whether this is the page with all connectors' executions."""
        return self.path == EXECUTIONS

    @property
    def shows_executions(self) -> bool:
        return self.is_of_all or self.tab in {"run", "executions"}

    @property
    def shown_connector(self) -> str:
        """The connector whose executions are shown; "" for all."""
        return self.connector if self.is_of_all else self.path.rpartition("/")[2]

    @property
    def connector_id(self) -> UUID | None:
        """The same; None for all. Raises NotFound when it is no id."""
        return read_id(self.shown_connector) if self.shown_connector else None

    def shown_action(self, connector: ConnectorOut) -> Action | None:
        """The action that the run tab shows: the one that is named, or else the first; None without any."""
        named = next((one for one in connector.actions if one.id == self.action), None)
        return named or next(iter(connector.actions), None)

    @property
    def is_filtered(self) -> bool:
        return any((self.connector, self.action, self.outcome, self.trigger, self.span))

    def filter_of_executions(self) -> ExecutionFilter:
        return read(
            ExecutionFilter,
            {},
            action=self.action or None,
            outcome=self.outcome or None,
            trigger=self.trigger or None,
            since=since(self.span),
        )

    def filtered(self, name: str, value: str) -> Self:
        # An action belongs to one connector.
        here = replace(self, action="") if name == "connector" else self
        return super(ConnectorAddress, here).filtered(name, value)
