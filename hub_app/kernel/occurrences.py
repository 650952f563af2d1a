"""Every place where a text occurs in another, in a time that grows with both their lengths and not with their product."""

from collections.abc import Iterator
from functools import cached_property

# As much is searched in one call: no other thread runs meanwhile.
_SLICE = 1 << 18


class Needle:
    """What is looked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    def places(self, hay: str) -> Iterator[tuple[int, int]]:
        """Begin and end of each place that it covers, in order. Occurrences that continue each other, as of `aa` in
        `aaaa`, are one place.
        """
        length, begin = len(self.text), self._find(hay, 0)
        while begin >= 0:
            period, end = self._period, begin + length
            following = self.text[-period:]
            while hay.startswith(following, end):
                end += period
            yield begin, end
            # Two occurrences at a distance of at most length - period continue each other (Fine and Wilf), so that
            # every second half of a needle is searched at most twice.
            begin = self._find(hay, end - length + max(period, length - period + 1))

    def unfinished(self, hay: str) -> int:
        """How much of its beginning stands at the end of `hay`."""
        found = 0
        for one in hay[1 - len(self.text) :] if len(self.text) > 1 else "":
            while found and self.text[found] != one:
                found = self._borders[found - 1]
            found += self.text[found] == one
        return found

    def _find(self, hay: str, at: int) -> int:
        while at < len(hay):
            # CPython's find takes a time that grows with the sum of both lengths since 3.10.
            found = hay.find(self.text, at, at + _SLICE + len(self.text) - 1)
            if found >= 0:
                return found
            at += _SLICE
        return -1

    @cached_property
    def _borders(self) -> list[int]:
        """Of each beginning of the needle, the length of the longest end that it begins with (Knuth, Morris, Pratt)."""
        borders, at = [0], 0
        for one in self.text[1:]:
            while at and self.text[at] != one:
                at = borders[at - 1]
            at += self.text[at] == one
            borders.append(at)
        return borders

    @cached_property
    def _period(self) -> int:
        return len(self.text) - self._borders[-1]
