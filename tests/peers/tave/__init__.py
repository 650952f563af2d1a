"""A studio's data behind the API of VSCO Workspace, which was Táve: stateful, fast, and with the faults of its trade.

In a test: `async with Tave(contacts=300) as tave:` with `tave.base` as the base URL; `tave.requests` is what arrived, `tave.faults`
what goes wrong. `edit`, `add`, `hide` and `delete` are what people do there. As a program: `python -m tests.peers.tave --port
9200`, with `GET /_received`, `POST /_faults` (a JSON object of `Faults`, `{}` to end them all) and `POST /_people`.
"""

from tests.peers.tave.counterpart import Counterpart
from tests.peers.tave.faults import Faults
from tests.peers.tave.server import KEY, READ_ONLY_KEY, Tave

__all__ = ["KEY", "READ_ONLY_KEY", "Counterpart", "Faults", "Tave"]
