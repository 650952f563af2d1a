"""The document as it is walked: values that know where they lie, references, and what is found on the way."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from pydantic import JsonValue

from hub_app.connectors.schemas.imports import Finding

MAX_FINDINGS = 300
_MAX_WHERE = 300
_MAX_NAME = 200
_MAX_STEPS = 3_000_000
_MAX_REFERENCES = 30
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Misshapen(ValueError):
    """A part of the document is not what OpenAPI 3 says; `where` is its JSON pointer."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


class TooEntangled(ValueError):
    """Following the document's references takes more work than any honest one needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value in the document, and how it was reached: from `above` by `name`, or at the JSON pointer `name`."""

    value: JsonValue
    doc: "Document"
    above: "Node | None" = None
    name: str = ""

    @property
    def where(self) -> str:
        """Its JSON pointer, long names cut. Made only when it is told: there may be many nodes below a long name."""
        parts: list[str] = []
        node = self
        while node.above is not None:
            parts.append(f"/{_escaped(node.name)}")
            node = node.above
        parts.append(node.name[:_MAX_WHERE])
        return "".join(reversed(parts))

    def get(self, name: str) -> "Node | None":
        """A member; None when it is absent or null. Misshapen when this is no object."""
        value = self.object().get(name)
        return None if value is None else self.below(value, name)

    def below(self, value: JsonValue, name: str) -> "Node":
        """A value that is reached from here by `name`."""
        return Node(value, self.doc, self, name)

    def object(self) -> Mapping[str, JsonValue]:
        if not isinstance(self.value, dict):
            raise Misshapen(self.where, "must be an object")
        return self.value

    def members_of(self, name: str) -> dict[str, "Node"]:
        """Every member of a member by its name; none where that is absent."""
        found = self.get(name)
        return {} if found is None else found.members()

    def list_of(self, name: str) -> "list[Node]":
        """The entries of a member; none where that is absent."""
        found = self.get(name)
        return [] if found is None else found.list()

    def members(self) -> dict[str, "Node"]:
        """Every member by its name."""
        found = self.object()
        self.doc.spend(len(found))
        return {name: self.below(value, name) for name, value in found.items()}

    def list(self) -> "list[Node]":
        if not isinstance(self.value, list):
            raise Misshapen(self.where, "must be a list")
        self.doc.spend(len(self.value))
        return [self.below(value, str(number)) for number, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise Misshapen(self.where, "must be text")
        return self.value

    def required(self, name: str) -> str:
        """A text that must be there."""
        found = self.get(name)
        if found is None:
            raise Misshapen(self.where, f"must have {name!r}")
        return found.text()

    def words(self, name: str, limit: int) -> str:
        """What people read, without what cannot be shown, cut to `limit` characters; empty when there is none."""
        value = self.object().get(name)
        return shortened(str(value), limit) if isinstance(value, str | int | float) else ""

    def flag(self, name: str) -> bool:
        return self.object().get(name) is True

    def at(self, *names: str) -> str:
        """The pointer of a member, whether it is there or not."""
        return "/".join([self.where, *(_escaped(name) for name in names)])


class Document:
    """The whole document: `url` is where it came from, empty when nobody said. Collects findings."""

    def __init__(self, root: dict[str, JsonValue], url: str = "") -> None:
        self.root = Node(root, self)
        self.url = url
        self.findings: list[Finding] = []
        self._unsaid = 0
        self._steps = 0

    def note(self, where: str, message: str) -> None:
        """Tell what was left out or guessed; past a limit they are only counted."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(where=shortened(where, _MAX_WHERE), message=message))
        else:
            self._unsaid += 1

    def all_findings(self) -> list[Finding]:
        """The findings, and how many more there were."""
        if not self._unsaid:
            return self.findings
        return [*self.findings, Finding(where="", message=f"{self._unsaid} more findings are not listed.")]

    def spend(self, steps: int = 1) -> None:
        """Count work whose amount the document decides, in microseconds or so; TooEntangled when it is more than enough."""
        self._steps += steps
        if self._steps > _MAX_STEPS:
            raise TooEntangled

    def follow(self, node: Node) -> Node | None:
        """What the node refers to, or itself. None, with a finding, for a reference that cannot be followed."""
        seen: set[str] = set()
        found = node
        while isinstance(found.value, dict) and isinstance(reference := found.value.get("$ref"), str):
            shown = shortened(reference, 100)
            if not reference.startswith("#"):
                self.note(node.where, f"Left out: it refers to another document, {shown}.")
                return None
            if reference in seen or len(seen) >= _MAX_REFERENCES:
                self.note(node.where, f"Left out: the reference {shown} leads to itself.")
                return None
            seen.add(reference)
            target = self._pointed(reference)
            if target is None:
                self.note(
                    node.where, f"Left out: it refers to {shown}, which is not a part of this document."
                )
                return None
            found = target
        return found

    def _pointed(self, reference: str) -> Node | None:
        self.spend(1 + len(reference) // 8)
        parts = reference[1:].split("/")
        value: JsonValue = self.root.value
        if parts[0]:
            return None  # An anchor: only JSON Schema's own tools resolve those.
        for part in parts[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict) and name in value:
                value = value[name]
            elif isinstance(value, list) and name.isdecimal() and len(name) < 7 and int(name) < len(value):  # noqa: PLR2004
                value = value[int(name)]
            else:
                return None
        return Node(value, self, name=reference[1:])


def shortened(text: str, limit: int) -> str:
    """Text that can be stored and shown, of at most `limit` characters."""
    clean = _UNPRINTABLE.sub("", text[: 4 * limit]).strip()
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def one_line(text: str, limit: int) -> str:
    """The same without line breaks."""
    return shortened(" ".join(text[: 4 * limit].split()), limit)


def listed(names: Collection[str]) -> str:
    """The first five names and how many more there are: `a, b and 3 more`."""
    shown = [shortened(name, 60) for name in list(names)[:5]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _escaped(name: str) -> str:
    return (name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}…").replace("~", "~0").replace("/", "~1")
