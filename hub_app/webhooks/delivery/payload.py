"""The bytes that are signed and sent."""

from datetime import datetime
from uuid import UUID

import orjson


def of_event(event_type: str, created_at: datetime, payload: str) -> bytes:
    """`{"type", "timestamp", "data"}`; `payload` is JSON text and goes in as it is, the same on every retry."""
    head = orjson.dumps({"type": event_type, "timestamp": created_at}, option=orjson.OPT_UTC_Z)
    return head[:-1] + b',"data":' + payload.encode() + b"}"


def message_id(delivery_id: UUID) -> str:
    """The `webhook-id`: one per event and endpoint, the same on every attempt."""
    return f"msg_{delivery_id.hex}"
