"""How deep a chain of runs is: a run whose calls publish what starts the next run, and so on, ends somewhere.

The depth is the number of runs that something comes from: 0 for what people and other systems do. It is known to the task
(`depth`), goes along with calls that leave Hub in a signed header, so that it comes back when they arrive at Hub again under
whatever name, and is written with events. Only Hub can make the header, and a call cannot be made without it; who takes
it away must stand in between (docs/decisions/0019).
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from hub_app.kernel.settings import get_settings

HEADER = "hub-chain"
MOST = 10
_LIFE_SECONDS = 3600
_PAYLOAD = 1 + 8
_MAC = 16
_depth: ContextVar[int] = ContextVar("chain", default=0)


def depth() -> int:
    """How many runs what is being done comes from."""
    return _depth.get()


@contextmanager
def at(depth: int) -> Iterator[None]:
    """What is done in the block comes from so many runs."""
    before = _depth.set(depth)
    try:
        yield
    finally:
        _depth.reset(before)


def header(depth: int) -> str:
    """The value that tells Hub the depth when the call arrives there; it says nothing to anybody else."""
    payload = depth.to_bytes(1) + int(time.time()).to_bytes(8)
    return base64.urlsafe_b64encode(payload + _mac(payload)).decode()


def read(values: Iterable[str]) -> int:
    """The depth that these headers tell, the largest one; 0 for none, and for what Hub did not make within the hour."""
    return max((_read(value) for value in values), default=0)


def _read(value: str) -> int:
    try:
        raw = base64.b64decode(value.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return 0
    payload, mac = raw[:_PAYLOAD], raw[_PAYLOAD:]
    if len(payload) < _PAYLOAD or not hmac.compare_digest(mac, _mac(payload)):
        return 0
    age = time.time() - int.from_bytes(payload[1:])
    return payload[0] if age < _LIFE_SECONDS else 0


def _mac(payload: bytes) -> bytes:
    key = get_settings().secret_key.get_secret_value().encode()
    return hmac.digest(key, b"hub chain 1" + payload, hashlib.sha256)[:_MAC]


class Chained:
    """Around the REST application: each request is as deep as its header tells."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        values = Headers(scope=scope).getlist(HEADER) if scope["type"] == "http" else []
        with at(read(values)):
            await self._app(scope, receive, send)
