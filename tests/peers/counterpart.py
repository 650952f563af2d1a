"""What the conformance suite of CRMs needs of a peer. `tests/peers/<id>.py` of a provider has a `Counterpart` that is one."""

import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, Self, cast

from aiohttp import web
from pydantic import JsonValue

from hub_app.apiclient.call import Credential
from tests.peers.cutting import cut

Fault = Literal["refuse", "fail", "cut", "unauthorized"]
"""The next call is answered 429 with Retry-After, 500, breaks in the middle of a list, or every call from now on 401."""
Key = Literal["right", "read_only", "wrong"]
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CounterpartBase(ABC):
    """A running peer with about `records` records of each of its resources. Those that write change `main` alone."""

    main: str
    """The resource that is changed and written."""
    values: dict[str, JsonValue]
    """What a record of it is made of, as a draft's values; `changes` another value of one of them."""
    changes: dict[str, JsonValue]
    source: Mapping[str, JsonValue] = MappingProxyType({})
    """What is declared of it, where that is not its provider's."""

    def __init__(self, records: int) -> None:
        self.records = records

    @abstractmethod
    async def __aenter__(self) -> Self: ...

    @abstractmethod
    async def __aexit__(self, *_: object) -> None: ...

    @abstractmethod
    def entered(self, key: Key = "right") -> dict[str, str]:
        """What somebody enters to connect: settings and secrets by their keys."""

    def credential(self, key: Key = "right") -> Credential:
        """What a connector carries, for a provider that stands on one."""
        raise NotImplementedError

    @abstractmethod
    def ids(self, resource: str) -> list[str]:
        """Of all records that there are, those that are gone left out."""

    @abstractmethod
    def add(self) -> str: ...

    @abstractmethod
    def edit(self, external_id: str) -> None:
        """Somebody changes a value of it that is told in its payload."""

    @abstractmethod
    def delete(self, external_id: str) -> None:
        """So that it is gone, however this CRM tells."""

    @abstractmethod
    def same_second(self, count: int) -> list[str]:
        """So many are changed in the same second."""

    @abstractmethod
    def move(self) -> None:
        """While a list is read, the first record of its second page is changed."""

    @abstractmethod
    def fault(self, fault: Fault) -> None: ...

    @abstractmethod
    def times(self) -> list[float]:
        """When each call arrived, in seconds."""


class ServerCounterpart(CounterpartBase):
    """A peer that is a server of its own: it lets in who has one of `keys`, and fails as it is told to."""

    keys: Mapping[Key, str]
    half: bytes
    """The page of a list of which a call that breaks gets one half."""
    port: int
    fixed_port = 0
    """Where it is played for people; 0 for any that is free."""

    def __init__(self, records: int) -> None:
        super().__init__(records)
        self._arrived: list[float] = []
        self.paths: list[str] = []
        """What was called, in order."""
        self.written: list[str] = []
        """Of these the calls that change something, with their methods."""
        self._faults: set[Fault] = set()
        self._moves = False

    @abstractmethod
    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """What the server answers."""

    def key_of(self, request: web.Request) -> str:
        """What a call carries."""
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    async def knows(self, key: str) -> bool:
        """Whether who has this is let in."""
        return key in (self.keys["right"], self.keys["read_only"])

    def may_call(self, request: web.Request, key: str) -> bool:
        return key != self.keys["read_only"] or request.method == "GET"

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._entered])
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.fixed_port).start()
        self.port = cast("tuple[str, int]", self._runner.addresses[0])[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def move(self) -> None:
        self._moves = True

    def fault(self, fault: Fault) -> None:
        self._faults.add(fault)

    def times(self) -> list[float]:
        return self._arrived

    @web.middleware
    async def _entered(self, request: web.Request, handler: Answering) -> web.StreamResponse:
        self._arrived.append(time.time())
        self.paths.append(request.path)
        if request.method not in {"GET", "HEAD"}:
            self.written.append(f"{request.method} {request.path}")
        key = self.key_of(request)
        if "unauthorized" in self._faults or not await self.knows(key):
            return web.json_response({"error": f"{key} is not known."}, status=401)
        if not self.may_call(request, key):
            return web.json_response({"error": "This token only reads."}, status=403)
        return await (self._faulty(request) if self._faults else handler(request))

    async def _faulty(self, request: web.Request) -> web.StreamResponse:
        """The answer to the one call that goes wrong."""
        fault = self._faults.pop()
        self._faults.clear()
        if fault == "refuse":
            return web.json_response({"error": "Slow down."}, status=429, headers={"Retry-After": "1"})
        if fault == "cut":
            return await cut(request, self.half)
        return web.json_response({"error": "Oh no."}, status=500)
