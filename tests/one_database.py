"""`--one-database`: of each two cases that differ in nothing but their database, one is run."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--one-database", action="store_true", help="run each case on one kind of database only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Within a file the cases take turns. Those marked `both_databases` stay."""
    if not config.getoption("one_database"):
        return
    files: dict[Path, dict[object, list[pytest.Item]]] = {}
    for item in items:
        kind = _kind_of_database(item)
        if kind and not item.get_closest_marker("both_databases"):
            test, _, case = item.nodeid.partition("[")
            files.setdefault(item.path, {}).setdefault((test, case.replace(kind, "", 1)), []).append(item)
    pairs = (enumerate(found.values()) for found in files.values())
    left_out = {pair[number % 2] for file in pairs for number, pair in file if len(pair) > 1}
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))


def _kind_of_database(item: pytest.Item) -> str:
    callspec = item.callspec if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
    return str(callspec.params.get("database_url", "")) if callspec else ""
