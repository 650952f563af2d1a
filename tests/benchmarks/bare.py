"""A FastAPI route that validates an event and does nothing with it: what publishing is compared with."""

import asyncio
import sys

from fastapi import FastAPI
from granian.constants import Interfaces
from granian.server.embed import Server

from hub_app.webhooks.schemas import EventIn

app = FastAPI()


@app.post("/events", status_code=202)
async def publish(event: EventIn) -> dict[str, str]:
    return {"type": event.type}


@app.get("/ping")
async def ping() -> dict[str, str]:
    return {}


async def main() -> None:
    server = Server(
        app, address="127.0.0.1", port=int(sys.argv[1]), interface=Interfaces.ASGI, log_enabled=False
    )
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main())
