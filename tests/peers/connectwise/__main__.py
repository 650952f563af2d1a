"""`python -m tests.peers.connectwise`: a ConnectWise to connect, until it is told to stop."""

import argparse
import asyncio
import logging
from contextlib import suppress

from tests.peers.connectwise import ConnectWise

_log = logging.getLogger("tests.peers.connectwise")


async def _serve(connectwise: ConnectWise) -> None:
    async with connectwise:
        _log.info("ConnectWise on %s", connectwise.site)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A ConnectWise PSA for trying Hub's tickets out.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9300)
    parser.add_argument("--tickets", type=int, default=200)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with suppress(KeyboardInterrupt):
        connectwise = ConnectWise(tickets=given.tickets, host=given.host, port=given.port)
        asyncio.run(_serve(connectwise))


if __name__ == "__main__":
    main()
