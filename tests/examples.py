"""Examples for pictures and for axe, as each capability with pages makes them in its `tests/<capability>/samples.py`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from hub_app.kernel import capabilities
from tests.people import People

SETTINGS = {
    "OUTBOUND_ALLOWED_NETWORKS": "127.0.0.1/32",
    "WEBHOOK_RETRY_BACKOFF_SECONDS": "600",
    "CRM_RATE_LIMITS": "tave=100000/1000000",
    "PSA_ALLOWED_HOSTS": "127.0.0.1",
}
"""What Hub needs for these to be delivered and synced; the first retry comes long after the pictures are taken."""


@dataclass(frozen=True)
class Samples:
    """Where a capability's pages are looked at."""

    addresses: Mapping[str, Sequence[str]]
    """By a page's route. A page that is not here and has no parameter is looked at by its route."""
    dialogs: Sequence[tuple[str, str]] = ()
    """The address of a page, and the button that opens a dialog on it."""


def modules() -> Iterator[Any]:
    """The samples of each capability with pages: `make`, and `FORM`, with which its forms do harm if they are let (the sweep of
    raw events). ModuleNotFoundError for one that has none.
    """
    for name, capability in zip(capabilities.names(), capabilities.every(), strict=True):
        if capability.pages is not None:
            yield import_module(f"tests.{name}.samples")


async def make(people: People, receiver: str) -> Samples:
    """Make the examples of all capabilities, one after the other; a running Hub delivers the events among them."""
    found: list[Samples] = [await module.make(people, receiver) for module in modules()]
    return Samples(
        {route: places for one in found for route, places in one.addresses.items()},
        [dialog for one in found for dialog in one.dialogs],
    )
