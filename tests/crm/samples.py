"""CRMs, their clients, and what waits for somebody's decision."""

from tests.crm import client_samples, conflict_samples, connection_samples
from tests.examples import Samples
from tests.people import People

# Clients last: they come with a connection beyond what the tier allows.
_PARTS = (connection_samples, conflict_samples, client_samples)
FORM = {name: value for part in _PARTS for name, value in part.FORM.items()}


async def make(people: People, receiver: str) -> Samples:
    made = [await part.make(people, receiver) for part in _PARTS]
    return Samples(
        {route: places for one in made for route, places in one.addresses.items()},
        [dialog for one in made for dialog in one.dialogs],
    )
