"""Fills a database: every table that a capability declares, found by being there, in SQL alone (100,000 rows in a second or two).

Tables that grow with use get all their rows in one tenant, spread over a hundred days; those that people fill by hand are
spread over many tenants. A row is its number: ids and times grow with it, columns with a default have it, and other
columns hold the number as text. Where that would be no row of Hub's, SHAPES says what is.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import sqlalchemy as sa
from pydantic_core import PydanticUndefined
from sqlmodel import SQLModel

from hub_app.kernel import capabilities, db, engines

SPAN = timedelta(days=100)
# More than two steps of cleaning.
_A_FEW = 250
# The catalogue and the like: as many rows as there are names in the code, whatever happens.
FIXED = {"alembic_version", "hub_process", "installation", "oauth_app", "schedule"}
_CHEAP_PROBES = (
    "do $$ begin execute format('alter database %I set random_page_cost = 1.1', current_database()); end $$"
)
_OF_CLIENTS = (
    "sync_conflict", "sync_data", "sync_duplicate", "sync_finding", "sync_intent", "sync_job", "sync_link", "sync_log",
    "sync_quarantine", "sync_record", "sync_reference", "sync_seen", "sync_version",
)  # fmt: skip
# As many, where most have had their time and each goes in the test; or where each is looked at.
FEWER = {"job": 4000, **dict.fromkeys(_OF_CLIENTS, 8000)}
# What people make by hand: a tenant has dozens. All tenants together have many.
BY_HAND = {
    "api_token", "connector", "connector_action", "connector_credential", "crm_account", "event_type", "hub_user", "invitation",
    "consent_revocation", "crm_export", "crm_export_piece", "erased_person", "membership", "note_template", "oauth_client", "oauth_connection", "oauth_flow", "plan",
    "plan_version", "privacy_file", "privacy_request", "psa_member_mapping", "session_template", "sync_collection", "sync_connection", "sync_stream", "tenant",
    "webhook_endpoint", "webhook_secret",
}  # fmt: skip
_ODD = "case when n % 2 = 1 then {} else {} end"
# Of `event` and `webhook_delivery`: each type has one outcome, so that a filter by both may find nothing among many.
_TYPE = _ODD.format("'task.created'", "'order.paid'")
# Fewer wait than may wait of a plan.
_ENDED = "case when n % 50 = 0 then 'pending' when n % 2 = 1 then 'succeeded' else 'failed' end"
# Of one endpoint most of what did not succeed, as of one that is off for a week.
_WAITING = "case when n % 16 in (0, 4, 8) then 'pending' when n % 2 = 1 then 'succeeded' else 'failed' end"
# Each has several records.
_DAY = "'20' || (10 + n % 16) || '-' || (10 + n % 3) || '-' || (10 + n % 19)"
_FIELDS = """'{"company": {"hub": "a", "source": "b", "base": "c"}}'"""
SHAPES: dict[str, dict[str, str]] = {
    "cached_answer": {"expires_at": "a few at"},
    "event_key": {"expires_at": "a few at"},
    "invitation": {"expires_at": "a few at"},
    "login_session": {"expires_at": "a few at", "last_seen_at": "later"},
    "run_key": {"expires_at": "a few at"},
    "api_usage": {"route": _ODD.format("'/v1/a'", "'/v1/b'"), "status_class": "2", "requests": "1"},
    "audit_verification": {"source": "'scheduler'", "outcome": "'whole'", "finished_at": "at"},
    "audit_entry": {"action": "'list'", "sequence": "n + 1000000", "via": "'browser'"},
    "connector": {"auth_type": "'none'"},
    "crm_account": {"auth_type": "'api_key'"},
    "crm_export": {"expires_at": "a few at"},
    "crm_file": {"expires_at": "a few at"},
    "consent_grant": {
        "consent_type": _ODD.format("'THIRD_PARTY'", "'MARKETING'"), "resource_type": "'slack'", "source": "'rest'"
    },
    "event": {"type": _TYPE, "payload": "'{}'"},
    "execution": {
        "action": _ODD.format("'list'", "'get'"),
        "error_kind": _ODD.format("'timeout'", "''"),
        "trigger": _ODD.format("'run'", "'plan'"),
        "method": "'GET'",
    },
    "job": {"kind": "'webhooks.recover'", "family": "'webhooks'", "status": "'succeeded'", "finished_at": "at"},
    "membership": {"role": "'engineer'"},
    "oauth_connection": {
        "app_id": "id", "client_id": "null", "expires_at": "later", "refresh_token": "raw"
    },
    "oauth_flow": {"app_id": "id", "client_id": "null", "expires_at": "later"},
    "plan_run": {"status": _ENDED, "trigger": "'event'", "due_at": "later"},
    "plan_run_step": {"status": "'succeeded'"},
    "privacy_request": {"kind": "'export'", "status": "'ready'"},
    "psa_connection": {"provider": "'connectwise'"},
    "psa_member_mapping": {"matched_by": "'email'"},
    "psa_post_log": {
        "status": "case when n % 9 = 0 then 'failed' else 'posted' end", "note_type": "'resolution'", "due_at": "later",
        "finished_at": "at", "ticket_id": "'' || n",
    },
    "sync_collection": {"family": "'crm'"},
    "sync_conflict": {
        "link_id": "id", "connection_id": "of sync_connection", "fields": _FIELDS,
        "status": _ODD.format("'open'", "'resolved'"),
    },
    "sync_connection": {"family": "'crm'", "provider": "'tave'", "status": "'connected'"},
    "sync_duplicate": {
        "collection_id": "of sync_collection", "second_id": "one before", "why": "'email'",
        "status": _ODD.format("'open'", "'dismissed'"),
    },
    "sync_finding": {"kind": _ODD.format("'create'", "'change'"), "resource": "'clients'"},
    "sync_intent": {"status": "'done'", "kind": "'update'"},
    "sync_job": {
        "type": _ODD.format("'full_import'", "'incremental_sync'"), "outcome": "'success'",
        "status": "case when n % 8 = 0 then 'failed' else 'completed' end", "finished_at": "at", "due_at": "later",
    },
    # A stream's mapping is of its first version.
    "sync_link": {"mapping_version": "1", "synced_version": "1"},
    "sync_log": {"level": _ODD.format("'info'", "'warning'"), "resource": "'clients'"},
    "sync_quarantine": {
        "connection_id": "of sync_connection", "status": _ODD.format("'open'", "'dismissed'")
    },
    "sync_record": {
        "name": "'Client ' || n", "email": "n || '@clients.example'", "phone": "'+44' || (7000000000 + n)",
        "search": "'client ' || n || ' ' || n || '@clients.example'", "date": _DAY,
        "status": _ODD.format("'Lead'", "'Booked'"), "value": "n",
    },
    # Some venues are named by every second wedding.
    "sync_reference": {"target_id": "one of twenty, or none"},
    "sync_stream": {"resource": "'clients'"},
    "sync_version": {"kind": "'updated'"},
    "tenant": {"tier": "'free'"},
    "work_session": {"status": _ODD.format("'paused'", "'ended'"), "title": "'Session ' || n", "psa_ticket_id": "'' || n"},
    "webhook_attempt": {"trigger": "'schedule'", "duration_ms": "12"},
    "webhook_delivery": {
        "event_type": _TYPE, "status": _WAITING, "due_at": "later", "finished_at": "at", "expires_at": "later"
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Filling:
    """How much: `rows` of each table that grows, in `tenant_id`; `by_hand` of the others, in `tenants` tenants.

    `parents` are rows of the tenant, by table, that what grows belongs to. `only` these tables, when given; `shapes` go before SHAPES.
    """

    tenant_id: UUID
    parents: dict[str, list[UUID]]
    rows: int = 20_000
    by_hand: int = 8000
    tenants: int = 800
    only: frozenset[str] = frozenset()
    shapes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    span: timedelta = SPAN
    until: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def amount(self, table: sa.Table) -> int:
        if table.name in FIXED or (self.only and table.name not in self.only):
            return 0
        if table.name == "tenant" or _is_one_of_each_tenant(table):
            return self.tenants
        return self.by_hand if table.name in BY_HAND else min(self.rows, FEWER.get(table.name, self.rows))


async def fill(given: Filling) -> None:
    """Fill the connected database. Foreign keys and triggers are not asked; the planner knows the result."""
    capabilities.load_tables()
    models = {str(cast("sa.Table", m.local_table).name): m.class_ for m in SQLModel._sa_registry.mappers}  # noqa: SLF001 - no public name
    engine = engines.make_engine(db.current().engine.url, foreign_keys=False)
    async with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(sa.text("set session_replication_role = replica"))
        for table in SQLModel.metadata.sorted_tables:
            if given.amount(table):
                statement = _statement(connection.dialect.name, table, models[table.name], given)
                await connection.execute(sa.text(statement))
        await connection.commit()
        if connection.dialect.name == "postgresql":
            await connection.execute(sa.text("analyze"))
            # As disks are today. The planner then takes to indexes as early as it would at four times the rows.
            await connection.execute(sa.text(_CHEAP_PROBES))
            await connection.commit()
    await engine.dispose()


def _is_one_of_each_tenant(table: sa.Table) -> bool:
    alone = [
        {"tenant_id"} == set(one.columns.keys())
        for one in table.constraints
        if isinstance(one, sa.UniqueConstraint)
    ]
    return any(alone) or [column.name for column in table.primary_key] == ["tenant_id"]


def _plain(column: sa.Column[object]) -> object:
    return column.type.impl_instance if isinstance(column.type, sa.types.TypeDecorator) else column.type


def _statement(dialect: str, table: sa.Table, model: type[SQLModel], given: Filling) -> str:
    spread = table.name in BY_HAND or _is_one_of_each_tenant(table)
    sql = _Sql(dialect, given, given.amount(table), spread)
    columns = {column.name: sql.value(table, column, model) for column in table.columns}
    series = (
        f"with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < {sql.amount}) "
        if dialect == "sqlite"
        else f"with numbers(n) as (select generate_series(1, {sql.amount})) "
    )
    return f"insert into {table.name} ({', '.join(columns)}) {series} select {', '.join(columns.values())} from numbers"


@dataclass(frozen=True)
class _Sql:
    """SQL expressions of `n`, the row's number, in a dialect."""

    dialect: str
    given: Filling
    amount: int
    spread: bool
    """Whether the rows belong to many tenants."""

    def value(self, table: sa.Table, column: sa.Column[object], model: type[SQLModel]) -> str:
        shapes = SHAPES.get(table.name, {}) | self.given.shapes.get(table.name, {})
        shaped = shapes.get(column.name)
        if shaped is not None:
            return self.shaped(shaped)
        if column.name == "tenant_id":
            return (
                self.id(f"n % {self.given.tenants} + 1") if self.spread else self.known(self.given.tenant_id)
            )
        if isinstance(column.type, sa.Uuid) and not column.nullable:
            return self.parent(table, column)
        default = model.model_fields[column.name].get_default(call_default_factory=True)
        if isinstance(_plain(column), sa.DateTime) and not column.nullable:
            return self.moment()
        if column.nullable:
            return "null"
        return self.of_type(column) if default in (PydanticUndefined, None) else self.literal(default)

    def shaped(self, shaped: str) -> str:
        """What a word of SHAPES stands for; `of <table>` is one of its given rows. Else it is SQL."""
        if shaped.startswith("of "):
            parents = self.given.parents.get(shaped.removeprefix("of "))
            return self.one_of(parents) if parents else self.id("n")
        a_few = f"case when n <= {_A_FEW} then {self.moment()} else {self.later()} end"
        named = {
            "at": self.moment(),
            "later": self.later(),
            "a few at": a_few,
            "id": self.id("n"),
            "one before": self.id("case when n = 1 then 2 else n - 1 end"),
            "one of twenty": self.id("n % 20"),
            "one of twenty, or none": _ODD.format(self.id("n % 20 + 1"), "null"),
            "raw": self.raw(),
        }
        return named.get(shaped, shaped)

    def parent(self, table: sa.Table, column: sa.Column[object]) -> str:
        """The row of the same number; of tables with given rows, one of these."""
        for constraint in table.foreign_key_constraints:
            if column.name in constraint.column_keys:
                given = self.given.parents.get(constraint.referred_table.name)
                if given and not self.spread:
                    return self.one_of(given)
        return self.id("n")

    def one_of(self, given: list[UUID]) -> str:
        cases = " ".join(f"when {i} then {self.known(one)}" for i, one in enumerate(given))
        return f"case n / 2 % {len(given)} {cases} end"

    def of_type(self, column: sa.Column[object]) -> str:
        match _plain(column):
            case sa.Integer():
                return "n"
            case sa.Boolean():
                return "false"
            case sa.JSON():
                return "'{}'"
            case sa.LargeBinary():
                return self.raw()
            case _:
                return "cast(n as text)"

    def literal(self, value: object) -> str:
        match value:
            case bool():
                return str(value).lower()
            case int():
                return str(value)
            case list():
                return "'[]'"
            case dict():
                return "'{}'"
            case bytes():
                return "x''" if self.dialect == "sqlite" else "''::bytea"
            case _:
                return f"'{value}'"

    def raw(self) -> str:
        return "x'00'" if self.dialect == "sqlite" else "'\\x00'::bytea"

    def milliseconds(self, number: str) -> str:
        start = int((self.given.until - self.given.span).timestamp() * 1000)
        step = max(1, int(self.given.span.total_seconds() * 1000) // self.given.rows)
        return f"({start} + ({number}) * cast({step} as bigint))"

    def id(self, number: str) -> str:
        """A UUIDv7 of the row's time and number."""
        if self.dialect == "sqlite":
            return f"printf('%012x70008000%012x', {self.milliseconds(number)}, {number})"
        parts = f"lpad(to_hex({self.milliseconds(number)}), 12, '0') || '70008000' || lpad(to_hex({number}), 12, '0')"
        return f"({parts})::uuid"

    def known(self, one: UUID) -> str:
        return f"'{one.hex}'" if self.dialect == "sqlite" else f"'{one}'::uuid"

    def moment(self) -> str:
        if self.dialect == "sqlite":
            return f"strftime('%Y-%m-%d %H:%M:%f000', {self.milliseconds('n')} / 1000.0, 'unixepoch')"
        return f"to_timestamp({self.milliseconds('n')} / 1000.0)"

    def later(self) -> str:
        """A day from now: nothing of it is due."""
        if self.dialect == "sqlite":
            return "strftime('%Y-%m-%d %H:%M:%f000', 'now', '+1 day')"
        return "now() + interval '1 day'"
