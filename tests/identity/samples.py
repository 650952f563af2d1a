"""Pages of identity."""

from tests.examples import Samples
from tests.people import People


async def make(_people: People, _receiver: str) -> Samples:
    return Samples(
        {"/invite/[invitation]": ["/invite/unknown"]},
        [("/settings/members", "Search or jump to")],
    )
