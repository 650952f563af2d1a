"""What the conformance suite of CRMs needs of a peer. `tests/peers/<id>.py` of a provider has a `Counterpart` that is one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, Self

from pydantic import JsonValue

from hub_app.apiclient.call import Credential

Fault = Literal["refuse", "fail", "cut", "unauthorized"]
"""The next call is answered 429 with Retry-After, 500, breaks in the middle of a list, or every call from now on 401."""
Key = Literal["right", "read_only", "wrong"]


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
