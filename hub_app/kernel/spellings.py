"""Spellings of characters in a text: percent-encoding, JSON's and JavaScript's escapes, HTML's entities.

They are read in one pass, without backtracking, whatever the text holds.
"""

import html.entities
import re
from array import array
from bisect import bisect_right
from itertools import groupby

_ESCAPE = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})++)"
    r"|(?P<utf16>(?:\\u[0-9A-Fa-f]{4})++)"
    r"|(?P<backslashes>(?:\\\\)++)"
    r"|\\x(?P<byte>[0-9A-Fa-f]{2})"
    r"|\\(?P<escaped>[\"'/bfnrt])"
    r"|&\#0{0,200}+(?P<decimal>[0-9]{1,7});?"
    r"|&\#[xX]0{0,200}+(?P<hexadecimal>[0-9A-Fa-f]{1,6});?"
    r"|&(?P<name>[A-Za-z][A-Za-z0-9]{1,31};?)"
)
_X = "[0-9A-Fa-f]"
# Where one of them begins. Without groups it is found ten times as fast.
_BEGINNING = re.compile(
    rf"%{_X}{{2}}|\\u{_X}{{4}}|\\\\|\\x{_X}{{2}}|\\[\"'/bfnrt]|&\#0{{0,200}}+[0-9]{{1,7}}|&\#[xX]0{{0,200}}+{_X}{{1,6}}"
    r"|&[A-Za-z][A-Za-z0-9]{1,31}"
)
# What the end of a text may hold of a character whose rest is cut off: of an escape, of UTF-8 in percent-encoding, of a
# pair of surrogates, of bytes that were decoded before.
_UNFINISHED = re.compile(
    rf"(?:(?:%[CcDd]{_X}|%[Ee]{_X}(?:%[89ABab]{_X})?|%[Ff]{_X}(?:%[89ABab]{_X}){{0,2}})(?:%{_X}?)?|%{_X}?"
    rf"|\\u[dD][89ABab]{_X}{{2}}(?:\\(?:u{_X}{{0,3}})?)?|\\(?:u{_X}{{0,3}}|x{_X}?)?"
    rf"|&(?:\#(?:[0-9]{{1,207}}+|[xX]{_X}{{0,206}}+)?|[A-Za-z][A-Za-z0-9]{{0,31}}+)?|\ufffd{{1,3}})\Z"
)
# No spelling of a character is longer.
_LONGEST = 256
# As much is looked through in one call: no other thread runs meanwhile.
_SLICE = 1 << 16
_WINDOW = 1 << 12
_MARKS = "%\\&"
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ENTITIES = html.entities.html5
# HTML takes these without their semicolon too.
_LONGEST_BARE = max(len(name) for name in _ENTITIES if not name.endswith(";"))
_SURROGATES = range(0xD800, 0xE000)
_LAST = 0x10FFFF
_LAST_OF_ONE_UNIT = 0xFFFF
_Parts = list[tuple[str, int]]


class Decoded:
    """A text in which what was spelled is read once, and where each character came from."""

    def __init__(self) -> None:
        self.text = ""
        self._parts: list[str] = []
        self._length = 0
        # Of each run of characters that are spelled with the same number: where it begins, here and there.
        self._begins, self._sources, self._widths = array("L"), array("L"), array("L")

    def origin(self, at: int) -> tuple[int, int]:
        """Where the character `at` begins and ends in the text that was read."""
        run = bisect_right(self._begins, at) - 1
        width = self._widths[run]
        begin = self._sources[run] + (at - self._begins[run]) * width
        return begin, begin + width

    def add(self, part: str, source: int, width: int) -> int:
        """Characters that took `width` each from `source` on; where they end there."""
        if part:
            self._begins.append(self._length)
            self._sources.append(source)
            self._widths.append(width)
            self._parts.append(part)
            self._length += len(part)
        return source + len(part) * width

    def finish(self) -> "Decoded":
        self.text, self._parts = "".join(self._parts), []
        return self


def decoded(text: str) -> Decoded | None:
    """The text with each spelling read once; None when there is none in it."""
    if not any(mark in text for mark in _MARKS):
        return None
    made, at = Decoded(), 0
    found = _next(text, 0)
    while found is not None:
        following = found.end()
        parts = _read(found)
        if parts is not None:
            made.add(text[at : found.start()], at, 1)
            at = found.start()
            for part, width in parts:
                at = made.add(part, at, width)
            following = at
        found = _next(text, following)
    if not at:
        return None
    made.add(text[at:], at, 1)
    return made.finish()


def finished(text: str) -> str:
    """A text that was cut off, without the part of a spelling that it may end with."""
    found = _UNFINISHED.search(text, max(0, len(text) - _LONGEST))
    return text[: found.start()] if found else text


def _next(text: str, at: int) -> re.Match[str] | None:
    """The first spelling from `at` on."""
    while (at := _marked(text, at)) < len(text):
        end = at + _WINDOW
        found = _BEGINNING.search(text, at, end)
        if found is not None:
            return _ESCAPE.match(text, found.start())
        at = end if end >= len(text) else end - _LONGEST
    return None


def _marked(text: str, at: int) -> int:
    """Where the first of the marks is from `at` on, the text's end when there is none. To look for one character is fastest."""
    while at < len(text):
        first = end = at + _SLICE
        for mark in _MARKS:
            found = text.find(mark, at, first)
            first = first if found < 0 else found
        if first < end:
            return first
        at = end
    return len(text)


def _read(found: re.Match[str]) -> _Parts | None:
    """The characters and the width of each; None when this spells none."""
    kind, width = found.lastgroup or "", found.end() - found.start()
    said = found.group(kind)
    match kind:
        case "percent":
            return _percent(said)
        case "utf16":
            text = bytes.fromhex(said.replace("\\u", "")).decode("utf-16-be", "surrogatepass")
            return [("".join(same), 6 * units) for units, same in groupby(text, _units_of)]
        case "backslashes":
            return [(said[::2], 2)]
        case "escaped":
            return [(_LETTERS.get(said, said), width)]
        case "name":
            return _named(said)
        case _:
            code = int(said, 10 if kind == "decimal" else 16)
            return None if code > _LAST or code in _SURROGATES else [(chr(code), width)]


def _percent(said: str) -> _Parts:
    """UTF-8, and what is none as Latin-1, as old servers write it."""
    raw = bytes.fromhex(said.replace("%", ""))
    if raw.isascii():
        return [(raw.decode(), 3)]
    text = raw.decode(errors="surrogateescape")
    return [("".join(map(_as_latin, same)), 3 * size) for size, same in groupby(text, _bytes_of)]


def _units_of(character: str) -> int:
    return 1 + (ord(character) > _LAST_OF_ONE_UNIT)


def _bytes_of(character: str) -> int:
    return 1 if ord(character) in _SURROGATES else len(character.encode())


def _as_latin(character: str) -> str:
    return chr(ord(character) & 0xFF) if ord(character) in _SURROGATES else character


def _named(said: str) -> _Parts | None:
    lengths = [len(said), *range(min(len(said), _LONGEST_BARE), 1, -1)]
    for length in lengths:
        value = _ENTITIES.get(said[:length])
        if value is not None:
            # Some stand for two characters.
            return [(value[0], 1 + length), *((c, 0) for c in value[1:])]
    return None
