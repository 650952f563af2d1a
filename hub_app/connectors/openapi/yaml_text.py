"""YAML → plain values, by its 1.2 core schema, as OpenAPI asks: `no` and `2024-01-31` stay text, keys are always text.

Aliases share what they stand for, but each is counted as it would be written out, when it is met; merged keys too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, cast

import yaml
from yaml import Event

from hub_app.connectors.openapi.scalars import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_VALUES,
    Unreadable,
    integer,
    number,
    shown,
)

if TYPE_CHECKING:  # A child process reads documents: what it imports, it waits for.
    from pydantic import JsonValue

_WORDS: dict[str, JsonValue] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_TAG + name for name in ("null", "bool", "int", "float")}
_COLLECTION_TAGS = {"!", _TAG + "map", _TAG + "seq"}
_TEXT_TAGS = {"!", _TAG + "str"}
# libyaml compares each with all before it.
_TAG_DIRECTIVE = re.compile(r"^%TAG", re.MULTILINE)
_MAX_TAG_DIRECTIVES = 20


def from_yaml(text: str) -> JsonValue:
    if len(_TAG_DIRECTIVE.findall(text)) > _MAX_TAG_DIRECTIVES:
        raise Unreadable(f"must have at most {_MAX_TAG_DIRECTIVES} lines that begin with %TAG")
    building = _Building()
    events = cast("Iterable[Event]", yaml.parse(text, Loader=yaml.CSafeLoader))  # type: ignore[misc]
    try:
        for event in events:
            building.take(event)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(f"is not valid YAML: {error.problem}{building.place_of(error)}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(f"is not valid YAML: it has a character that may not be there{_at(line)}") from None
    return building.whole()


def _where(mark: yaml.Mark) -> str:
    return _at(mark.line + 1, mark.column + 1)


def _at(line: int, column: int | None = None) -> str:
    return f" at line {line}" + (f", column {column}" if column else "")


@dataclass(frozen=True, slots=True)
class _Size:
    """How large something is when it is written out."""

    values: int = 0
    characters: int = 0


class _Open:
    """A list or an object that is being read; `before` is what had been read by then. `key` is the one whose value comes
    next.
    """

    def __init__(
        self, value: dict[str, JsonValue] | list[JsonValue], event: yaml.CollectionStartEvent, before: _Size
    ) -> None:
        self.value = value
        self.anchor = event.anchor
        self.begins = event.start_mark
        self.before = before
        self.key: str | None = None
        self.is_merge = False
        self.merged: list[dict[str, JsonValue]] = []


class _Building:
    """Makes values of YAML's events, without recursion."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._documents: list[JsonValue] = []
        self._anchors: dict[str, tuple[JsonValue, _Size]] = {}
        self._read = _Size()

    def whole(self) -> JsonValue:
        if not self._documents:
            raise Unreadable("is empty")
        return self._documents[0]

    def place_of(self, error: yaml.MarkedYAMLError) -> str:
        """Where libyaml met the error, and where the unfinished part begins: of an open bracket it knows only the end."""
        met, begins = error.problem_mark, error.context_mark
        if met is None:
            return ""
        if begins is None or begins.index == met.index:
            begins = self._open[-1].begins if self._open else met
        return _where(met) + (f", in what begins{_where(begins)}" if begins.index != met.index else "")

    def take(self, event: Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent():
                self._begin(event, {})
            case yaml.SequenceStartEvent():
                self._begin(event, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end(event)
            case yaml.AliasEvent():
                if event.anchor not in self._anchors:
                    _refuse(
                        event,
                        f"the alias {shown('*' + event.anchor)} stands for nothing that comes before it",
                    )
                value, size = self._anchors[event.anchor]
                self._count(event, size)
                self._put(event, value)
            case yaml.DocumentStartEvent() if self._documents:
                _refuse(event, "a second document begins. Give one at a time")
            case _:
                return

    def _count(self, event: Event, more: _Size) -> None:
        """Before anything is made of it. What is merged has been counted as the value of `<<`."""
        self._read = _Size(self._read.values + more.values, self._read.characters + more.characters)
        if self._read.values > MAX_VALUES:
            raise Unreadable(
                f"must hold at most {MAX_VALUES:,} values, aliases and merges (<<) written out. They are"
                f" reached{_where(event.start_mark)}"
            )
        if self._read.characters > MAX_CHARACTERS:
            raise Unreadable(
                f"must hold at most {MAX_CHARACTERS // 2**20} million characters, aliases written out. They are"
                f" reached{_where(event.start_mark)}"
            )

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        top = self._open[-1] if self._open else None
        if top and isinstance(top.value, dict) and top.key is None:
            top.is_merge = event.value == "<<" and bool(event.implicit[0])
            if event.value in top.value and not top.is_merge:
                _refuse(event, f"the key {shown(event.value)} appears more than once")
            self._count(event, _Size(0, len(event.value)))
            top.key = event.value
            return
        size = _Size(1, len(event.value))
        self._count(event, size)
        value = _resolved(event)
        if event.anchor:
            self._anchors[event.anchor] = value, size
        self._put(event, value)

    def _begin(self, event: yaml.CollectionStartEvent, value: dict[str, JsonValue] | list[JsonValue]) -> None:
        if len(self._open) >= MAX_DEPTH:
            _refuse(event, f"it is nested more than {MAX_DEPTH} deep")
        if event.tag and event.tag not in _COLLECTION_TAGS:
            _refuse(event, f"the tag {shown(event.tag)} is not known")
        top = self._open[-1] if self._open else None
        if top and isinstance(top.value, dict) and top.key is None:
            _refuse(event, "a key must be text")
        self._open.append(_Open(value, event, self._read))
        self._count(event, _Size(1))

    def _end(self, event: Event) -> None:
        done = self._open.pop()
        if isinstance(done.value, dict):
            for one in done.merged:
                done.value.update({name: part for name, part in one.items() if name not in done.value})
        if done.anchor:
            size = _Size(
                self._read.values - done.before.values, self._read.characters - done.before.characters
            )
            self._anchors[done.anchor] = done.value, size
        self._put(event, done.value)

    def _put(self, event: Event, value: JsonValue) -> None:
        top = self._open[-1] if self._open else None
        if top is None:
            self._documents.append(value)
        elif isinstance(top.value, list):
            top.value.append(value)
        elif top.key is None:
            _refuse(event, "a key must be text")
        else:
            if top.is_merge:
                top.merged += _mappings(event, value)
            else:
                top.value[top.key] = value
            top.key = None


def _mappings(event: Event, value: JsonValue) -> list[dict[str, JsonValue]]:
    given = value if isinstance(value, list) else [value]
    found = [one for one in given if isinstance(one, dict)]
    if len(found) < len(given):
        _refuse(event, "only objects can be merged (<<)")
    return found


def _resolved(event: yaml.ScalarEvent) -> JsonValue:
    text, tag = event.value, event.tag
    if tag and tag not in _PLAIN_TAGS and tag not in _TEXT_TAGS:
        _refuse(event, f"the tag {shown(tag)} is not known")
    if tag in _TEXT_TAGS or (tag is None and not event.implicit[0]):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return integer(text)
    return number(text) if _FLOAT.fullmatch(text) else text


def _refuse(event: Event, what: str) -> NoReturn:
    raise Unreadable(f"is not valid YAML: {what}{_where(event.start_mark)}")
