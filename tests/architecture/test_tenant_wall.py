"""What run time cannot see of the wall between tenants, seen in the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

import hub_app
from hub_app.kernel import capabilities
from hub_app.kernel.tenancy import TenantScoped

ROOT = Path(hub_app.__file__).parent
# Above tenants by their nature; each is reached in system work, or joined with membership.
SHARED = {
    "tenant", "hub_user", "login_session", "password_reset", "installation", "schedule", "oauth_app",
    "audit_verification", "hub_process",
}  # fmt: skip

# Ways around the guard, and the only modules that may use them.
FORBIDDEN = {
    "PASS", "__table__", "bulk_insert_mappings", "bulk_save_objects", "bulk_update_mappings", "exec_driver_sql",
    "get_bind", "make_transient", "make_transient_to_detached", "run_sync",
}  # fmt: skip
FORBIDDEN_OF_SQLALCHEMY = {
    "TextClause", "insert", "literal_column", "table", "text",
}  # fmt: skip
TRUSTED = {
    "kernel/audit.py", "kernel/bulk.py", "kernel/db.py", "kernel/engines.py", "kernel/lookups.py", "kernel/migrations.py", "kernel/queue.py",
    "kernel/tenancy.py",
}  # fmt: skip
# A queue names its table, and an index its condition; neither runs a statement.
ALLOWED = {
    ("plans/tables.py", "text"), ("connectors/tables.py", "text"),
    ("kernel/columns.py", "text"), ("kernel/leases.py", "text"), ("kernel/leases.py", "TextClause"), ("kernel/tables.py", "text"),
    ("webhooks/delivery/store.py", "__table__"), ("webhooks/tables.py", "text"),
}  # fmt: skip

capabilities.load_tables()


def mapped() -> list[type[SQLModel]]:
    classes = (m.class_ for m in SQLModel._sa_registry.mappers)  # noqa: SLF001 - it has no public name
    return sorted(classes, key=lambda c: c.__name__)


@pytest.mark.parametrize("model", mapped(), ids=lambda m: m.__name__)
def test_every_table_is_owned_by_a_tenant_or_known_to_be_shared(model: type[SQLModel]) -> None:
    assert issubclass(model, TenantScoped) != (str(model.__tablename__) in SHARED)


def forbidden(source: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Attribute):
            of_sqlalchemy = isinstance(node.value, ast.Name) and node.value.id == "sa"
            if node.attr in FORBIDDEN or (of_sqlalchemy and node.attr in FORBIDDEN_OF_SQLALCHEMY):
                yield node.attr, node.lineno
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            of_sqlalchemy = (node.module or "").startswith(("sqlalchemy", "sqlmodel"))
            for name in names & (FORBIDDEN | FORBIDDEN_OF_SQLALCHEMY if of_sqlalchemy else FORBIDDEN):
                yield name, node.lineno


def ways_around() -> Iterator[str]:
    for source in sorted(ROOT.rglob("*.py")):
        where = str(source.relative_to(ROOT))
        if where in TRUSTED or where.startswith("ui/") or where.endswith(("pages.py", "state.py")):
            continue
        for name, line in forbidden(source):
            if (where, name) not in ALLOWED:
                yield f"{where}:{line} uses {name}"


def test_nothing_goes_around_the_guard() -> None:
    assert list(ways_around()) == []
