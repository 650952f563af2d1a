"""The sidebar's entries: each capability's `pages.py` has a list `NAV`, found by being there."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import reflex as rx

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Role
from hub_app.ui.elements import Flag
from hub_app.ui.session import Session

# The order of the groups. The first has no heading; the last is the operator's.
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


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page in the sidebar and the palette. `group` is one of GROUPS; `order` counts within the group.

    NAV = [NavEntry("Endpoints", "/webhooks/endpoints", "webhook", group="Webhooks", order=1)]
    """

    label: str
    href: str
    icon: str
    group: str = ""
    order: int = 0
    min_role: Role = Role.CUSTOMER_VIEWER
    external: bool = False  # not a screen: loaded as a document of its own, such as the API reference

    @property
    def seen_by(self) -> Flag | None:
        """Whether the signed-in person may see it; None when everyone may."""
        if self.group == "Operator":
            return Session.is_operator
        return role_met(self.min_role)


@dataclass(frozen=True, slots=True)
class NavGroup:
    label: str
    entries: tuple[NavEntry, ...]

    @property
    def seen_by(self) -> Flag | None:
        """Whether the signed-in person may see any of it."""
        if self.label == "Operator":
            return Session.is_operator
        return role_met(min((entry.min_role for entry in self.entries), key=lambda role: role.rank))


def role_met(role: Role) -> Flag | None:
    """Whether the signed-in person has at least this role; None when every member does."""
    return {
        Role.CUSTOMER_VIEWER: None,
        Role.ENGINEER: Session.is_engineer,
        Role.CUSTOMER_ADMIN: Session.is_admin,
        Role.OWNER: Session.is_owner,
    }[role]


def groups() -> Iterator[NavGroup]:
    """All groups that have an entry, in order."""
    found: list[NavEntry] = [
        entry for pages in capabilities.rooms("pages") for entry in getattr(pages, "NAV", ())
    ]
    found.sort(key=lambda entry: (GROUPS.index(entry.group), entry.order))
    for label, entries in groupby(found, key=lambda entry: entry.group):
        yield NavGroup(label, tuple(entries))


def shown_to(seen_by: Flag | None, content: rx.Component) -> rx.Component:
    """`content`, for those who may see it."""
    return content if seen_by is None else rx.cond(seen_by, content, rx.fragment())
