"""Names that are asked for once in a while: what a PSA calls the values of its fields."""

import json
from collections.abc import Awaitable, Callable

from hub_app.psa.provider import Account

Labels = dict[str, dict[str, str]]
_KEY = "labels"


async def remembered(account: Account, load: Callable[[], Awaitable[Labels]]) -> Labels:
    """What `load` gave, for as long as the account is remembered."""
    known = account.memory.get(_KEY)
    if known is not None:
        found: Labels = json.loads(known)
        return found
    loaded = await load()
    account.memory[_KEY] = json.dumps(loaded)
    return loaded
