"""The bytes that are signed and sent."""

from datetime import datetime
from uuid import UUID

import orjson

CARRIED = 8192
"""Characters of an event's data. Hundreds of deliveries wait in a process's memory: what is longer is read when it is sent."""


def of_event(event_type: str, created_at: datetime, payload: str) -> bytes:
    """`{"type", "timestamp", "data"}`; `payload` is JSON text and goes in as it is, the same on every retry."""
    head = orjson.dumps({"type": event_type, "timestamp": created_at}, option=orjson.OPT_UTC_Z)
    return head[:-1] + b',"data":' + payload.encode() + b"}"


def carried(event_type: str, created_at: datetime, payload: str | None) -> bytes | None:
    """`of_event`, or None where the payload is not to wait in memory."""
    if payload is None or len(payload) > CARRIED:
        return None
    return of_event(event_type, created_at, payload)


def message_id(delivery_id: UUID) -> str:
    """The `webhook-id`: one per event and endpoint, the same on every attempt."""
    return f"msg_{delivery_id.hex}"
