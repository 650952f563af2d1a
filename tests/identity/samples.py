"""Pages of identity."""

from tests.examples import Samples
from tests.people import People

FORM = {
    "name": "Taken over",
    "email": "evil@evil.example",
    "role": "owner",
    "grace_hours": "0",
    "lifetime": "365",
    "read:*": "on",
    "confirmation": "",
}


async def make(_people: People, _receiver: str) -> Samples:
    return Samples(
        {"/invite/[invitation]": ["/invite/unknown"]},
        [("/settings/members", "Search or jump to")],
    )
