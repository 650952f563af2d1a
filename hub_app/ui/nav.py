"""The sidebar's entries (`kernel/navigation.py`), and who sees them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import reflex as rx

from hub_app.kernel import capabilities
from hub_app.kernel.actor import Role
from hub_app.kernel.navigation import NavEntry, rank
from hub_app.ui.elements import Flag
from hub_app.ui.session import SessionState


@dataclass(frozen=True, slots=True)
class NavGroup:
    label: str
    entries: tuple[NavEntry, ...]

    @property
    def seen_by(self) -> Flag | None:
        """Whether the signed-in person may see any of it."""
        if self.label == "Operator":
            return SessionState.is_operator
        return role_met(min((entry.min_role for entry in self.entries), key=lambda role: role.rank))


def entry_seen_by(entry: NavEntry) -> Flag | None:
    """Whether the signed-in person may see it; None when everyone may."""
    return SessionState.is_operator if entry.group == "Operator" else role_met(entry.min_role)


def role_met(role: Role) -> Flag | None:
    """Whether the signed-in person has at least this role; None when every member does."""
    return {
        Role.CUSTOMER_VIEWER: None,
        Role.ENGINEER: SessionState.is_engineer,
        Role.CUSTOMER_ADMIN: SessionState.is_admin,
        Role.OWNER: SessionState.is_owner,
    }[role]


def groups() -> Iterator[NavGroup]:
    """All groups that have an entry, in order."""
    found = [entry for capability in capabilities.every() for entry in capability.navigation]
    found.sort(key=lambda entry: (rank(entry.group), entry.order))
    for label, entries in groupby(found, key=lambda entry: entry.group):
        yield NavGroup(label, tuple(entries))


def shown_to(seen_by: Flag | None, content: rx.Component) -> rx.Component:
    """`content`, for those who may see it."""
    return content if seen_by is None else rx.cond(seen_by, content, rx.fragment())
