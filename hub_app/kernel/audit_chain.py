"""One chain of the audit log while it is read: what is wrong with it, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from hub_app.kernel import audit_mac
from hub_app.kernel.audit_mac import Key, Verdict


@dataclass(frozen=True, slots=True)
class End:
    """An entry's number and code, which stand for it and all before it."""

    sequence: int
    mac: str


class Link(audit_mac.Entry, Protocol):
    """An entry as it was read."""

    mac: str
    has_person: bool


@dataclass(slots=True)
class _Seen:
    """How often something was found, and at which entry first."""

    count: int = 0
    first: int = 0

    def at(self, sequence: int, times: int = 1) -> None:
        self.first = self.first or sequence
        self.count += times

    def __str__(self) -> str:
        if self.count == 1:
            return f"Entry {self.first:,} was"
        return f"{self.count:,} entries, the first of them entry {self.first:,}, were"


class Chain:
    """Takes the entries of one tenant in their order, then its end. `start` is the last entry that retention dropped."""

    def __init__(self, tenant_id: UUID, anchored: End | None, start: End | None = None) -> None:
        self.last: End | None = start
        self._tenant_id = tenant_id
        self._start = start
        self._anchored = anchored
        # What was dropped in due time can no longer be compared; its code is known of the last one alone.
        self._anchor_met = (
            anchored is not None
            and start is not None
            and (anchored.sequence < start.sequence or anchored == start)
        )
        self._changed, self._missing, self._loose, self._nobody = _Seen(), _Seen(), _Seen(), _Seen()
        self._end: list[str] = []

    def add(self, entry: Link, verdict: Verdict) -> None:
        if self._start is not None and entry.sequence <= self._start.sequence:
            return  # Dropped already, and about to be deleted.
        before = self.last.sequence if self.last else 0
        if entry.sequence != before + 1:
            self._missing.at(before + 1, abs(entry.sequence - before - 1))
        if verdict is Verdict.WRONG:
            self._changed.at(entry.sequence)
        elif entry.sequence == before + 1 and not self._follows(entry):
            self._loose.at(entry.sequence)
        if not entry.has_person:
            self._nobody.at(entry.sequence)
        self.last = End(entry.sequence, entry.mac)
        self._anchor_met |= self.last == self._anchored

    def expected_head(self, key: Key | None) -> str | None:
        """The code that the chain's end should have; None without the key."""
        sequence, mac = (self.last.sequence, self.last.mac) if self.last else (0, "")
        return key and audit_mac.head(self._tenant_id, sequence, mac, key)

    def close(self, sequence: int, verdict: Verdict) -> None:
        """The chain's end says that this is the last entry's number."""
        last = self.last.sequence if self.last else 0
        if sequence > last:
            self._end.append(
                f"The log stops at entry {last:,}, but its end stands at {sequence:,}: entries were cut off."
            )
        elif sequence < last:
            self._end.append(
                f"The log goes on to entry {last:,}, but its end stands at {sequence:,}: the end was set back, or"
                " entries were put in behind it."
            )
        elif verdict is Verdict.WRONG:
            self._end.append(
                f"The mark of its end was rewritten without Hub's key: entries may have been cut off behind"
                f" entry {last:,}."
            )

    def problems(self) -> Iterator[str]:
        if self._changed.count:
            yield f"{self._changed} changed or forged: the content does not fit the code, which only Hub's key can make."
        if self._missing.count:
            yield f"{self._missing} removed."
        if self._loose.count:
            yield (
                f"{self._loose} added to an end that was not the log's own: before that, entries were removed, or the"
                " mark of the end was rewritten or removed."
            )
        if self._nobody.count:
            yield f"{self._nobody} robbed of the person who acted: the details were deleted."
        yield from self._end
        if self._anchored is not None and not self._anchor_met:
            yield from self._unanchored(self._anchored)

    def _unanchored(self, anchored: End) -> Iterator[str]:
        last = self.last.sequence if self.last else 0
        if last < anchored.sequence:
            yield (
                f"The anchor knows entry {anchored.sequence:,}, but the log stops at entry {last:,}: entries were cut"
                " off after the last verification with this file."
            )
        else:
            yield (
                f"Entry {anchored.sequence:,} is not the one that the anchor knows: the log was written anew, by"
                " somebody who holds the key, or the file belongs to another database."
            )

    def _follows(self, entry: Link) -> bool:
        """Whether the entry was added to the end that the entry before it had made; true where a key is missing to tell."""
        sequence, mac = (self.last.sequence, self.last.mac) if self.last else (0, "")
        key = audit_mac.key_of(mac or entry.mac)
        if key is None:
            return True
        return entry.previous == audit_mac.link(audit_mac.head(self._tenant_id, sequence, mac, key))
