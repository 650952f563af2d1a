"""Capabilities are found by being there: every package beside the kernel and the design system is one."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

import hub_app

_NOT_CAPABILITIES = {"kernel", "ui"}


@cache
def names() -> tuple[str, ...]:
    """The capabilities' package names, in alphabetical order."""
    found = (m.name for m in iter_modules(hub_app.__path__) if m.ispkg)
    return tuple(sorted(name for name in found if name not in _NOT_CAPABILITIES))


def rooms(room: str) -> list[ModuleType]:
    """The module `room` (`api`, `tables`, `pages`, `worker`) of every capability that has one."""
    paths = (f"hub_app.{name}.{room}" for name in names())
    return [import_module(path) for path in paths if find_spec(path) is not None]


def load_tables() -> None:
    """Make every table known to SQLModel's metadata, the kernel's own among them."""
    import_module("hub_app.kernel.tables")
    rooms("tables")
