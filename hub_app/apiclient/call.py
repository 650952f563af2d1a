"""A call of an API, before it is made."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """A request, but for its credential: a path with its query below `base`. Header names are lower case."""

    method: str
    base: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""
