"""ConnectWise's conditions, parsed and applied to rows as its server does: what it cannot read is a syntax error, and so is a field
that there is not.
"""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"[^"]*"|'[^']*')
  | (?P<moment>\[[^\]]*\])
  | (?P<number>-?\d+(?:\.\d+)?)
  | (?P<operator><=|>=|!=|=|<|>)
  | (?P<mark>[(),])
  | (?P<word>[A-Za-z_][A-Za-z0-9_/]*)
)""",
    re.VERBOSE,
)
_WORDS = {"and", "or", "not", "like", "in", "contains", "true", "false", "null", "is"}
Row = dict[str, Any]
Test = Callable[[Row], bool]


class Unreadable(ValueError):
    """A syntax error, or an unknown field."""


def parse(text: str) -> Test:
    """What rows have to be; Unreadable for what is no condition."""
    parser = _Parser(_tokens(text))
    found = parser.either()
    parser.end()
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, text.strip()
    while at < len(text):
        one = _TOKEN.match(text, at)
        if one is None:
            raise Unreadable(f"Expression '{text[at : at + 20]}' is not valid.")
        kind = str(one.lastgroup)
        word = one.group(kind)
        found.append(("key", word.lower()) if kind == "word" and word.lower() in _WORDS else (kind, word))
        at = one.end()
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._left = tokens

    def _peek(self) -> tuple[str, str]:
        return self._left[0] if self._left else ("", "")

    def _take(self, kind: str = "", word: str = "") -> str:
        found = self._peek()
        if not self._left or (kind and found[0] != kind) or (word and found[1] != word):
            raise Unreadable(f"String at '{found[1]}' is not valid.")
        self._left = self._left[1:]
        return found[1]

    def end(self) -> None:
        if self._left:
            raise Unreadable(f"String at '{self._left[0][1]}' is not valid.")

    def either(self) -> Test:
        parts = [self._all()]
        while self._peek() == ("key", "or"):
            self._take()
            parts.append(self._all())
        return lambda row: any(part(row) for part in parts)

    def _all(self) -> Test:
        parts = [self._one()]
        while self._peek() == ("key", "and"):
            self._take()
            parts.append(self._one())
        return lambda row: all(part(row) for part in parts)

    def _one(self) -> Test:
        if self._peek() == ("mark", "("):
            self._take()
            found = self.either()
            self._take("mark", ")")
            return found
        return self._compared(self._take("word"))

    def _compared(self, field: str) -> Test:
        is_not = self._peek() == ("key", "not")
        if is_not:
            self._take()
        kind, word = self._peek()
        if kind == "key" and word in {"like", "contains", "in"}:
            self._take()
            found = self._listed(field) if word == "in" else self._like(field, word)
            return (lambda row: not found(row)) if is_not else found
        if is_not or kind != "operator":
            raise Unreadable(f"String at '{word}' is not valid.")
        self._take()
        return _comparison(field, word, self._value())

    def _listed(self, field: str) -> Test:
        self._take("mark", "(")
        values = [self._value()]
        while self._peek() == ("mark", ","):
            self._take()
            values.append(self._value())
        self._take("mark", ")")
        return lambda row: _of(row, field) in values

    def _like(self, field: str, word: str) -> Test:
        text = str(self._value())
        if word == "contains":
            text = f"%{text}%"
        # As SQL has it: a text holds at most its own characters, and these two stand for any.
        pattern = "".join(".*" if one in "%*" else "." if one == "_" else re.escape(one) for one in text)
        matches = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return lambda row: matches.fullmatch(str(_of(row, field) or "")) is not None

    def _value(self) -> object:
        kind, word = self._peek()
        self._take()
        match kind, word:
            case "text", _:
                return word[1:-1]
            case "moment", _:
                return _moment(word[1:-1])
            case "number", _:
                return float(word) if "." in word else int(word)
            case "key", "true" | "false":
                return word == "true"
            case "key", "null":
                return None
            case _:
                raise Unreadable(f"String at '{word}' is not valid.")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"'{text}' is not a date.") from None


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _comparison(field: str, sign: str, value: Any) -> Test:
    def test(row: Row) -> bool:
        left, right = _of(row, field), value
        if isinstance(left, str) and isinstance(right, str):
            left, right = left.lower(), right.lower()
        elif isinstance(right, datetime) and isinstance(left, str):
            left = datetime.fromisoformat(left)
        if sign in {"=", "!="}:
            return (left == right) is (sign == "=")
        return left is not None and right is not None and _COMPARED[sign](left, right)

    return test


def _of(row: Row, field: str) -> Any:
    """A field's value; `board/name` is that of what a row refers to."""
    value: Any = row
    for name in field.split("/"):
        if value is None:
            return None
        if not isinstance(value, dict) or name not in value:
            raise Unreadable(f"Property '{field}' not found.")
        value = value[name]
    return value
