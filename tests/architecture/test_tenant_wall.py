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
SHARED = {"tenant", "hub_user", "login_session", "installation", "schedule"}

# Ways around the guard, and the only modules that may use them.
FORBIDDEN = {
    "PASS", "__table__", "bulk_insert_mappings", "bulk_save_objects", "bulk_update_mappings", "exec_driver_sql",
    "get_bind", "literal_column", "make_transient", "make_transient_to_detached", "run_sync", "text", "TextClause",
}  # fmt: skip
TRUSTED = {
    "kernel/audit.py", "kernel/bulk.py", "kernel/db.py", "kernel/migrations.py", "kernel/queue.py", "kernel/tenancy.py",
}  # fmt: skip
# A queue names its table, and an index its condition; neither runs a statement.
ALLOWED = {("webhooks/records.py", "__table__"), ("webhooks/tables.py", "text")}

capabilities.load_tables()


def mapped() -> list[type[SQLModel]]:
    return [m.class_ for m in SQLModel._sa_registry.mappers]  # noqa: SLF001 - the registry has no public name


@pytest.mark.parametrize("model", mapped(), ids=lambda m: m.__name__)
def test_every_table_is_owned_by_a_tenant_or_known_to_be_shared(model: type[SQLModel]) -> None:
    assert issubclass(model, TenantScoped) != (str(model.__tablename__) in SHARED)


def names_used(source: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.name, node.lineno


def ways_around() -> Iterator[str]:
    for source in sorted(ROOT.rglob("*.py")):
        where = str(source.relative_to(ROOT))
        if where in TRUSTED or where.startswith("ui/") or where.endswith(("pages.py", "state.py")):
            continue
        for name, line in names_used(source):
            if name in FORBIDDEN and (where, name) not in ALLOWED:
                yield f"{where}:{line} uses {name}"


def test_nothing_goes_around_the_guard() -> None:
    assert list(ways_around()) == []
