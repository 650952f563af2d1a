"""What the conformance suite of PSAs (tests/psa/conformance) asks of each that is played."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, Self

Trouble = Literal["busy", "too_busy", "failing", "broken", "forbidden", "down", "refusing"]
Break = Literal["502", "cut", "silent"]


@dataclass(frozen=True)
class Noted:
    """A note as the PSA keeps it. `member` is the ID of whose it is, "" for the API's own."""

    id: str
    text: str
    kind: str
    member: str
    mailed: bool


class Counterpart(Protocol):
    """A PSA with tickets. `ticket` is open, has configurations, and is of `board`; `member` works there, `gone` no longer does;
    `other_status` is one that the ticket can be given.
    """

    ticket: str
    board: str
    member: str
    gone: str
    other_status: str

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...

    @property
    def entered(self) -> Mapping[str, str]:
        """What connects it."""
        ...

    def count_tickets(self) -> int: ...

    def notes(self, ticket: str) -> list[Noted]:
        """Those that were posted by the API, oldest first."""
        ...

    def minutes(self, ticket: str) -> list[int]:
        """Those of the ticket's time entries."""
        ...

    def status_of(self, ticket: str) -> str: ...

    def trouble(self, what: Trouble) -> None:
        """From now on: two requests too many, far too many, two failures, only failures, no permission, gone, keys that expired."""
        ...

    def breaks(self, how: Break, *, at: Literal["notes", "time"] = "notes") -> None:
        """The next write is stored, and its answer does not arrive whole."""
        ...

    def ignores_status(self) -> None:
        """From now on tickets keep their status, whatever is answered."""
        ...
