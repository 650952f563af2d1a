"""Where pages are, as the sidebar and the palette list them (`Capability.navigation`)."""

from dataclasses import dataclass

from hub_app.kernel.actor import Role

GROUPS = (
    "",
    "Webhooks",
    "Connectors",
    "CRM",
    "Tickets",
    "Apps",
    "Governance",
    "Developers",
    "Settings",
    "Operator",
)
"""In this order. The first has no heading; the last is the operator's."""


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page. `group` is one of GROUPS; `order` counts within the group.

    NavEntry("Endpoints", "/webhooks/endpoints", "webhook", group="Webhooks", order=1)
    """

    label: str
    href: str
    icon: str
    group: str = ""
    order: int = 0
    min_role: Role = Role.CUSTOMER_VIEWER
    external: bool = False  # not a screen: loaded as a document of its own, such as the API reference
