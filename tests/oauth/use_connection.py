"""A second process that uses a connection: `python -m tests.oauth.use_connection <tenant> <connection> <how often> <refused>`.

It says when it is ready, begins when it hears a line, and prints the token that each use got.
"""

import asyncio
import sys
from uuid import UUID

from hub_app.kernel import db, outbound
from hub_app.kernel.settings import get_settings
from hub_app.oauth.service import tokens


async def use(tenant_id: UUID, connection_id: UUID, times: int, refused: str) -> None:
    await db.connect(get_settings())
    try:
        print("ready", flush=True)  # noqa: T201 - heard by the test
        await asyncio.to_thread(sys.stdin.readline)
        got = await asyncio.gather(
            *(tokens.access_token(tenant_id, connection_id, refused=refused) for _ in range(times))
        )
        print(" ".join(got), flush=True)  # noqa: T201 - heard by the test
    finally:
        await outbound.close_client()
        await db.disconnect()


if __name__ == "__main__":
    tenant, connection, count, *rest = sys.argv[1:]
    asyncio.run(use(UUID(tenant), UUID(connection), int(count), rest[0] if rest else ""))
