"""Which fields a source's records have: those that it declares, and those that are seen in some of its records."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

from pydantic import JsonValue

from hub_app.kernel import selection
from hub_app.sync.mapping.contacts import email_of
from hub_app.sync.mapping.fields import FieldType
from hub_app.sync.mapping.numbers import Unreadable
from hub_app.sync.mapping.paths import Payload, getter, path_of
from hub_app.sync.mapping.text import cleaned
from hub_app.sync.mapping.values import as_text, read_as
from hub_app.sync.merge import MISSING, is_blank
from hub_app.sync.provider.source import SourceField

MAX_FIELDS = 500
MAX_PAYLOADS = 100
MAX_DEPTH = 5
MAX_NAME, MAX_PATH = 90, 200
# Of one payload: what is beyond has not been looked at.
MAX_VALUES = 1_000
MAX_EXAMPLES = 3
MAX_EXAMPLE = 80
_TYPES: frozenset[str] = frozenset(get_args(FieldType))
_PHONE = re.compile(r"[+(0][0-9()./ -]{6,24}")
_PHONE_DIGITS = range(7, 16)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_+")
_PERSON = {"name", "first_name", "last_name", "emails", "phones"}
_LONG_TEXT = 200


@dataclass(frozen=True, slots=True)
class SeenField:
    """A field of a source. `share` is the part of the records in which it is filled, `examples` what they have there, shortened."""

    path: str
    label: str
    type: FieldType
    share: float = 0.0
    examples: Sequence[str] = ()
    declared: bool = False
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Discovery:
    """The fields, those that are declared first. `more`: there are others, which were too many, too deep or too long."""

    fields: Sequence[SeenField]
    more: bool = False


@dataclass(slots=True)
class _Seen:
    filled: int = 0
    kinds: Counter[FieldType] = field(default_factory=Counter[FieldType])
    examples: list[str] = field(default_factory=list[str])

    def add(self, value: JsonValue) -> None:
        if is_blank(value):
            return
        self.filled += 1
        self.kinds[_kind_of(value)] += 1
        if len(self.examples) < MAX_EXAMPLES and (shown := _shown(value)) not in self.examples:
            self.examples.append(shown)


class _Walk:
    """Goes through payloads, and counts what lies where."""

    def __init__(self) -> None:
        self.seen: dict[str, _Seen] = {}
        self.more = False

    def payload(self, payload: Payload) -> None:
        left = MAX_VALUES
        for path, value in self._values(cast("JsonValue", payload), ()):
            left -= 1
            if left < 0 or len(path) > MAX_PATH or (path not in self.seen and len(self.seen) >= MAX_FIELDS):
                self.more = True
                if left < 0:
                    return
                continue
            self.seen.setdefault(path, _Seen()).add(value)

    def _values(self, value: JsonValue, parts: tuple[str | int, ...]) -> Iterator[tuple[str, JsonValue]]:
        """What has a path: every value but objects. Of a list that, and what lies in its first entry if that is an object."""
        if isinstance(value, dict):
            for name, one in value.items():
                yield from self._values(one, (*parts, name)) if self._is_followed(name, parts) else ()
            return
        yield path_of(parts), value
        if isinstance(value, list) and value and isinstance(value[0], dict) and len(parts) < MAX_DEPTH:
            yield from self._values(value[0], (*parts, 0))

    def _is_followed(self, name: str, parts: tuple[str | int, ...]) -> bool:
        is_short = len(parts) < MAX_DEPTH and len(name) <= MAX_NAME
        # A path has no word for others.
        is_followed = is_short and name.isprintable() and name != "" and '"' not in name and "\\" not in name
        self.more = self.more or not is_followed
        return is_followed


def discover(payloads: Sequence[Payload], declared: Sequence[SourceField] = ()) -> Discovery:
    """The fields that a source declares, and those of these records, of which the first hundred are looked at."""
    sample = payloads[:MAX_PAYLOADS]
    walk = _Walk()
    for one in sample:
        walk.payload(one)
    known = {one.path: one for one in declared[:MAX_FIELDS]}
    found = [_declared(one, sample) for one in known.values()]
    others = [_field(path, seen, len(sample)) for path, seen in walk.seen.items() if path not in known]
    left = MAX_FIELDS - len(found)
    return Discovery(found + others[:left], walk.more or len(others) > left or len(declared) > len(known))


def label_of(path: str) -> str:
    """What a path is called: its last name, in words."""
    names = [one for one in selection.names(path) or (path,) if isinstance(one, str)]
    words = _HUMP.sub(" ", names[-1] if names else path).strip()
    return words[:1].upper() + words[1:]


def _declared(one: SourceField, sample: Sequence[Payload]) -> SeenField:
    parts, seen = selection.names(one.path), _Seen()
    if parts:
        get = getter(parts)
        for payload in sample:
            value = get(payload)
            if value is not MISSING:
                seen.add(value)
    made = _field(one.path, seen, len(sample))
    kind = cast("FieldType", one.type) if one.type in _TYPES else made.type
    label = one.label or made.label
    return SeenField(one.path, label, kind, made.share, made.examples, declared=True, writable=one.writable)


def _field(path: str, seen: _Seen, of: int) -> SeenField:
    share = seen.filled / of if of else 0.0
    return SeenField(path, label_of(path), _guessed(seen.kinds), share, tuple(seen.examples))


def _guessed(kinds: Counter[FieldType]) -> FieldType:
    """The type that all values have; text where they differ."""
    found = set(kinds)
    if len(found) == 1:
        return found.pop()
    if found == {"date", "datetime"}:
        return "datetime"
    if found & {"list", "people"}:
        return "list"
    return "multiline" if "multiline" in found else "text"


def _kind_of(value: JsonValue) -> FieldType:
    kind: FieldType = "text"
    if isinstance(value, bool):
        kind = "boolean"
    elif isinstance(value, (int, float)):
        kind = "number"
    elif isinstance(value, list):
        first = value[0]
        kind = "people" if isinstance(first, dict) and _PERSON & first.keys() else "list"
    elif isinstance(value, str):
        kind = _kind_of_text(value.strip())
    return kind


def _kind_of_text(text: str) -> FieldType:
    if "\n" in text or len(text) > _LONG_TEXT:
        return "multiline"
    if "@" in text and not email_of(text)[1]:
        return "email"
    for kind in ("date", "datetime"):
        try:
            if read_as(kind, text, []) and ("T" in text) == (kind == "datetime"):
                return kind
        except Unreadable:
            continue
    digits = sum(one.isdigit() for one in text)
    return "phone" if _PHONE.fullmatch(text) and digits in _PHONE_DIGITS else "text"


def _shown(value: JsonValue) -> str:
    """A value as an example, in one line."""
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value[:MAX_EXAMPLES] if not isinstance(one, (list, dict)))[
            :MAX_EXAMPLE
        ]
    try:
        text, _ = cleaned(as_text(value)[: 10 * MAX_EXAMPLE])
    except Unreadable:
        return "…"
    return text[:MAX_EXAMPLE] + ("…" if len(text) > MAX_EXAMPLE else "")
