"""Fields that a source no longer tells of: noticed in what one run reads of records that had a value in them. Nothing is taken from
such a record. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

from hub_app.sync.engine.known import Known
from hub_app.sync.mapping.mapper import Mapped
from hub_app.sync.merge import MISSING

Why = Literal["absent", "unreadable"]
"""`absent`: nothing lies where the mapping looks for it; `unreadable`: it is of another type now."""
# Somebody may have emptied the field of fewer in a source that leaves out what is empty.
_ENOUGH = 3


class Losses:
    """What a run has seen of the fields that a mapping feeds. `told` have a value in some record; `counts` are of the others: how
    many records had a value before, and have none by now, or one that cannot be read.
    """

    def __init__(self, targets: Iterable[str], told: Iterable[str], counts: Mapping[str, list[int]]) -> None:
        self.told = set(told)
        self.counts = {key: list(one) for key, one in counts.items()}
        self._open = set(targets) - self.told

    @classmethod
    def of(cls, kept: Mapping[str, Any], targets: Iterable[str]) -> Self:
        """What `as_json` gave."""
        return cls(targets, kept.get("told", ()), kept.get("counts", {}))

    def as_json(self) -> dict[str, Any]:
        return {"told": sorted(self.told), "counts": self.counts}

    def take(self, mapped: Mapped, known: Known | None) -> None:
        """Look at what a record of the source tells, and at what it told when it was last read."""
        for key in tuple(self._open):
            value = mapped.values.get(key, MISSING)
            if value is MISSING:
                had = None if known is None or known.link.state != "linked" else known.link.base.get(key)
                if had is not None:
                    is_odd = any(one.target == key for one in mapped.warnings)
                    self.counts.setdefault(key, [0, 0])[is_odd] += 1
            elif value is not None:
                self._open.discard(key)
                self.told.add(key)
                self.counts.pop(key, None)

    def concluded(self, before: Mapping[str, Any], now: str, *, full: bool) -> dict[str, Any]:
        """What is kept of a stream once the run has ended, by field: `why`, how many `records` had it, and `since` when (`now` for
        those that are new). A few records of an incremental run say nothing.
        """
        after = {key: one for key, one in before.items() if key not in self.told}
        for key, (absent, unreadable) in self.counts.items():
            records = absent + unreadable
            if records >= (1 if full else _ENOUGH):
                why: Why = "unreadable" if unreadable > absent else "absent"
                since = before.get(key, {}).get("since", now)
                known = before.get(key, {}).get("records", 0)
                after[key] = {"why": why, "records": max(records, known), "since": since}
        return after
