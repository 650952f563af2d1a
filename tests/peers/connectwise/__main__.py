"""`python -m tests.peers.connectwise`: a ConnectWise to connect, until it is told to stop."""

import argparse
import asyncio
import logging
from contextlib import suppress

from tests.peers.connectwise import ConnectWise

_log = logging.getLogger("tests.peers.connectwise")


async def _serve(connectwise: ConnectWise, idle: float) -> None:
    async with connectwise:
        _log.info("ConnectWise on %s", connectwise.site)
        if not idle:
            await asyncio.Event().wait()
        # For those who start it and cannot stop it.
        seen = -1
        while seen != (now := connectwise.count):
            seen = now
            await asyncio.sleep(idle)


def main() -> None:
    parser = argparse.ArgumentParser(description="A ConnectWise PSA for trying Hub's tickets out.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9300)
    parser.add_argument("--tickets", type=int, default=200)
    parser.add_argument("--idle", type=float, default=0, help="end after so many seconds without a request")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with suppress(KeyboardInterrupt):
        connectwise = ConnectWise(tickets=given.tickets, host=given.host, port=given.port)
        asyncio.run(_serve(connectwise, given.idle))


if __name__ == "__main__":
    main()
