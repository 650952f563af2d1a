"""Secrets are taken out of everything that is kept of a call or given back, however an outside system spelled them.

A text is read as it is, and decoded up to LAYERS times; each time what is left is searched for the secrets. Everything
takes a time that grows with the text's length, whatever text and secrets hold (docs/decisions/0017).
"""

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson
from pydantic import JsonValue

from hub_app.kernel import spellings
from hub_app.kernel.occurrences import Needle
from hub_app.kernel.spellings import Decoded
from hub_app.kernel.vault import hint

# Taking a text of three letters out of everything would destroy it, and show by its gaps what the secret is.
SHORTEST = 4
# Bytes. In the middle of a text, fewer make as few as four characters of base64 that tell: a word.
SHORTEST_BASE64 = 8
# Percent-encoded twice, in JSON, in HTML.
LAYERS = 4
# What shows who calls, whatever it is: a parameter of an action may set it, an answer may hand it out.
_TELLING = {"authorization", "cookie", "proxy-authorization", "set-cookie", "set-cookie2", "x-api-key"}
# A form reads `+` as a space.
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_ ")
_BITS = 6
_SIGMA = "Σ".lower()
# As much is changed in one call: no other thread runs meanwhile.
_SLICE = 1 << 18
# Stands between texts that are searched together, and in no secret.
_BETWEEN = "\x00"

# As orjson writes them. With more in a text, each of which takes a call, nothing is gained.
_ESCAPED = re.compile(r"\\(?:u[0-9a-f]{4}|.)")
_ESCAPES = 20_000
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Coded:
    """What base64 makes of a secret at one of three places in a text; `before` and `after` tell whether the characters
    beside it hold a part of the secret as well.
    """

    needle: Needle
    before: bool
    after: bool

    def places(self, text: str) -> Iterator[_Span]:
        for begin, end in self.needle.places(text):
            first = begin - (self.before and text[begin - 1 : begin] in _BASE64)
            last = end + (self.after and text[end : end + 1] in _BASE64)
            while text.startswith("=", last):
                last += 1
            yield first, last

    def unfinished(self, text: str) -> int:
        found = self.needle.unfinished(text)
        return found + self.before if found else 0


class _Reading:
    """A text as it is, and decoded again and again; one that was `cut_off`, each time without a last unfinished spelling."""

    def __init__(self, text: str, *, cut_off: bool = False) -> None:
        ended = spellings.finished if cut_off else str
        self.texts = [ended(text)]
        self._steps: list[Decoded] = []
        for _ in range(LAYERS):
            step = spellings.decoded(self.texts[-1])
            if step is None:
                break
            self._steps.append(step)
            self.texts.append(ended(step.text))

    def begin(self, depth: int, at: int) -> int:
        """Where the character `at`, decoded `depth` times, begins in the text as it is."""
        for step in reversed(self._steps[:depth]):
            at = step.origin(at)[0]
        return at

    def end(self, depth: int, at: int) -> int:
        """Where the character before `at` ends."""
        for step in reversed(self._steps[:depth]):
            at = step.origin(at - 1)[1] if at else 0
        return at


class Redactor:
    """Replaces each of `secrets` by one hint. Found are those of at least SHORTEST characters: as they are, in upper or
    lower case, percent-encoded, escaped as in JSON or HTML, in hexadecimal digits; of SHORTEST_BASE64 bytes, in base64.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        told = [one for one in secrets if one]
        self.hint = hint(min(told, key=len)) if told else hint("")
        findable = sorted({one for one in told if len(one) >= SHORTEST})
        self._plain = [Needle(one) for one in dict.fromkeys(way for one in findable for way in _plain(one))]
        self._coded = [way for one in findable for way in _coded(one.encode())]

    def text(self, value: str, *, cut_off: bool = False) -> str:
        """The text without secrets. Of one that was cut off, also without what its end has of a secret."""
        if not self._plain:
            return value
        reading = _Reading(value, cut_off=cut_off)
        length = self._finished(reading) if cut_off else len(value)
        return self._replaced(value[:length], self._places(reading))

    def headers(self, given: Mapping[str, str]) -> dict[str, str]:
        """Headers with lower-case names; those that tell who calls are hints whole."""
        return {
            self.text(name): hint(value) if name in _TELLING else self.text(value)
            for name, value in given.items()
        }

    def value(self, value: JsonValue) -> JsonValue:
        """The same value with secrets replaced in all texts, names and numbers, however deep."""
        if not self._plain:
            return value
        # Most answers hold no secret, and to look at each of a thousand records' texts takes ten times as long.
        written = _written(value)
        if written is not None and not self._places(_Reading(written)):
            return value
        texts: dict[str, None] = {}

        def note(text: str) -> str:
            texts[text] = None
            return text

        _changed(value, note)
        # All at once: to search a million short texts takes longer.
        places = self._places(_Reading(_BETWEEN.join(texts)))
        if not places:
            return value
        clean = dict(self._cleaned(texts, places))
        return _changed(value, lambda text: clean.get(text, text))

    def _cleaned(self, texts: Iterable[str], places: Sequence[_Span]) -> Iterator[tuple[str, str]]:
        """Each text that holds one of `places`, which are in all of them joined; and it without secrets."""
        begin = first = 0
        for text in texts:
            end = begin + len(text)
            while first < len(places) and places[first][1] <= begin:
                first += 1
            last = first
            while last < len(places) and places[last][0] < end:
                last += 1
            if first < last:
                yield (
                    text,
                    self._replaced(text, [(max(a - begin, 0), b - begin) for a, b in places[first:last]]),
                )
            begin = end + len(_BETWEEN)

    def _places(self, reading: _Reading) -> list[_Span]:
        """Where secrets are spelled in the text as it is: in order, none overlapping another."""
        found: list[_Span] = []
        for depth, text in enumerate(reading.texts):
            folded = _folded(text)
            places = [place for one in self._plain for place in one.places(folded)]
            places += [place for one in self._coded for place in one.places(text)]
            found += [(reading.begin(depth, begin), reading.end(depth, end)) for begin, end in places]
        return _merged(found)

    def _finished(self, reading: _Reading) -> int:
        """Where the part of a secret begins that the text may end with."""
        cuts: list[int] = []
        for depth, text in enumerate(reading.texts):
            folded = _folded(text)
            begun = [one.unfinished(folded) for one in self._plain]
            begun += [one.unfinished(text) for one in self._coded]
            cuts.append(reading.end(depth, max(len(text) - max(begun), 0)))
        return min(cuts)

    def _replaced(self, text: str, places: Iterable[_Span]) -> str:
        """`text` with the hint at these places, as far as it goes."""
        parts: list[str] = []
        at = 0
        for begin, end in places:
            if begin >= len(text):
                break
            parts += [text[at:begin], self.hint]
            at = end
        return "".join([*parts, text[at:]])


def _plain(secret: str) -> Iterator[str]:
    """What is found where the secret is spelled character by character, or in hexadecimal digits."""
    yield secret.encode().hex()
    # Letters that have no other case of one character, and UTF-8 that was read as Latin-1.
    for way in (secret, secret.upper(), secret.lower(), secret.casefold(), secret.encode().decode("latin-1")):
        # A secret may look spelled itself: what is decoded shows it decoded as well.
        for text in _Reading(way).texts:
            if len(text) >= SHORTEST:
                yield _folded(text)


def _coded(secret: bytes) -> Iterator[_Coded]:
    """What base64 and base64url make of the secret, wherever it begins in what is encoded."""
    if len(secret) < SHORTEST_BASE64:
        return
    for skipped in range(3):
        begin, end = 8 * skipped, 8 * (skipped + len(secret))
        whole = base64.b64encode(bytes(skipped) + secret + bytes(3)).decode()
        # The characters that hold nothing but bits of the secret.
        told = whole[-(-begin // _BITS) : end // _BITS]
        # As it is, for URLs, and read by a form.
        for text in dict.fromkeys((told, told.replace("+", "-").replace("/", "_"), told.replace("+", " "))):
            yield _Coded(Needle(text), before=begin % _BITS > 0, after=end % _BITS > 0)


def _folded(text: str) -> str:
    """The text in lower case, with forms' `+` as the space that it stands for, and as many characters."""
    parts = [text[at : at + _SLICE] for at in range(0, len(text), _SLICE)]
    # Of all letters İ alone has a longer lower case; what Σ becomes depends on what is beside it.
    return "".join(one.replace("İ", "i").lower().replace("ς", _SIGMA).replace("+", " ") for one in parts)


def _merged(places: list[_Span]) -> list[_Span]:
    """In order, with those that overlap as one."""
    merged: list[_Span] = []
    for begin, end in sorted(places):
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _written(value: JsonValue) -> str | None:
    """A text that holds all texts, names and numbers of the value one by one, as they are: its JSON, with what this escapes as
    it was. None where that takes as long as to look at each, or the value is nested more deeply than orjson writes.
    """
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        return None
    escapes = text.count("\\")
    if escapes > _ESCAPES:
        return None
    return _ESCAPED.sub(_unescaped, text) if escapes else text


def _unescaped(found: re.Match[str]) -> str:
    said = found[0][1:]
    return chr(int(said[1:], 16)) if len(said) > 1 else _LETTERS.get(said, said)


def _changed(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """The value with `change` made to all texts, names and numbers, however deep."""
    whole: list[JsonValue] = [value]
    waiting: list[list[JsonValue] | dict[str, JsonValue]] = [whole]
    while waiting:
        at = waiting.pop()
        places = at.items() if isinstance(at, dict) else enumerate(at)
        for place, one in places:
            made = _shallow(one, change)
            at[place] = made  # type: ignore[index]
            if isinstance(made, dict | list):
                waiting.append(made)
    return whole[0]


def _shallow(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """The value itself; of what has parts a copy, whose parts are still to be looked at."""
    match value:
        case str():
            return change(value)
        case dict():
            return {change(name): one for name, one in value.items()}
        case list():
            return list(value)
        case int() | float() if not isinstance(value, bool):
            shown = change(str(value))
            return value if shown == str(value) else shown
        case _:
            return value
