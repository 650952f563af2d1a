"""The second wall between tenants: it holds even where a query forgot the tenant.

Every statement of a tenant's session gets `tenant_id = <its tenant>` for every tenant-owned table in it, and a
flush of a foreign row is refused. What the criterion cannot reach (Core statements, text, bulk methods) is refused
here or, where run time cannot see it, by the lint in tests/architecture. On PostgreSQL the policies of
`kernel/policies.py` stand under all this. docs/decisions/0002 says why.
"""

import re
from datetime import datetime
from typing import ClassVar, NoReturn, Protocol, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, UOWTransaction, declared_attr, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.selectable import TextualSelect
from sqlmodel import Field, Session, SQLModel

from hub_app.kernel.clock import utcnow
from hub_app.kernel.ids import new_id

TENANT = "tenant"
SYSTEM = "system"
READ_ONLY = "read_only"
SNAPSHOT = "snapshot"

# Stands where a tenant's id stands, for what belongs to the installation itself.
INSTALLATION = UUID(int=0)

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class TenancyError(RuntimeError):
    """A programming error that would have crossed the wall. Nothing was read or written."""


class _TenantKey:
    """Resolves to the mapped column on a table class. SQLAlchemy asks the unmapped mixin first, where pydantic
    would raise AttributeError for a field.
    """

    def __get__(self, instance: object, owner: type) -> sa.ColumnElement[UUID]:
        if hasattr(owner, "__mapper__"):
            return cast("sa.ColumnElement[UUID]", owner.tenant_id)  # type: ignore[attr-defined]
        return sa.column("tenant_id", sa.Uuid())


class _Owned:
    tenant_key = _TenantKey()


class Table(SQLModel):
    """The base of every table class; the table's name is the class's in snake case."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class TenantScoped(_Owned, Table):
    """Rows of one tenant, whatever their key: what the guard and the policies cover."""

    tenant_id: UUID = Field(
        default=cast("UUID", None), primary_key=True, foreign_key="tenant.id", ondelete="CASCADE"
    )


class TenantOwned(TenantScoped):
    """Rows that belong to one tenant. The primary key is (tenant_id, id): so is every look-up and foreign key."""

    called: ClassVar[str] = "Row"
    """What a message calls such a row (`rows.get`)."""
    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Field(default_factory=utcnow)


class InstallationOwned(Table):
    """Rows above tenants, which the operator keeps. Their secrets are sealed under the installation's id."""

    tenant_id: ClassVar[UUID] = INSTALLATION

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Field(default_factory=utcnow)


def belongs_to(table: str, column: str, *, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    """A foreign key to another row of the same tenant. A plain one would accept a foreign tenant's id."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete
    )


class _Refusing(Protocol):
    def __call__(self, *args: object, **kwargs: object) -> NoReturn: ...


def _refused(name: str) -> _Refusing:
    def method(*_args: object, **_kwargs: object) -> NoReturn:
        raise TenancyError(f"Session.{name} passes by the tenant guard. Use kernel/bulk.py.")

    return method


class HubSession(Session):
    """A session that serves exactly one tenant, or system work that was asked for by name."""

    bulk_save_objects = _refused("bulk_save_objects")  # type: ignore[assignment]
    bulk_insert_mappings = _refused("bulk_insert_mappings")  # type: ignore[assignment]
    bulk_update_mappings = _refused("bulk_update_mappings")  # type: ignore[assignment]
    connection = _refused("connection")  # type: ignore[assignment]


def tenant_of(session: Session) -> UUID:
    """The session's tenant; TenancyError in system work, which has none."""
    tenant = cast("UUID | None", session.info.get(TENANT))
    if tenant is None:
        raise TenancyError("This session has no tenant.")
    return tenant


# The permission that kernel/bulk.py, queue.py and signals.py carry for their Core statements. tests/architecture
# holds that nobody else names it.
PASS = object()


@event.listens_for(HubSession, "do_orm_execute")
def _guard_statement(state: ORMExecuteState) -> None:
    info = state.session.info
    if info.get(READ_ONLY) and not state.is_select:
        raise TenancyError("A read session cannot write.")
    if SYSTEM in info or state.execution_options.get("hub_pass") is PASS:
        return
    tenant = info.get(TENANT)
    if tenant is None:
        raise TenancyError("A session needs a tenant, or a reason for system work.")
    if not state.is_orm_statement:
        raise TenancyError("Core statements pass by the tenant guard. Use kernel/bulk.py.")
    for part in visitors.iterate(cast("sa.ClauseElement", state.statement)):
        if isinstance(part, (TextClause, TextualSelect)):
            raise TenancyError("SQL text passes by the tenant guard.")
    if state.is_insert or (state.is_update and isinstance(state.parameters, (list, tuple))):
        raise TenancyError("Bulk statements pass by the tenant guard. Use kernel/bulk.py.")
    # A plain local variable: the statement cache then binds it anew for each tenant.
    state.statement = state.statement.options(
        with_loader_criteria(TenantScoped, lambda cls: cls.tenant_key == tenant, include_aliases=True)
    )


@event.listens_for(HubSession, "before_flush")
def _guard_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    if session.info.get(READ_ONLY):
        raise TenancyError("A read session cannot write.")
    system = SYSTEM in session.info
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, TenantScoped):
            continue
        if system:
            if cast("UUID | None", row.tenant_id) is None:
                raise TenancyError(f"A new {type(row).__name__} needs its tenant in system work.")
            continue
        tenant = tenant_of(session)
        if row in session.new:
            before = tenant
            if cast("UUID | None", row.tenant_id) is None:
                row.tenant_id = tenant
        else:
            # The committed value too: otherwise a foreign row could be relabelled, which is theft.
            before = sa.inspect(row).committed_state.get("tenant_id", row.tenant_id)
        if row.tenant_id != tenant or before != tenant:
            raise TenancyError(f"A {type(row).__name__} of another tenant cannot be written here.")


@event.listens_for(HubSession, "detached_to_persistent")
def _refuse_forged(session: Session, instance: object) -> None:
    if SYSTEM not in session.info and isinstance(instance, TenantScoped):
        raise TenancyError("A detached row cannot come back into a tenant's session.")
