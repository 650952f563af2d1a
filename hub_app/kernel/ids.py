"""Identifiers: UUIDv7 (RFC 9562), so that rows made later sort later and indexes grow at one end."""

import os
import threading
import time
from datetime import datetime
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """A UUIDv7, strictly increasing within this process.

    48 bits of Unix milliseconds, then a 12-bit counter that starts again each millisecond
    (RFC 9562 §6.2, method 1; an overflow borrows from the next millisecond), then 62 random bits.
    """
    global _last  # noqa: PLW0603 - the monotonic counter is process-wide by design
    with _lock:
        _last = max(time.time_ns() // 1_000_000 << 12, _last + 1)
        stamp = _last
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | random)


def lowest_at(when: datetime) -> UUID:
    """The smallest UUIDv7 of this moment: ids made before it are smaller. Before 1970 it is that of 1970."""
    milliseconds = max(0, int(when.timestamp() * 1000))
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
