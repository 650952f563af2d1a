"""Capabilities are found by being there: every package of `hub_app` with a `capability.py` is one."""

from collections.abc import Collection
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TYPE_CHECKING
from uuid import UUID

import hub_app

if TYPE_CHECKING:
    from hub_app.kernel.capability import Capability


@cache
def names() -> tuple[str, ...]:
    """The capabilities' package names, in alphabetical order."""
    packages = sorted(module.name for module in iter_modules(hub_app.__path__) if module.ispkg)
    return tuple(name for name in packages if name != "kernel" and _has(name, "capability"))


@cache
def every() -> tuple["Capability", ...]:
    """What each capability brings, in the order of their names. TypeError for one that does not say it."""
    # It imports what asks for capabilities.
    from hub_app.kernel.capability import Capability

    found: list[Capability] = []
    for name in names():
        module = import_module(f"hub_app.{name}.capability")
        brings = getattr(module, "CAPABILITY", None)
        if not isinstance(brings, Capability):
            raise TypeError(f"{module.__name__} must say what it brings: CAPABILITY = Capability(…).")
        found.append(brings)
    return tuple(found)


async def tenant_names(only: Collection[UUID] | None = None) -> dict[UUID, str]:
    """Every tenant of the installation, or those of these ids that there are: for operators, and for work on all of them."""
    found: dict[UUID, str] = {}
    for capability in every():
        if capability.tenant_names is not None:
            found |= await capability.tenant_names(only)
    return found


def load_tables() -> None:
    """Make every table known to SQLModel's metadata, the kernel's own among them. Nothing else is loaded for it."""
    import_module("hub_app.kernel.tables")
    for name in names():
        if _has(name, "tables"):
            import_module(f"hub_app.{name}.tables")


def _has(name: str, room: str) -> bool:
    return find_spec(f"hub_app.{name}.{room}") is not None
