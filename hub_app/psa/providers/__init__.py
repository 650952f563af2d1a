"""The PSAs that Hub knows: one folder or file each, found by being here. Each says what it is: `PROVIDER = Provider(…)`."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from hub_app.psa.provider import Provider


@cache
def every() -> Mapping[str, Provider]:
    """All of them by their ids, in their order. TypeError for one that does not say what it is, ValueError for one of another's id."""
    found: dict[str, Provider] = {}
    for name in sorted(module.name for module in iter_modules(__path__)):
        module = import_module(f"{__name__}.{name}")
        provider = getattr(module, "PROVIDER", None)
        if not isinstance(provider, Provider):
            raise TypeError(f"{module.__name__} must say what it is: PROVIDER = Provider(…).")
        if provider.id in found:
            raise ValueError(f"{module.__name__} has the id {provider.id}, which another provider has.")
        found[provider.id] = provider
    ordered = sorted(found.values(), key=lambda one: (one.rank, one.name))
    return MappingProxyType({one.id: one for one in ordered})
