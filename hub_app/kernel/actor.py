"""Who is acting: the one argument every use case takes, and the one place where it is checked."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID

from hub_app.kernel.errors import Forbidden

Via = Literal["browser", "token", "system"]


class Role(StrEnum):
    """What a member may do in a tenant; each role includes the ones below it."""

    OWNER = "owner"
    CUSTOMER_ADMIN = "customer_admin"
    ENGINEER = "engineer"
    CUSTOMER_VIEWER = "customer_viewer"

    @property
    def rank(self) -> int:
        """Higher may do more."""
        return _RANKS[self]

    @property
    def label(self) -> str:
        return _LABELS[self]

    def includes(self, other: "Role") -> bool:
        return self.rank >= other.rank


_RANKS = {Role.CUSTOMER_VIEWER: 0, Role.ENGINEER: 1, Role.CUSTOMER_ADMIN: 2, Role.OWNER: 3}
_LABELS = {
    Role.CUSTOMER_VIEWER: "Customer viewer",
    Role.ENGINEER: "Engineer",
    Role.CUSTOMER_ADMIN: "Customer admin",
    Role.OWNER: "Owner",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in person, a token's owner, or Hub itself, inside one tenant.

    `scopes` is None in the browser, where the role alone decides; a token may do what both its scopes and
    its owner's role of this moment allow.
    """

    tenant_id: UUID
    user_id: UUID | None
    role: Role
    via: Via
    name: str
    email: str = ""
    ip: str = ""
    tier: str = "free"
    scopes: frozenset[str] | None = None
    token_id: UUID | None = None
    session_id: UUID | None = None
    is_operator: bool = False

    def may(self, role: Role, scope: str | None = None) -> bool:
        return self.role.includes(role) and self._has_scope(scope)

    def require(self, role: Role, scope: str | None = None) -> None:
        """Raise Forbidden, naming what is missing, unless this actor has the role and the scope."""
        if not self.role.includes(role):
            raise Forbidden(f"{role.label} role required")
        if not self._has_scope(scope):
            raise Forbidden(f"Scope {scope} required")

    def require_operator(self) -> None:
        """Raises Forbidden for everybody but the operator of the installation."""
        if not self.is_operator:
            raise Forbidden("Operator required")

    @property
    def person(self) -> UUID:
        """The user who acts. Raises Forbidden for Hub's own work."""
        if self.user_id is None:
            raise Forbidden("A signed-in person is required")
        return self.user_id

    def _has_scope(self, scope: str | None) -> bool:
        if scope is None or self.scopes is None:
            return True
        verb = scope.partition(":")[0]
        return not self.scopes.isdisjoint({scope, f"{verb}:*", "admin:*"})


def system_actor(tenant_id: UUID, name: str) -> Actor:
    """Hub's own work in a tenant (`Dispatcher`, `Scheduler`), for audit entries and events."""
    return Actor(tenant_id=tenant_id, user_id=None, role=Role.OWNER, via="system", name=name)
