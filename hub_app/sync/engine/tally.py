"""What came of a resource's records in a job: figures that add up. Pure."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self


@dataclass
class Tally:
    """`read` records are each one of: repeated (met before in this run), skipped (by reason), quarantined, created, updated,
    unchanged, or removed, by an undo that looks at the hub's own. `stated` is how many the source says that it has, None when it
    does not say. `conflicts`, `gone` and the pushes count beside them; of a check, `created` is what an import would create;
    `warned` values that were left out, or are odd.
    """

    stated: int | None = None
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    repeated: int = 0
    quarantined: int = 0
    skipped: dict[str, int] = field(default_factory=dict[str, int])
    conflicts: int = 0
    gone: int = 0
    pushed: int = 0
    refused: int = 0
    warned: int = 0

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """What `as_json` gave."""
        return cls(**kept)

    def copy(self) -> Self:
        return replace(self, skipped=dict(self.skipped))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def skip(self, why: str, count: int = 1) -> None:
        self.skipped[why] = self.skipped.get(why, 0) + count

    @property
    def failed(self) -> int:
        """What could not be done, and waits for somebody."""
        return self.quarantined + self.refused

    @property
    def unexplained(self) -> int:
        """How many records were read of which nothing is told: 0, or the figures are wrong."""
        told = self.created + self.updated + self.unchanged + self.removed + self.repeated + self.quarantined
        return self.read - told - sum(self.skipped.values())
