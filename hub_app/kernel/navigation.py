"""Where pages are, as the sidebar and the palette list them (`Capability.navigation`)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hub_app.kernel.actor import Actor, Role

_FIRST = ("", "Webhooks", "Connectors", "CRM", "Tickets", "Apps")
_LAST = ("Governance", "Developers", "Settings", "Operator")


def rank(group: str) -> tuple[int, str]:
    """Where a group stands: those of the outside systems first, then whatever capabilities bring, then what governs all. The
    first has no heading; the last is the operator's.
    """
    if group in _FIRST:
        return _FIRST.index(group), ""
    if group in _LAST:
        return len(_FIRST) + 1 + _LAST.index(group), ""
    return len(_FIRST), group


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page. `order` counts within the group. `waiting` tells how many things on it wait for the person: the number stands
    beside the entry.

    NavEntry("Endpoints", "/webhooks/endpoints", "webhook", group="Webhooks", order=1)
    """

    label: str
    href: str
    icon: str
    group: str = ""
    order: int = 0
    min_role: Role = Role.CUSTOMER_VIEWER
    waiting: Callable[[Actor], Awaitable[int]] | None = None
    external: bool = False  # not a screen: loaded as a document of its own, such as the API reference
