"""The lines of a file as text, and where each begins: reading can go on from there."""

import codecs
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from io import SEEK_END, TextIOWrapper
from typing import BinaryIO

# A row with more characters is none.
LONGEST = 2**18


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line begins, in bytes and in lines (from 1). `unclosed` counts the rows before it whose quotation marks did not
    close: after many, a quotation mark no longer joins lines.
    """

    offset: int = 0
    line: int = 1
    unclosed: int = 0


class Lines:
    """The lines of a binary file, from a place on, with their ends. One of more than LONGEST characters comes in pieces."""

    def __init__(self, file: BinaryIO, encoding: str, offset: int, line: int) -> None:
        self._encoding = encoding
        self._is_utf8 = codecs.lookup(encoding).name == "utf-8"
        self._end = file.seek(0, SEEK_END)
        file.seek(offset)
        # Bytes that are no UTF-8 keep their number until it is known where the line ends.
        errors = "surrogateescape" if self._is_utf8 else "replace"
        self._file = TextIOWrapper(file, encoding, errors, newline="")
        self._unread: deque[tuple[str, int]] = deque()
        self.offset = offset
        self.line = line

    def read(self) -> tuple[str, int]:
        """The next line (or piece) and its number of bytes; ("", 0) at the end."""
        text, size = self._unread.popleft() if self._unread else self._sized(self._file.readline(LONGEST + 1))
        self.offset += size
        self.line += text.endswith(("\n", "\r"))
        return text, size

    def unread(self, lines: Sequence[tuple[str, int]]) -> None:
        """Give back what was read last."""
        self._unread.extendleft(reversed(lines))
        self.offset -= sum(size for _, size in lines)
        self.line -= sum(text.endswith(("\n", "\r")) for text, _ in lines)

    def skip_line(self) -> None:
        """Leave out the rest of a line of which a piece was read."""
        while (text := self.read()[0]) and not text.endswith(("\n", "\r")):
            pass

    def close(self) -> None:
        self._file.close()

    def _sized(self, text: str) -> tuple[str, int]:
        if self._encoding.startswith("utf-16"):
            if text and len(text) <= LONGEST and not text.endswith(("\n", "\r")):
                # The last one. Up to three bytes that are half a character are one replacement together.
                return text, self._end - self.offset
            return text, len(text.encode(self._encoding, "surrogatepass"))
        if not self._is_utf8 or text.isascii():
            return text, len(text)
        try:
            return text, len(text.encode())
        except UnicodeEncodeError:
            raw = text.encode("utf-8", "surrogateescape")
            return raw.decode(errors="replace"), len(raw)
