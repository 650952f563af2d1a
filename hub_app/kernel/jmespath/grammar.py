"""Expressions as they are written: what is one, and which are so simple that they can cost nothing."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from jmespath.exceptions import JMESPathError
from jmespath.parser import Parser

from hub_app.kernel.jmespath.budget import Unselectable

# A parsed expression takes three hundred times the memory of its text, so that long ones are parsed each time.
_LONGEST_KEPT = 200
# A name, or one in quotes, such as a column's: in these nothing is escaped.
_NAME = r"(?:[A-Za-z_]\w*|\"[^\"\\\x00-\x1f]+\")"
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME}|\[-?\d{{1,9}}\])*", re.ASCII)
_PART = re.compile(r"\"([^\"]+)\"|(\w+)|\[(-?\d+)\]", re.ASCII)
# These neither make values of their own, nor do more than look at each one once.
_WALKING = {
    "current", "field", "flatten", "identity", "index", "index_expression", "pipe", "projection", "slice", "subexpression",
    "value_projection",
}  # fmt: skip
# All but the first child of these looks at what that one has found.
_GOING_ON = {
    "filter_projection", "index_expression", "pipe", "projection", "subexpression", "value_projection",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Path:
    """Names and indices, one after the other."""

    parts: tuple[str | int, ...]

    def follow(self, value: Any) -> Any:
        """What lies there; None when nothing does."""
        for part in self.parts:
            if isinstance(part, str):
                value = cast("dict[str, Any]", value).get(part) if isinstance(value, dict) else None
            elif isinstance(value, list) and -len(cast("list[Any]", value)) <= part < len(
                cast("list[Any]", value)
            ):
                value = cast("list[Any]", value)[part]
            else:
                return None
        return value


def parsed(expression: str) -> Any:
    """The expression's tree; Unselectable when it is no JMESPath. An empty one selects everything."""
    return _parsed_and_kept(expression) if len(expression) <= _LONGEST_KEPT else _parsed(expression)


def path_of(expression: str) -> Path | None:
    """The expression as a path, when it is one."""
    return _path_of(expression) if len(expression) <= _LONGEST_KEPT else None


@dataclass(frozen=True, slots=True)
class Rests:
    """What an expression rests on: `paths` into the value itself. `filters`: it picks from a list by what the entries hold."""

    paths: frozenset[tuple[str | int, ...]]
    filters: bool


def rests_on(expression: str) -> Rests:
    """What the expression looks at; Unselectable when it is no JMESPath."""
    paths, filters = set[tuple[str | int, ...]](), False
    waiting = [(parsed(expression), True)]
    while waiting:
        node, is_root = waiting.pop()
        if not isinstance(node, dict):
            continue
        one = cast("dict[str, Any]", node)
        filters = filters or one["type"] == "filter_projection"
        path = _plain(one)
        if path is None:
            first, *others = [*one["children"], None]
            waiting.append((first, is_root and one["type"] != "expref"))
            waiting += [(other, is_root and one["type"] not in _GOING_ON) for other in others]
        elif is_root and path:
            paths.add(path)
    return Rests(frozenset(paths), filters)


def _plain(node: dict[str, Any]) -> tuple[str | int, ...] | None:
    """The names and indices that a tree consists of; None for another one."""
    kind = node["type"]
    if kind in {"field", "index"}:
        return (node["value"],)
    if kind in {"current", "identity"}:
        return ()
    if kind not in {"subexpression", "index_expression"}:
        return None
    found = [_plain(one) for one in node["children"]]
    return None if None in found else tuple(part for one in found if one is not None for part in one)


def walk_of(expression: str) -> Any | None:
    """The expression's tree, when all it does is walk through the data: `items[].id`. None for a long one too."""
    return _walk_of(expression) if len(expression) <= _LONGEST_KEPT else None


def first_line(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


class _Parser(Parser):
    # jmespath keeps parsed expressions of any length.
    _CACHE: dict[str, Any] = {}  # noqa: RUF012 - as jmespath has it
    _MAX_SIZE = 0


def _parsed(expression: str) -> Any:
    try:
        return cast("Any", _Parser().parse(expression or "@")).parsed
    except JMESPathError as error:
        raise Unselectable(f"is not a JMESPath expression: {first_line(error)}") from None
    except RecursionError:
        raise Unselectable("is not a JMESPath expression: it is nested too deeply") from None


_parsed_and_kept = lru_cache(maxsize=512)(_parsed)


@lru_cache(maxsize=2048)
def _path_of(expression: str) -> Path | None:
    text = expression.strip(" \t\r\n")
    if text in {"", "@"}:
        return Path(())
    if not _PATH.fullmatch(text):
        return None
    found = cast("list[tuple[str, str, str]]", _PART.findall(text))
    return Path(tuple(quoted or name or int(index) for quoted, name, index in found))


@lru_cache(maxsize=512)
def _walk_of(expression: str) -> Any | None:
    tree = parsed(expression)
    return tree if _is_walk(tree) else None


def _is_walk(node: dict[str, Any]) -> bool:
    if node["type"] == "slice":
        return True
    return node["type"] in _WALKING and all(map(_is_walk, node["children"]))
