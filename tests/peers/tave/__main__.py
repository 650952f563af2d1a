"""`python -m tests.peers.tave`: a studio to connect, until it is told to stop."""

import argparse
import asyncio
import logging
from contextlib import suppress

from tests.peers.tave import KEY, Tave

_log = logging.getLogger("tests.peers.tave")


async def _serve(tave: Tave) -> None:
    async with tave:
        _log.info("Táve on %s", tave.base)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A Táve studio for trying Hub's CRM sync out.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--contacts", type=int, default=300)
    parser.add_argument(
        "--jobs", type=int, default=None, help="half as many as contacts unless told otherwise"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--key", default=KEY, help="the API key that is let in and may write")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    tave = Tave(contacts=given.contacts, jobs=given.jobs, seed=given.seed, host=given.host, port=given.port)
    tave.keys = {given.key}
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(tave))


if __name__ == "__main__":
    main()
